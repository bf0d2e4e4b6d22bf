import { client, commandMessage, recordedOutcome } from "./envelope.ts";
import { limits } from "./http/limits.ts";
import { possibleProblems } from "./http/possible-problems.ts";
import type { Route, RouteAuth } from "./http/route.ts";
import { allRoutes } from "./http/routes.ts";
import { bindingItem } from "./items.ts";
import { problems, wireCode } from "./problems.ts";

const AUTH: Record<RouteAuth, string> = {
  none: "nobody in particular: credentials are not looked at",
  any: "`Authorization: Bearer`, or `X-User-ID` with a visitor's id",
  bearer: "`Authorization: Bearer`",
  admin: "`Authorization: Bearer` of an operator: an access token with the role `admin`, or an ops key",
  operation: "`Authorization: Bearer` of its caller, or `X-Operation-Secret`",
};

/** Of the envelope, what says something about who asked; the rest is about the work. */
const aboutTheClient = ["caller", "client", "receivedAt", "traceparent"] as const satisfies readonly Extract<
  keyof typeof commandMessage.shape,
  string
>[];

/** `docs/api/routes.md`: every route with who may call it, what it starts, what of the client goes along and what it may end in. */
export function routesPage(): string {
  return `${[
    "<!-- Generated from libs/contracts by `npm run docs`: change the contracts, not this page. -->",
    "# Routes",
    "Every route there is. Requests and answers in full are in [openapi.json](openapi.json), what a flow does in [flows.md](../flows.md), the problems in [problems.md](problems.md). What a rate limit tells apart and how it is set is in [configuration.md](../configuration.md#limits).",
    [
      "| route | auth | flow | rate limit |",
      "|---|---|---|---|",
      ...allRoutes.map(
        (route: Route) => `| ${nameOf(route)} | ${route.auth} | ${route.flow?.name ?? "–"} | ${rateLimitOf(route)} |`,
      ),
    ].join("\n"),
    ...allRoutes.flatMap(section),
  ].join("\n\n")}\n`;
}

const nameOf = ({ method, path }: Route): string => `\`${method} ${path}\``;

const rateLimitOf = ({ limits: names = [] }: Route): string => names.map((name) => `\`${name}\``).join(", ") || "none";

/** Each limit with its defaults, as the section of a route says it. */
const rateLimitsInFull = ({ limits: names = [] }: Route): string =>
  names
    .map((name) => {
      const { counts, per, quota, windowSeconds } = limits[name];
      return `\`${name}\`: ${quota} ${counts} in ${windowSeconds / 60} min for each ${per.join(" and ")}`;
    })
    .join("; ") || "none";

function section(route: Route): string[] {
  return [
    `## ${route.method} ${route.path}`,
    `${route.summary}.`,
    [
      `- Who may call: ${AUTH[route.auth]}`,
      `- Flow: ${
        route.flow === undefined
          ? "none, it changes nothing"
          : `\`${route.flow.name}\` version ${route.flow.version}: ${listed(
              route.flow.steps.map(({ command }) => command.name),
              " → ",
            )}`
      }`,
      ...metadataOf(route),
      `- Answers: ${route.answers.map(({ status, description }) => `${status} ${description}`).join("; ")}`,
      `- Problems: ${listed(possibleProblems(route).map((code) => `${problems[code].status} ${wireCode(code)}`))}`,
      `- Rate limit: ${rateLimitsInFull(route)}`,
    ].join("\n"),
  ];
}

/** What of the client is in messages and in the record, from their schemas. */
function metadataOf(route: Route): string[] {
  if (route.flow === undefined) return ["- Of the client: nothing is sent on or kept"];
  const inShape = (shape: object): string[] =>
    aboutTheClient
      .filter((field) => field in shape)
      .flatMap((field) => (field === "client" ? Object.keys(client.shape).map((part) => `client.${part}`) : [field]));
  const callers = route.auth === "none" ? "`none`" : "the user's id";
  return [
    `- Of the client, in every command: ${listed(inShape(commandMessage.shape))}; \`caller\` is ${callers}`,
    `- Of the client, in the outcome: ${listed(inShape(recordedOutcome.shape)) || "nothing"}`,
    `- Of the client, kept with an \`Idempotency-Key\`: ${listed(inShape(bindingItem.schema.shape)) || "nothing"}`,
  ];
}

const listed = (names: readonly string[], separator = ", "): string =>
  names.map((name) => `\`${name}\``).join(separator);
