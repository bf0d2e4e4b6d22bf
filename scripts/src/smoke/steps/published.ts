import { httpSchemas, routes } from "@lanyard/contracts";
import { z } from "zod";
import { bodyOf } from "../answers.ts";
import type { Step } from "../journey.ts";
import { Unexpected } from "../unexpected.ts";

export const isReady: Step = {
  name: "the deployment is ready",
  async run({ deployment }) {
    const answer = await deployment.ask({ method: "GET", path: routes.readReadiness.path });
    if (answer.status === 503) {
      const { missing } = bodyOf(answer, { status: 503, body: httpSchemas.readiness });
      throw new Unexpected(`${answer.request} to say ready`, `not ready, missing: ${missing.join(", ")}`);
    }
    const { status } = bodyOf(answer, { status: 200, body: httpSchemas.readiness });
    if (status !== "ready") throw new Unexpected(`${answer.request} to say ready`, status);
  },
};

const openApi = z.object({
  openapi: z.string().regex(/^3\.1\./),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
});

export const publishesOpenApi: Step = {
  name: "its OpenAPI document describes what this journey calls",
  async run({ deployment }) {
    const answer = await deployment.ask({ method: "GET", path: routes.readOpenApi.path });
    const { paths } = bodyOf(answer, { status: 200, body: openApi });
    const called = [routes.createAnonymousSession, routes.readSession, routes.readOperation];
    const missing = called.filter(({ method, path }) => paths[path]?.[method.toLowerCase()] === undefined);
    if (missing.length > 0) {
      const names = (list: typeof called) => list.map(({ method, path }) => `${method} ${path}`).join(", ");
      throw new Unexpected(`${answer.request} to describe ${names(called)}`, `no ${names(missing)}`);
    }
  },
};

export const publishesKeys: Step = {
  name: "it publishes the keys of its tokens",
  async run({ deployment, facts }) {
    const answer = await deployment.ask({ method: "GET", path: routes.readJwks.path });
    const { mediaType } = routes.readJwks.answers[0];
    facts.jwks = bodyOf(answer, { status: 200, mediaType, body: httpSchemas.jwks });
    if (facts.jwks.keys.length === 0) throw new Unexpected(`${answer.request} to hold a key`, "an empty set");
  },
};
