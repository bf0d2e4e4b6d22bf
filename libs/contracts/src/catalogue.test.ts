import { STATUS_CODES } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { bulkQueues, bulkQueuesOf, queueOf, workers } from "./command.ts";
import { allCommands } from "./commands.ts";
import * as events from "./events.ts";
import type { Flow } from "./flow.ts";
import * as flows from "./flows.ts";
import type { Route } from "./http/route.ts";
import * as routes from "./http/routes.ts";
import { problemCodes, problems } from "./problems.ts";
import { sealed, sealedFields, secrecyOf } from "./secrecy.ts";

const { allEvents, gatewayEvents, ...eachEvent } = events;
const { allFlows, ...eachFlow } = flows;
const { allRoutes, apiBase: _, ...eachRoute } = routes;
const everyRoute: readonly Route[] = allRoutes;
const everyFlow: readonly Flow[] = allFlows;
const twice = (names: readonly string[]) => names.filter((name, index) => names.indexOf(name) !== index);

describe("the problem catalogue", () => {
  it.each(problemCodes)("%s has a status for errors, and a title that is a sentence", (code) => {
    const { status, title } = problems[code];

    expect(status).toBeGreaterThanOrEqual(400);
    expect(STATUS_CODES).toHaveProperty(String(status));
    expect(title).toMatch(/^[A-Z].*\.$/);
  });

  it("has codes in snake case", () => {
    expect(problemCodes.filter((code) => !/^[a-z]+(_[a-z]+)*$/.test(code))).toEqual([]);
  });

  it("has no two problems that a person could not tell apart", () => {
    expect(twice(problemCodes.map((code) => problems[code].title))).toEqual([]);
  });
});

describe("the lists of everything", () => {
  it("hold every event, flow and route that is defined", () => {
    expect(new Set(allEvents)).toEqual(new Set(Object.values(eachEvent)));
    expect(new Set(allFlows)).toEqual(new Set(Object.values(eachFlow)));
    expect(new Set(allRoutes)).toEqual(new Set(Object.values(eachRoute)));
  });

  it("hold nothing twice", () => {
    expect(twice(allCommands.map((command) => command.name))).toEqual([]);
    expect(twice(allEvents.map((event) => event.type))).toEqual([]);
    expect(twice(everyFlow.map((flow) => `${flow.name} ${flow.version}`))).toEqual([]);
    expect(twice(everyRoute.map((route) => route.id))).toEqual([]);
    expect(twice(everyRoute.map((route) => `${route.method} ${route.path.replaceAll(/\{\w+\}/g, "{}")}`))).toEqual([]);
  });
});

describe("a command", () => {
  it.each(allCommands)(
    "$name is named worker.verb after its worker, and publishes only events there are",
    (command) => {
      expect(workers).toContain(command.worker);
      expect(command.name).toMatch(new RegExp(`^${command.worker}\\.[a-z][A-Za-z]+$`));
      expect(allEvents.map((event) => event.type)).toEqual(expect.arrayContaining([...command.events]));
    },
  );
});

describe("a queue for long work", () => {
  it.each(bulkQueues)("%s is taken by one worker, which has commands in it", (queue) => {
    const takers = workers.filter((worker) => bulkQueuesOf(worker).includes(queue));

    expect(takers).toHaveLength(1);
    const travelling = allCommands.filter((command) => queueOf(command) === queue);
    expect(new Set(travelling.map(({ worker }) => worker))).toEqual(new Set(takers));
  });
});

describe("an event", () => {
  it.each(allEvents)("$type is named subject.happened and has a command, or gateways, that publish it", ({ type }) => {
    const published = [
      ...allCommands.flatMap((command) => command.events),
      ...gatewayEvents.map((event) => String(event.type)),
    ];

    expect(type).toMatch(/^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/);
    expect(published).toContain(type);
  });
});

describe("a flow", () => {
  it.each(everyFlow)("$name consists of commands there are, at least one", ({ steps }) => {
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) expect(allCommands).toContain(step.command);
  });

  // Only top-level fields are sealed: a mark further down would promise what nobody keeps.
  it.each(everyFlow)("$name has no sealed field inside another", ({ input, result, steps }) => {
    const early = steps.flatMap(({ command }) => (command.endsWith === undefined ? [] : [command.endsWith]));
    const carried = [input, result, ...early, ...steps.map((step) => step.command.output)];

    expect(carried.flatMap(sealedInside)).toEqual([]);
  });
});

describe("a route", () => {
  it.each(everyRoute)("$id starts a flow there is, or only reads", (route) => {
    if (route.flow === undefined) expect(route.method).toBe("GET");
    else expect(everyFlow).toContain(route.flow);
  });

  it("is the only one that answers a status with a media type in its own way", () => {
    for (const { id, answers } of everyRoute) {
      expect(twice(answers.map(({ status, mediaType }) => `${id} ${status} ${mediaType}`))).toEqual([]);
    }
  });
});

describe("the search for sealed fields inside others", () => {
  it("finds them in objects, arrays and unions, and not at the top", () => {
    const leak = z.object({ secret: sealed(z.string()) });

    expect(sealedInside(z.object({ top: sealed(z.string()) }))).toEqual([]);
    expect(sealedInside(z.object({ leak: leak.optional() }))).toEqual(["leak.secret"]);
    expect(sealedInside(z.object({ list: z.array(leak) }))).toEqual(["list.secret"]);
    expect(sealedInside(z.object({ either: z.union([z.null(), leak]) }))).toEqual(["either.secret"]);
  });
});

/** Paths of sealed fields that are not fields of the object itself. */
function sealedInside(schema: z.ZodObject): string[] {
  const top = sealedFields(schema);
  return Object.entries(schema.shape)
    .filter(([name]) => !top.includes(name))
    .flatMap(([name, field]) => sealedWithin(field as z.ZodType, name));
}

function sealedWithin(schema: z.ZodType, path: string): string[] {
  if (secrecyOf(schema) === "sealed") return [path];
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, field]) => sealedWithin(field as z.ZodType, `${path}.${name}`));
  }
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => sealedWithin(option as z.ZodType, path));
  if (schema instanceof z.ZodRecord) return sealedWithin(schema.valueType as z.ZodType, path);
  if ("unwrap" in schema) return sealedWithin((schema as z.ZodOptional<z.ZodType>).unwrap(), path);
  return [];
}
