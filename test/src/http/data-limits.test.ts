import { afterEach, describe, expect, it } from "@jest/globals";
import { kindsOf } from "@lanyard/user-data";
import { dataPath, itemOf, type Owner, ownerOf } from "../support/data-items.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const theme = {
  type: "object",
  required: ["theme"],
  additionalProperties: false,
  properties: {
    theme: { enum: ["dark", "light"] },
    sizes: { type: "array", items: { type: "object", properties: { x: { type: "integer", minimum: 1 } } } },
    "a/b": { type: "string" },
  },
};
const kinds = kindsOf({
  few: { maxItems: 5 },
  one: { maxItems: 1 },
  small: { maxBytes: 100 },
  large: {},
  themed: { schema: theme },
  closed: { schema: false },
});

let system: InProcessSystem;
let visitor: Visitor;
let owner: Owner;
const begin = async (options: InProcessOptions = {}): Promise<void> => {
  system = await inProcessSystem({ kinds, ...options });
  visitor = await signIn(system);
  owner = ownerOf(system, visitor.bearer);
};
afterEach(() => system.stop());

const atOnce = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  system.whileTimePasses(Promise.all(Array.from({ length: count }, (_, index) => work(index))));
const counted = (words: readonly string[]): Record<string, number> =>
  words.reduce<Record<string, number>>((counts, word) => ({ ...counts, [word]: (counts[word] ?? 0) + 1 }), {});

describe("as many items of a kind as there may be", () => {
  it("are made when more are asked for at once, and no more", async () => {
    await begin({ gateways: 2 });
    const owners = system.gateways.map((gateway) => ownerOf(gateway, visitor.bearer));
    const answers = await atOnce(40, (index) =>
      (owners[index % 2] ?? owner).create("few", { name: "x", value: index }),
    );

    expect(counted(answers.map(wordsOf))).toEqual({ 201: 5, "409 limit_reached": 35 });
    for (const { status, body } of answers) if (status === 409) expect(body).toMatchObject({ limit: 5 });
    const made = answers.filter(({ status }) => status === 201).map(itemOf);
    expect(await owner.all("few")).toEqual(made.toSorted((one, other) => (one.id < other.id ? -1 : 1)));
  });

  it("leave room for one more with each that is deleted", async () => {
    await begin();
    const made = await atOnce(5, (index) => owner.made("few", { name: "x", value: index }));
    for (const item of made) {
      expect(wordsOf(await owner.create("few", { name: "y", value: 1 }))).toBe("409 limit_reached");
      await owner.remove(item);
      const answers = await atOnce(6, () => owner.create("few", { name: "y", value: 1 }));
      expect(counted(answers.map(wordsOf))).toEqual({ 201: 1, "409 limit_reached": 5 });
    }
    expect(await owner.all("few")).toHaveLength(5);
  });

  it("are never exceeded while many make and delete at once, and all the room is there afterwards", async () => {
    await begin();
    let most = 0;
    await atOnce(12, async (index) => {
      for (let round = 0; round < 3; round += 1) {
        const answer = await owner.create("few", { name: "x", value: index });
        most = Math.max(most, (await owner.page("few")).items.length);
        if (answer.status === 201) await owner.remove(itemOf(answer));
      }
    });

    expect(most).toBeLessThanOrEqual(5);
    expect(most).toBeGreaterThan(0);
    expect(await owner.all("few")).toEqual([]);
    const answers = await atOnce(9, () => owner.create("few", { name: "y", value: 1 }));
    expect(counted(answers.map(wordsOf))).toEqual({ 201: 5, "409 limit_reached": 4 });
  });

  it("are counted for each kind and each user", async () => {
    await begin();
    const other = ownerOf(system, (await signIn(system)).bearer);
    for (const each of [owner, other]) {
      await each.made("one", { name: "x", value: 1 });
      expect(wordsOf(await each.create("one", { name: "y", value: 1 }))).toBe("409 limit_reached");
    }
    expect((await owner.create("few", { name: "x", value: 1 })).status).toBe(201);
  });

  it("can be changed as often as anybody likes", async () => {
    await begin();
    const item = await owner.made("one", { name: "x", value: 1 });

    for (const value of [2, 3, 4]) expect((await owner.replace(item, { name: "x", value })).status).toBe(200);
  });
});

describe("the size of a value", () => {
  const put = (kind: string, value: string) =>
    system.call("POST", dataPath(kind), {
      headers: { ...visitor.bearer, "content-type": "application/json" },
      body: `{"name":"x","value":${value}}`,
    });
  const text = (bytes: number, letter = "a"): string => `"${letter.repeat((bytes - 2) / Buffer.byteLength(letter))}"`;

  it("is counted in bytes of its JSON, neither in letters nor as it was written", async () => {
    await begin();
    const said = async (value: string) => wordsOf(await put("small", value));

    expect(await said(text(100))).toBe("201");
    expect(await said(text(101))).toBe("413 value_too_large");
    expect(await said(text(100, "é"))).toBe("201");
    expect(await said(text(102, "é"))).toBe("413 value_too_large");
    expect(await said(text(98, "漢"))).toBe("201");
    expect(await said(text(101, "漢"))).toBe("413 value_too_large");
    expect(await said(text(98, "😀"))).toBe("201");
    expect(await said(text(102, "😀"))).toBe("413 value_too_large");
    // Escapes and spaces of the body are not of the value; escapes that its JSON needs are.
    expect(await said(`"${"\\u00e9".repeat(49)}"`)).toBe("201");
    expect(await said(`[${" ".repeat(500)}1${"\n".repeat(500)}]`)).toBe("201");
    expect(await said(`"${"\\n".repeat(49)}"`)).toBe("201");
    expect(await said(`"${"\\n".repeat(50)}"`)).toBe("413 value_too_large");
    expect(await said(`"${"\\ud800".repeat(17)}"`)).toBe("413 value_too_large");
  });

  it("that is too large is told with the limit, for a change too, and changes nothing", async () => {
    await begin();
    const item = await owner.made("small", { name: "x", value: 1 });
    const answers = [await put("small", text(101)), await owner.replace(item, { name: "x", value: "a".repeat(99) })];

    for (const { body } of answers) expect(body).toMatchObject({ code: "value_too_large", limit: 100 });
    expect(await owner.all("small")).toEqual([item]);
  });

  it.each([
    ["of plain letters", "a", 1],
    ["of two bytes a letter", "é", 2],
    ["of three", "漢", 3],
    ["of four", "😀", 4],
  ])("may be 32 KB, %s, however it is written, and comes back whole", async (_, letter, bytes) => {
    await begin();
    const largest = letter.repeat(Math.floor((32_768 - 2) / bytes));
    const escaped = [...largest]
      .flatMap((each) =>
        each === "a"
          ? [each]
          : Array.from({ length: each.length }, (__, at) => `\\u${each.charCodeAt(at).toString(16).padStart(4, "0")}`),
      )
      .join("");
    const made = [await put("large", `"${largest}"`), await put("large", `"${escaped}"`)];

    for (const answer of made) {
      expect(answer.status).toBe(201);
      expect(itemOf(answer).value).toBe(largest);
      expect(itemOf(await owner.read(itemOf(answer))).value).toBe(largest);
    }
    expect(wordsOf(await put("large", `"${largest}${letter}"`))).toBe("413 value_too_large");
  });

  it("is what fits into a command: one of quotation marks alone does not at 32 KB, and up to there everything does", async () => {
    await begin();
    const marks = (count: number) =>
      owner.create(
        "large",
        { name: "\u0001".repeat(200), value: '"'.repeat(count) },
        { "user-agent": '"'.repeat(600) },
      );

    expect(wordsOf(await marks(16_383))).toBe("413 body_too_large");
    expect((await marks(15_300)).status).toBe(201);
    const most = Math.floor((60 * 1024 - 6) / 4);
    expect((await marks(most)).status).toBe(201);
    expect(wordsOf(await marks(most + 1))).toBe("413 body_too_large");
    expect(await owner.all("large")).toHaveLength(2);
  });

  it("is not even looked at in a body of more than 128 KB", async () => {
    await begin();

    expect(wordsOf(await put("large", `[${" ".repeat(129 * 1024)}]`))).toBe("413 body_too_large");
    expect(wordsOf(await put("large", `[${" ".repeat(127 * 1024)}]`))).toBe("201");
  });
});

describe("a kind with a schema", () => {
  it("takes what fits it", async () => {
    await begin();
    const item = await owner.made("themed", { name: "x", value: { theme: "dark", sizes: [{ x: 1 }], "a/b": "c" } });

    expect((await owner.replace(item, { name: "x", value: { theme: "light" } })).status).toBe(200);
  });

  it.each([
    ["another type", 1, ["value"]],
    ["nothing of it", {}, ["value"]],
    ["more than it knows", { theme: "dark", other: 1 }, ["value"]],
    ["a wrong choice", { theme: "blue" }, ["value/theme"]],
    [
      "something deep within",
      { theme: "dark", sizes: [{ x: 1 }, { x: 0 }, { x: "1" }] },
      ["value/sizes/1/x", "value/sizes/2/x"],
    ],
    ["a name with a slash", { theme: "dark", "a/b": 1 }, ["value/a~1b"]],
    ["several at once", { theme: 1, "a/b": 1 }, ["value/a~1b", "value/theme"]],
  ])("says where a value does not fit: %s", async (_, value, paths) => {
    await begin();
    const item = await owner.made("themed", { name: "x", value: { theme: "dark" } });
    for (const answer of [
      await owner.create("themed", { name: "x", value }),
      await owner.replace(item, { name: "x", value }),
    ]) {
      expect(wordsOf(answer)).toBe("400 validation_failed");
      const { errors } = answer.body as { errors: { path: string; message: string }[] };
      expect(errors.map(({ path }) => path).sort()).toEqual(paths);
      for (const { message } of errors) expect(message).not.toBe("");
    }
    expect(await owner.all("themed")).toEqual([item]);
  });

  it("may take nothing at all", async () => {
    await begin();

    expect(wordsOf(await owner.create("closed", { name: "x", value: null }))).toBe("400 validation_failed");
  });

  it("does not say more mistakes than anybody reads", async () => {
    await begin();
    const value = { theme: "dark", sizes: Array.from({ length: 500 }, () => ({ x: 0 })) };
    const { body } = await owner.create("themed", { name: "x", value });

    expect((body as { errors: unknown[] }).errors).toHaveLength(20);
  });
});
