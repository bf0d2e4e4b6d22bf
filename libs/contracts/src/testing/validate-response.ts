// Tests hold responses against the published document with a validator that shares nothing with zod.
// eslint-disable-next-line lanyard/contracts-import-zod-only -- only tests load this file
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
// eslint-disable-next-line lanyard/contracts-import-zod-only -- only tests load this file
import addFormats from "ajv-formats";
import type { JsonObject } from "../shapes.ts";

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed when it is JSON, else the text; undefined, null or "" when there is none. */
  readonly body: unknown;
}

/** @throws Error that says everything in which the response is not as documented. */
export type ResponseValidator = (method: string, path: string, response: HttpResponse) => void;

interface Documented {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly headers: Readonly<Record<string, DocumentedHeader>>; readonly schemas: JsonObject };
}
interface DocumentedOperation {
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}
interface DocumentedResponse {
  readonly headers?: Readonly<Record<string, DocumentedHeader | { readonly $ref: string }>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonObject }>>;
}
interface DocumentedHeader {
  readonly required?: boolean;
  readonly schema: JsonObject;
}

/** Checks responses against an OpenAPI document of `openApiDocument`; the path may be a URL's, with its query. */
export function responseValidator(document: JsonObject): ResponseValidator {
  const { paths, components } = document as unknown as Documented;
  const faultsOf = schemaCheck(components.schemas);

  return (method, path, response) => {
    const pathname = path.replace(/[?#].*$/, "");
    const template = findTemplate(Object.keys(paths), pathname);
    if (template === undefined) throw new Error(`${method} ${pathname}: no such path is documented`);
    const operation = paths[template]?.[method.toLowerCase()];
    if (operation === undefined) throw new Error(`${method} ${template}: the path does not document this method`);
    const documented = operation.responses[response.status];
    const at = `${method} ${template} → ${response.status}`;
    if (documented === undefined) {
      throw new Error(
        `${at}: not documented, only ${Object.keys(operation.responses).join(", ")}\n${shown(response.body)}`,
      );
    }
    const faults = [...headerFaults(documented, response), ...bodyFaults(documented, response)];
    if (faults.length > 0)
      throw new Error(`${at}:\n${faults.map((it) => `  ${it}`).join("\n")}\n${shown(response.body)}`);
  };

  function headerFaults(documented: DocumentedResponse, response: HttpResponse): string[] {
    return Object.entries(documented.headers ?? {}).flatMap(([name, reference]) => {
      const header = "$ref" in reference ? components.headers[reference.$ref.split("/").at(-1) ?? ""] : reference;
      if (header === undefined) return [`header ${name} refers to nothing in the document`];
      const value = headerOf(response, name);
      if (value === undefined) return header.required === true ? [`header ${name} is missing`] : [];
      // A header is text; what the schema takes for a number has to look like one.
      const typed = header.schema["type"] === "integer" && /^-?\d+$/.test(value) ? Number(value) : value;
      return faultsOf(header.schema, typed).map((fault) => `header ${name}: ${fault}`);
    });
  }

  function bodyFaults({ content }: DocumentedResponse, response: HttpResponse): string[] {
    const isEmpty = response.body === undefined || response.body === null || response.body === "";
    if (content === undefined) return isEmpty ? [] : ["a body, where none is documented"];
    const mediaType = headerOf(response, "content-type")?.split(";")[0]?.trim().toLowerCase();
    const documented = mediaType === undefined ? undefined : content[mediaType];
    if (documented === undefined) {
      return [`media type ${mediaType ?? "missing"}, documented: ${Object.keys(content).join(", ")}`];
    }
    return faultsOf(documented.schema, response.body).map((fault) => `body${fault}`);
  }
}

/** The template that matches; one without parameters wins. */
function findTemplate(templates: readonly string[], pathname: string): string | undefined {
  const matches = (template: string) =>
    new RegExp(`^${template.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&").replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname);
  return templates.find((template) => template === pathname) ?? templates.find(matches);
}

const headerOf = (response: HttpResponse, wanted: string): string | undefined =>
  Object.entries(response.headers).find(([name]) => name.toLowerCase() === wanted.toLowerCase())?.[1];

/** Gives the faults of a value as readable lines; each schema is compiled once. */
function schemaCheck(schemas: JsonObject): (schema: JsonObject, value: unknown) => string[] {
  // Not strict: OpenAPI's own keywords and the components beside a schema are no mistakes.
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const compiled = new Map<JsonObject, ValidateFunction>();
  return (schema, value) => {
    const validate = compiled.get(schema) ?? ajv.compile({ ...schema, components: { schemas } });
    compiled.set(schema, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

function shown(body: unknown): string {
  const text = typeof body === "string" ? body : (JSON.stringify(body) ?? "no body");
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
