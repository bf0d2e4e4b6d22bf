import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { kindsOf } from "@lanyard/user-data";
import { dataPath, type Item, type Owner, ownerOf } from "../support/data-items.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signIn, type Visitor, wordsOf } from "../support/visitor.ts";

let system: InProcessSystem;
let visitor: Visitor;
let owner: Owner;
let items: readonly Item[];
/** Nothing of this may change anything, so one system is enough. */
beforeAll(async () => {
  system = await inProcessSystem({ kinds: kindsOf({ chart: {}, alert: {} }) });
  visitor = await signIn(system);
  owner = ownerOf(system, visitor.bearer);
  for (let index = 0; index < 3; index += 1) await owner.made("chart", { name: "x", value: index });
  items = await owner.all("chart");
});
afterAll(async () => {
  expect(await owner.all("chart")).toEqual(items);
  expect(await owner.all("alert")).toEqual([]);
  for (const queue of ["merge", "merge-dlq"]) expect(system.transport.held(queue)).toEqual([]);
  await system.stop();
});

const anyItem = (): Item => {
  const [item] = items;
  if (item === undefined) throw new RangeError("there is none");
  return item;
};
const send = (
  method: string,
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> =>
  system.call(method, path, { headers: { ...visitor.bearer, "content-type": "application/json", ...headers }, body });
/** To where an item is made, and to where one is changed. */
const both = async (body: string | Uint8Array, headers?: Record<string, string>): Promise<readonly string[]> => [
  ...new Set([
    wordsOf(await send("POST", dataPath("chart"), body, headers)),
    wordsOf(await send("PUT", dataPath("chart", anyItem().id), body, headers)),
  ]),
];
const nested = (levels: number, open = "[", close = "]"): string => `${open.repeat(levels)}${close.repeat(levels)}`;

describe("a body that is no item", () => {
  it.each([
    ["nothing", ""],
    ["no JSON", "name=x"],
    ["half of it", '{"name":"x","value":'],
    ["two of them", '{"name":"x","value":1}{}'],
    ["a comma too many", '{"name":"x","value":[1,]}'],
    ["NaN", '{"name":"x","value":NaN}'],
    ["Infinity", '{"name":"x","value":-Infinity}'],
    ["undefined", '{"name":"x","value":undefined}'],
    ["hexadecimals", '{"name":"x","value":0x10}'],
    ["single quotes", "{'name':'x','value':1}"],
    ["a comment", '{"name":"x","value":1/**/}'],
    ["a bare value", '"x"'],
    ["null", "null"],
    ["a line break within a text", '{"name":"x\n","value":1}'],
  ])("is not JSON, or no object: %s", async (_, body) => {
    expect(await both(body)).toEqual([body === "" ? "400 validation_failed" : "400 malformed_json"]);
  });

  it.each([
    ["a list", "[]", [""]],
    ["an empty object", "{}", ["name", "value"]],
    ["no value", '{"name":"x"}', ["value"]],
    ["no name", '{"value":1}', ["name"]],
    ["a name that is empty", '{"name":"","value":1}', ["name"]],
    ["a name of another type", '{"name":1,"value":1}', ["name"]],
    ["a name that is null", '{"name":null,"value":1}', ["name"]],
    ["a name that is too long", `{"name":"${"x".repeat(201)}","value":1}`, ["name"]],
    ["half a character in a name", '{"name":"x\\ud800","value":1}', ["name"]],
    ["more than there is", '{"name":"x","value":1,"version":7}', [""]],
    ["an id of its own", '{"name":"x","value":1,"id":"1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e"}', [""]],
    ["an owner", '{"name":"x","value":1,"userId":"1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e"}', [""]],
    ["a prototype", '{"name":"x","value":1,"__proto__":{"value":2}}', [""]],
    ["a number without end", '{"name":"x","value":1e400}', ["value"]],
    ["a number without end, deep within", '{"name":"x","value":[{"a":-1e999}]}', ["value"]],
    ["101 levels", `{"name":"x","value":${nested(101)}}`, ["value"]],
    ["1000 levels", `{"name":"x","value":${nested(1000)}}`, ["value"]],
    ["1000 levels of objects", `{"name":"x","value":${nested(1000, '{"a":[', "]}")}}`, ["value"]],
    ["as many levels as a body can have", `{"name":"x","value":${nested(60_000)}}`, ["value"]],
    ["as many levels beside the value", `{"name":"x","value":1,"other":${nested(60_000)}}`, [""]],
  ])("has not the form of one: %s", async (_, body, paths) => {
    expect(await both(body)).toEqual(["400 validation_failed"]);
    const { body: problem } = await send("POST", dataPath("chart"), body);
    expect((problem as { errors: { path: string }[] }).errors.map(({ path }) => path).sort()).toEqual(paths);
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/json-seq",
    "application/json; charset=latin1",
  ])("is not taken as JSON: %s", async (type) => {
    expect(await both('{"name":"x","value":1}', { "content-type": type })).toEqual(["415 unsupported_media_type"]);
  });

  it("is an item for all that when a field stands twice: the last one counts, as JSON.parse has it", async () => {
    const answer = await send("POST", dataPath("chart"), '{"name":"x","name":"y","value":1,"value":{"a":1,"a":2}}');
    const item = answer.body as Item;
    expect(item).toMatchObject({ name: "y", value: { a: 2 } });
    await owner.remove(item);
  });
});

describe("a path that names nothing", () => {
  it.each([
    "charts",
    "CHART",
    "chart%20",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "0",
    "%00",
    "chart%23x",
    "..%2fchart",
    "a".repeat(500),
  ])("names no kind: %s", async (kind) => {
    const { id } = anyItem();
    const calls = [
      ["GET", dataPath(kind)],
      ["GET", `${dataPath(kind)}?limit=x`],
      ["POST", dataPath(kind), "{"],
      ["GET", dataPath(kind, id)],
      ["PUT", dataPath(kind, id), "no JSON"],
      ["DELETE", dataPath(kind, "no-id")],
    ] as const;
    for (const [method, path, body] of calls) {
      const answer =
        body === undefined
          ? await system.call(method, path, { headers: visitor.bearer })
          : await send(method, path, body);
      expect(wordsOf(answer)).toBe("404 kind_not_found");
    }
  });

  it.each([
    ["no UUID", "x"],
    ["a UUID and more", "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e0"],
    ["one that never was", "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e"],
    ["capitals", () => anyItem().id.toUpperCase()],
    ["the separator of keys", () => `${anyItem().id}%23`],
    ["a key of another item", "..%2fclosed"],
    ["a space", () => `%20${anyItem().id}`],
    ["a name that prototypes have", "__proto__"],
    ["three thousand letters", "a".repeat(3000)],
  ])("names no item: %s", async (_, id) => {
    const path = dataPath("chart", typeof id === "string" ? id : id());
    const answers = [
      await system.call("GET", path, { headers: visitor.bearer }),
      await send("PUT", path, '{"name":"x","value":1}'),
      await system.call("DELETE", path, { headers: visitor.bearer }),
    ];
    for (const answer of answers) expect(wordsOf(answer)).toBe("404 item_not_found");
  });

  it.each([
    ["POST", () => dataPath("chart", anyItem().id), "GET, HEAD, PUT, DELETE"],
    ["PATCH", () => dataPath("chart", anyItem().id), "GET, HEAD, PUT, DELETE"],
    ["PUT", () => dataPath("chart"), "GET, HEAD, POST"],
    ["DELETE", () => dataPath("chart"), "GET, HEAD, POST"],
  ])("does not take every method: %s", async (method, path, allowed) => {
    const answer = await system.request(method, path(), { headers: visitor.bearer });

    expect([wordsOf(answer), answer.headers["allow"]]).toEqual(["405 method_not_allowed", allowed]);
  });

  it.each(["/api/v2/data", "/api/v2/data/", "/api/v2/data/chart/", "/api/v2/data/chart/a/b", "/api/v2/data/%E0%A4%A"])(
    "is no path at all: %s",
    async (path) => {
      expect(wordsOf(await system.request("GET", path, { headers: visitor.bearer }))).toBe("404 not_found");
    },
  );
});

describe("a query that asks for no page", () => {
  it.each([
    ["limit", "?limit=0"],
    ["limit", "?limit=101"],
    ["limit", "?limit=-1"],
    ["limit", "?limit=1.5"],
    ["limit", "?limit=x"],
    ["limit", "?limit="],
    ["limit", "?limit=NaN"],
    ["limit", "?limit=5&limit=6"],
    ["held", "?held=false"],
    ["held", "?held="],
    ["held", "?held=TRUE"],
    ["", "?other=1"],
    ["cursor", "?cursor="],
    ["cursor", "?cursor=x"],
    ["cursor", "?cursor=%00"],
    ["cursor", `?cursor=${"A".repeat(2048)}`],
    ["cursor", `?cursor=${"A".repeat(2049)}`],
    ["cursor", `?cursor=${Buffer.from("data#alert#x").toString("base64url")}`],
    ["cursor", `?cursor=${Buffer.from("slot#chart#000000").toString("base64url")}`],
    ["cursor", `?cursor=${Buffer.from("closed").toString("base64url")}`],
    ["cursor", "?cursor=a&cursor=b"],
  ])("is refused for its %s: %s", async (path, query) => {
    const answer = await system.call("GET", `${dataPath("chart")}${query}`, { headers: visitor.bearer });

    expect(wordsOf(answer)).toBe("400 validation_failed");
    expect(answer.body).toMatchObject({ errors: [{ path }] });
  });

  it("is refused with a cursor of another kind", async () => {
    const { cursor } = await owner.page("chart", "?limit=1");
    const answer = await system.call("GET", `${dataPath("alert")}?cursor=${cursor}`, { headers: visitor.bearer });

    expect(wordsOf(answer)).toBe("400 validation_failed");
  });
});
