import type { Log } from "@lanyard/messaging";
import cors from "cors";
import express, { type Express, type RequestHandler } from "express";
import helmet from "helmet";
import { docsPage } from "./http/docs-page.ts";
import { errorHandler } from "./http/error-handler.ts";
import { sendProblem } from "./http/problem.ts";
import { namesRoute, requestContext, type ServedRequest } from "./http/request-context.ts";
import type { ServedRoute } from "./routes.ts";

export interface AppOptions {
  readonly routes: readonly ServedRoute[];
  readonly log: Log;
  readonly now: () => number;
  /** On the time that all processes share. */
  readonly brokerNow: () => number;
  readonly newRequestId: () => string;
  /** Told once for each request, when it is answered or given up. */
  readonly observeRequest: (served: ServedRequest) => void;
  /** CIDRs whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Origins that browsers may call from. */
  readonly corsOrigins: readonly string[];
}

/** The gateway's HTTP face: headers for all, then the table of routes, then problems for everything else. */
export function gatewayApp(options: AppOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", options.trustedProxies);
  app.set("query parser", "simple");
  // One spelling for each path: steps and documents compare it literally.
  app.enable("case sensitive routing");
  app.enable("strict routing");
  const { log, now, brokerNow, newRequestId: newId, observeRequest: observe } = options;
  app.use(requestContext({ log, now, brokerNow, newId, observe }));
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
      referrerPolicy: { policy: "no-referrer" },
    }),
  );
  app.use(neverStored);
  if (options.corsOrigins.length > 0) {
    app.use(cors({ origin: [...options.corsOrigins], exposedHeaders: EXPOSED_HEADERS, maxAge: 600 }));
  }
  for (const { route, steps } of options.routes) {
    const method = route.method.toLowerCase() as "get" | "post" | "put" | "patch" | "delete";
    app[method](expressPath(route.path), namesRoute(route.path), ...steps);
  }
  app.use("/docs", namesRoute("/docs"), docsPage());
  for (const [path, methods] of methodsByPath(options.routes)) {
    app.all(expressPath(path), namesRoute(path), (_request, response) => {
      response.set("Allow", methods.join(", "));
      sendProblem(response, "method_not_allowed");
    });
  }
  app.use((_request, response) => sendProblem(response, "not_found"));
  app.use(errorHandler(options.log));
  return app;
}

const EXPOSED_HEADERS = [
  "X-Request-Id",
  "X-Operation-Id",
  "Location",
  "ETag",
  "Retry-After",
  "RateLimit-Policy",
  "RateLimit",
];

/** Answers are for one caller at one moment. */
const neverStored: RequestHandler = (_request, response, next) => {
  response.set("Cache-Control", "no-store");
  next();
};

const expressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");

function methodsByPath(routes: readonly ServedRoute[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>();
  for (const { route } of routes) {
    const known = methods.get(route.path) ?? [];
    methods.set(route.path, [...known, ...(route.method === "GET" ? ["GET", "HEAD"] : [route.method])]);
  }
  return methods;
}
