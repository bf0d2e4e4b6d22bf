import type { RequestHandler } from "express";
import { ProblemError } from "./problem.ts";

/**
 * Refuses what a browser sends for a page of another site (Fetch Metadata, `Sec-Fetch-Site: cross-site`), unless the page's
 * origin may call: a request without a body needs no preflight, and would act under the address of whoever reads the page.
 * What is no browser sends no such header, and passes.
 */
export const refuseCrossSite = (corsOrigins: readonly string[]): RequestHandler => {
  const mayCall = new Set<string | undefined>(corsOrigins);
  return (request, _response, next) => {
    if (request.get("sec-fetch-site") === "cross-site" && !mayCall.has(request.get("origin"))) {
      throw new ProblemError("cross_site_request");
    }
    next();
  };
};
