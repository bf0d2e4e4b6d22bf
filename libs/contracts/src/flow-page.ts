import type { Command } from "./command.ts";
import type { Flow, Step } from "./flow.ts";
import { allFlows } from "./flows.ts";
import type { Route } from "./http/route.ts";
import { allRoutes } from "./http/routes.ts";
import { sealedFields } from "./secrecy.ts";

/** `docs/flows.md`: what happens on each command route, step by step, with a sequence diagram. */
export function flowPage(): string {
  return `${[
    "<!-- Generated from libs/contracts by `npm run docs`: change the contracts, not this page. -->",
    "# Flows",
    "A flow is a list of commands, read top to bottom. Each worker carries out its command, adds what it made to the message and sends it on to the next worker's queue; the last one, or the one after which the page says so, records the outcome and replies to the gateway. Fields marked 🔒 travel sealed.",
    ...allFlows.flatMap(section),
  ].join("\n\n")}\n`;
}

function section(flow: Flow): string[] {
  const routes = allRoutes.filter((route: Route) => route.flow === flow);
  const before = allFlows.filter(({ starts }: Flow) => starts?.flow === flow);
  const starters = [...routes.map((route) => `${route.method} ${route.path}`), ...before.map(({ name }) => name)];
  return [
    isSuperseded(flow) ? `## ${flow.name}, version ${flow.version}` : `## ${flow.name}`,
    `${flow.summary} Version ${flow.version}.`,
    `Started by: ${listed(starters) || "no route"}.`,
    [
      "| | command | worker | needs | adds | events | may end with |",
      "|---|---|---|---|---|---|---|",
      ...flow.steps.map(row),
    ].join("\n"),
    `Answers with ${listed(fieldsOf(flow.result))}${answersEarly(flow) ? `, after step ${answeredAfter(flow) + 1}: what follows goes on without whoever asked` : ""}.`,
    ...(flow.starts === undefined
      ? []
      : [`Then \`${flow.starts.flow.name}\` may begin, for the user whom it was about, as an operation of its own.`]),
    ["```mermaid", ...diagram(flow, routes), "```"].join("\n"),
  ];
}

const answeredAfter = (flow: Flow): number => flow.answeredAfter ?? flow.steps.length - 1;
const answersEarly = (flow: Flow): boolean => answeredAfter(flow) < flow.steps.length - 1;

/** Kept for the messages of it that are still under way. */
const isSuperseded = (flow: Flow): boolean =>
  allFlows.some(({ name, version }) => name === flow.name && version > flow.version);

function row({ command, with: constants }: Step, index: number): string {
  const needs = Object.keys(command.input.shape).map((name) =>
    constants[name] === undefined ? withSecrecy(command.input, name) : `${name} = ${JSON.stringify(constants[name])}`,
  );
  const cells = [
    `${index + 1}`,
    `\`${command.name}\`<br>${command.summary}`,
    command.queue === undefined ? command.worker : `${command.worker}, queue \`${command.queue}\``,
    listed(needs),
    listed(fieldsOf(command.output)),
    listed(command.events),
    listed([
      ...command.problems,
      ...(command.endsWith === undefined ? [] : [`early answer: ${fieldsOf(command.endsWith).join(", ")}`]),
    ]),
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|") || "–").join(" | ")} |`;
}

const fieldsOf = (schema: Command["input"]): string[] =>
  Object.keys(schema.shape).map((name) => withSecrecy(schema, name));

const withSecrecy = (schema: Command["input"], name: string): string =>
  sealedFields(schema).includes(name) ? `${name} 🔒` : name;

const listed = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

function diagram(flow: Flow, routes: readonly Route[]): string[] {
  const workers = [...new Set(flow.steps.map((step) => step.command.worker))];
  const told = flow.steps.some((step) => step.command.events.length > 0);
  const answer = routes.slice(0, 1).map((route) => `  gateway->>client: ${route.answers[0]?.status ?? ""}`);
  const atOnce = routes.some((route) => route.answersAtOnce === true);
  const ends = (worker: string): string[] => [
    `  Note over ${worker}: records the outcome`,
    `  ${worker}->>gateway: reply`,
    ...(atOnce ? [] : answer),
  ];
  return [
    "sequenceDiagram",
    "  autonumber",
    "  actor client",
    "  participant gateway",
    ...workers.map((worker) => `  participant ${worker}`),
    ...(told ? ["  participant events"] : []),
    ...routes.map((route) => `  client->>gateway: ${route.method} ${route.path}`),
    ...flow.steps.flatMap(({ command }, index) => [
      `  ${flow.steps[index - 1]?.command.worker ?? "gateway"}->>${command.worker}: ${command.name}`,
      ...(index === 0 && atOnce ? answer : []),
      ...command.events.map((event) => `  ${command.worker}--)events: ${event}`),
      ...(index === answeredAfter(flow) && flow.recorded !== false ? ends(command.worker) : []),
    ]),
  ];
}
