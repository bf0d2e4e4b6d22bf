import type { z } from "zod";
import { revocationId } from "./http/andon-schemas.ts";
import { documentResponses, responseHeaders } from "./http/document-responses.ts";
import type { Route, RouteAuth } from "./http/route.ts";
import { allRoutes } from "./http/routes.ts";
import { type SchemaComponents, schemaComponents } from "./json-schema.ts";
import { queueName } from "./queues.ts";
import {
  dataKind,
  itemId,
  type Json,
  type JsonObject,
  keyId,
  operationId,
  sessionId,
  traceparent,
  userId,
} from "./shapes.ts";

/** The HTTP API as an OpenAPI 3.1 document; without `serverUrl` it describes whatever host serves it. */
export function openApiDocument(about: { readonly version: string; readonly serverUrl?: string }): JsonObject {
  const components = schemaComponents("draft-2020-12");
  const paths = documentPaths(components);
  return {
    openapi: "3.1.0",
    info: {
      title: "Lanyard",
      version: about.version,
      summary: "Users, sign-in and sessions",
      description:
        "Errors are RFC 9457 problems: clients switch on `code`. What changes something runs as an operation, named by `X-Operation-Id`.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    ...(about.serverUrl === undefined ? {} : { servers: [{ url: about.serverUrl }] }),
    tags: [...new Set(allRoutes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes,
      parameters: documentHeaderParameters(components),
      headers: responseHeaders,
      schemas: components.schemas,
    },
  };
}

const securitySchemes: JsonObject = {
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "An access token" },
  visitor: {
    type: "apiKey",
    in: "header",
    name: "X-User-ID",
    description: "A visitor's id; acts as that visitor's newest live session",
  },
  opsKey: {
    type: "http",
    scheme: "bearer",
    description: "The key of a machine that operates Lanyard, in place of an access token",
  },
  operationSecret: {
    type: "apiKey",
    in: "header",
    name: "X-Operation-Secret",
    description: "The `operationSecret` of the first answer, for callers without identity",
  },
};

const securityOf: Record<RouteAuth, Json> = {
  none: [],
  any: [{ bearer: [] }, { visitor: [] }],
  bearer: [{ bearer: [] }],
  admin: [{ bearer: [] }, { opsKey: [] }],
  operation: [{ bearer: [] }, { operationSecret: [] }],
};

/** What `{name}` in a path stands for. */
const pathParameters = {
  operationId,
  sessionId,
  userId,
  kid: keyId,
  queue: queueName,
  revocationId,
  kind: dataKind,
  itemId,
};

const documentHeaderParameters = (components: SchemaComponents): JsonObject => ({
  idempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description:
      "The same key with the same request is the same operation for 25 hours, and has the same answer; one that carries secrets for 10 minutes. Quoted or bare; a UUID for callers that are not signed in",
    schema: { type: "string", minLength: 1, maxLength: 257 },
    examples: { uuid: { value: '"2b6f1f3e-8c1d-4f0a-9a51-6d3f0c7e9b42"' } },
  },
  prefer: {
    name: "Prefer",
    in: "header",
    description: "RFC 7240: `respond-async` asks for 202 at once, `wait=N` for 202 after N seconds at the latest",
    schema: { type: "string" },
    examples: { async: { value: "respond-async" }, wait: { value: "wait=5" } },
  },
  traceparent: {
    name: "traceparent",
    in: "header",
    description: "W3C Trace Context: the trace this request belongs to",
    schema: components.of(traceparent),
  },
});

function documentPaths(components: SchemaComponents): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const route of allRoutes) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = documentOperation(route, components);
  }
  return paths;
}

function documentOperation(route: Route, components: SchemaComponents): JsonObject {
  const headers = [...(route.flow === undefined ? [] : ["idempotencyKey", "prefer"]), "traceparent"];
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    ...(route.flow === undefined
      ? {}
      : { description: `Starts the flow \`${route.flow.name}\`: ${route.flow.summary}` }),
    security: securityOf[route.auth],
    parameters: [
      ...documentPathParameters(route.path, components),
      ...documentQuery(route, components),
      ...documentHeaders(route.headers, true),
      ...documentHeaders(route.optionalHeaders, false),
      ...headers.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: !route.body.safeParse({}).success,
            content: { "application/json": { schema: components.of(route.body, "input") } },
          },
        }),
    responses: documentResponses(route, components),
  };
}

const documentHeaders = (headers: Route["headers"] = {}, required: boolean): JsonObject[] =>
  Object.entries(headers).map(([name, description]) => ({
    name,
    in: "header",
    required,
    description,
    schema: { type: "string" },
  }));

function documentQuery({ query }: Route, components: SchemaComponents): JsonObject[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: !(schema as z.ZodType).safeParse(undefined).success,
    schema: components.of(schema as z.ZodType, "input"),
  }));
}

function documentPathParameters(path: string, components: SchemaComponents): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => {
    const schema = Object.entries(pathParameters).find(([known]) => known === name)?.[1];
    if (schema === undefined) throw new TypeError(`${path}: say in pathParameters what {${name}} is`);
    return { name, in: "path", required: true, schema: components.of(schema) };
  });
}
