import { afterEach, describe, expect, it } from "@jest/globals";
import { kindsOf } from "@lanyard/user-data";
import { dataPath, itemOf, type Owner, ownerOf } from "../support/data-items.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const kinds = kindsOf({ chart: {}, alert: {} });

let system: InProcessSystem;
const begin = async (options: InProcessOptions = {}): Promise<void> => {
  system = await inProcessSystem({ kinds, ...options });
};
afterEach(() => system.stop());

const visitor = async (): Promise<{ visitor: Visitor; owner: Owner }> => {
  const signedIn = await signIn(system);
  return { visitor: signedIn, owner: ownerOf(system, signedIn.bearer) };
};
const many = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

describe("the version of an item", () => {
  it("spares a client what it knows already", async () => {
    await begin();
    const { owner } = await visitor();
    const item = await owner.made("chart", { name: "x", value: 1 });
    const seen = async (known: string) => {
      const answer = await owner.read(item, { "if-none-match": known });
      return [answer.status, answer.headers["etag"], answer.text === ""];
    };

    for (const known of ['"1"', 'W/"1"', '"7", "1"', "*"]) expect(await seen(known)).toEqual([304, '"1"', true]);
    for (const other of ['"2"', "1", "x", '"1', ""]) expect(await seen(other)).toEqual([200, '"1"', false]);
    await owner.replace(item, { name: "x", value: 1 });
    expect(await seen('"1"')).toEqual([200, '"2"', false]);
  });

  it("is told to whoever asks for the head alone", async () => {
    await begin();
    const { visitor: signedIn, owner } = await visitor();
    const item = await owner.made("chart", { name: "x", value: 1 });
    const head = await system.request("HEAD", dataPath("chart", item.id), { headers: signedIn.bearer });

    expect([head.status, head.headers["etag"], head.text]).toEqual([200, '"1"', ""]);
  });

  it("must be the one that is to be changed or deleted, if one is named", async () => {
    await begin();
    const { owner } = await visitor();
    const item = await owner.made("chart", { name: "x", value: 1 });
    const put = (ifMatch: string) => owner.replace(item, { name: "x", value: ifMatch }, { "if-match": ifMatch });

    expect((await put('"1"')).headers["etag"]).toBe('"2"');
    const late = await put('"1"');
    expect([wordsOf(late), late.body]).toEqual(["412 version_conflict", expect.objectContaining({ version: 2 })]);
    expect(wordsOf(await put('"3"'))).toBe("412 version_conflict");
    expect((await put("*")).headers["etag"]).toBe('"3"');
    expect(itemOf(await owner.read(item))).toMatchObject({ value: "*", version: 3 });
    expect(wordsOf(await owner.remove(item, { "if-match": '"2"' }))).toBe("412 version_conflict");
    expect((await owner.remove(item, { "if-match": '"3"' })).status).toBe(204);
    for (const ifMatch of ['"3"', '"4"', "*"]) expect(wordsOf(await put(ifMatch))).toBe("404 item_not_found");
  });

  it.each(["3", 'W/"1"', '"0"', '"01"', '"1", "2"', '"x"', "''", '"1'])(
    "that nobody was given changes nothing: %s",
    async (ifMatch) => {
      await begin();
      const { owner } = await visitor();
      const item = await owner.made("chart", { name: "x", value: 1 });
      const answers = [
        await owner.replace(item, { name: "y", value: 2 }, { "if-match": ifMatch }),
        await owner.remove(item, { "if-match": ifMatch }),
      ];

      for (const answer of answers) {
        expect(wordsOf(answer)).toBe("400 validation_failed");
        expect(answer.body).toMatchObject({ errors: [{ path: "If-Match" }] });
      }
      expect(itemOf(await owner.read(item))).toEqual(item);
    },
  );

  it("lets one of many writers win who have all seen the same one", async () => {
    await begin({ gateways: 2 });
    const { visitor: signedIn, owner } = await visitor();
    const item = await owner.made("chart", { name: "x", value: "first" });
    const owners = system.gateways.map((gateway) => ownerOf(gateway, signedIn.bearer));
    const answers = await system.whileTimePasses(
      many(20, async (index) =>
        (owners[index % 2] ?? owner).replace(item, { name: "x", value: index }, { "if-match": '"1"' }),
      ),
    );
    const won = answers.filter(({ status }) => status === 200);

    expect(won).toHaveLength(1);
    for (const lost of answers.filter(({ status }) => status !== 200)) {
      expect([wordsOf(lost), lost.body]).toEqual(["412 version_conflict", expect.objectContaining({ version: 2 })]);
    }
    expect((await owner.read(item)).text).toBe(won[0]?.text);
  });

  it("is another one for each of many writers who have seen none", async () => {
    await begin();
    const { owner } = await visitor();
    const item = await owner.made("chart", { name: "x", value: "first" });
    const answers = await system.whileTimePasses(many(8, (index) => owner.replace(item, { name: "x", value: index })));

    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(answers.map((answer) => itemOf(answer).version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 8 }, (_, index) => index + 2),
    );
    const last = answers.find((answer) => itemOf(answer).version === 9);
    expect((await owner.read(item)).text).toBe(last?.text);
    expect((await owner.read(item)).headers["etag"]).toBe('"9"');
  });

  it("is deleted once: one of many who delete it at once is told so", async () => {
    await begin();
    const { owner } = await visitor();
    const item = await owner.made("chart", { name: "x", value: 1 });
    const words = (await system.whileTimePasses(many(8, () => owner.remove(item)))).map(wordsOf);

    expect(words.sort()).toEqual(["204", ...Array(7).fill("404 item_not_found")]);
  });
});
