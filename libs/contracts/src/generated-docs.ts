import { asyncApiDocument } from "./asyncapi.ts";
import { dataModelPage, type TopologyFacts } from "./data-model-page.ts";
import { flowPage } from "./flow-page.ts";
import { openApiDocument } from "./openapi.ts";
import { problemPage } from "./problem-page.ts";
import { routesPage } from "./routes-page.ts";

/** Every page and document made from the contracts and the topology: path from the project's root → content. */
export const generatedDocs = (about: {
  readonly version: string;
  readonly topology: TopologyFacts;
}): Readonly<Record<string, string>> => ({
  "docs/api/asyncapi.json": `${JSON.stringify(asyncApiDocument(about), null, 2)}\n`,
  "docs/api/openapi.json": `${JSON.stringify(openApiDocument(about), null, 2)}\n`,
  "docs/api/problems.md": problemPage(),
  "docs/api/routes.md": routesPage(),
  "docs/data-model.md": dataModelPage(about.topology),
  "docs/flows.md": flowPage(),
});
