import { asyncApiDocument } from "./asyncapi.ts";
import { flowPage } from "./flow-page.ts";
import { openApiDocument } from "./openapi.ts";
import { problemPage } from "./problem-page.ts";

/** Every page and document made from the contracts: path from the project's root → content. */
export const generatedDocs = (about: { readonly version: string }): Readonly<Record<string, string>> => ({
  "docs/api/asyncapi.json": `${JSON.stringify(asyncApiDocument(about), null, 2)}\n`,
  "docs/api/openapi.json": `${JSON.stringify(openApiDocument(about), null, 2)}\n`,
  "docs/api/problems.md": problemPage(),
  "docs/flows.md": flowPage(),
});
