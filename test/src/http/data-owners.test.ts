import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { kindsOf } from "@lanyard/user-data";
import { signInByMail } from "../support/account.ts";
import { dataPath, itemOf, type Owner, ownerOf } from "../support/data-items.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { changeSession, changeUser, signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const kinds = kindsOf({ chart: {}, alert: {} });
const ada = "ada@example.com";

let system: InProcessSystem;
const begin = async (options: InProcessOptions = {}): Promise<void> => {
  system = await inProcessSystem({ kinds, ...options });
};
afterEach(() => system.stop());

const visitor = async (): Promise<{ visitor: Visitor; owner: Owner }> => {
  const signedIn = await signIn(system);
  return { visitor: signedIn, owner: ownerOf(system, signedIn.bearer) };
};
const at = (ms: number): string => new Date(ms).toISOString();

describe("what another user owns", () => {
  it("is not there, with whatever method and whatever is known of it", async () => {
    await begin();
    const [{ owner }, { owner: other, visitor: stranger }] = [await visitor(), await visitor()];
    const item = await owner.made("chart", { name: "x", value: "private" });
    const given = { name: "mine", value: 1 };
    const strangers = [
      other,
      ownerOf(system, { "x-user-id": stranger.userId }),
      ownerOf(system, (await signInByMail(system, ada)).bearer),
    ];
    for (const each of strangers) {
      const answers = [
        await each.read(item),
        await each.read(item, { "if-none-match": '"1"' }),
        await each.replace(item, given),
        await each.replace(item, given, { "if-match": '"1"' }),
        await each.replace(item, given, { "if-match": '"9"' }),
        await each.remove(item),
        await each.remove(item, { "if-match": "*" }),
      ];
      for (const answer of answers) {
        expect(wordsOf(answer)).toBe("404 item_not_found");
        expect(answer.headers).not.toHaveProperty("etag");
        expect(answer.text).not.toContain("private");
      }
      expect(await each.all("chart")).toEqual([]);
    }
    const { cursor } = await (async () => {
      await owner.made("chart", { name: "y", value: 1 });
      return owner.page("chart", "?limit=1");
    })();
    expect(await other.page("chart", `?cursor=${cursor}`)).toEqual({ items: [] });
    expect(itemOf(await owner.read(item))).toEqual(item);
  });
});

describe("who may own something", () => {
  it("is a visitor by its token or its id, and an account by its token", async () => {
    await begin();
    const signedIn = await signIn(system);
    const [byToken, byId] = [ownerOf(system, signedIn.bearer), ownerOf(system, { "x-user-id": signedIn.userId })];
    const both = ownerOf(system, { ...signedIn.bearer, "x-user-id": signedIn.userId });
    const item = await byId.made("chart", { name: "x", value: 1 });

    for (const owner of [byToken, byId, both]) {
      const { version } = itemOf(await owner.read(item));
      expect(itemOf(await owner.replace(item, { name: "x", value: 1 }, { "if-match": `"${version}"` })).version).toBe(
        version + 1,
      );
      expect(await owner.all("chart")).toHaveLength(1);
    }
    expect((await byId.remove(item)).status).toBe(204);
    const account = ownerOf(system, (await signInByMail(system, ada)).bearer);
    expect(await account.made("chart", { name: "x", value: 1 })).toMatchObject({ version: 1 });
  });

  const ways: readonly (readonly [string, (owner: Owner) => Promise<{ status: number; body: unknown }>])[] = (() => {
    const item = { kind: "chart", id: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e" };
    const given = { name: "x", value: 1 };
    return [
      ["list", (owner: Owner) => ownPage(owner)],
      ["create", (owner: Owner) => owner.create("chart", given)],
      ["read", (owner: Owner) => owner.read(item)],
      ["replace", (owner: Owner) => owner.replace(item, given)],
      ["remove", (owner: Owner) => owner.remove(item)],
      ["create of a kind that there is not", (owner: Owner) => owner.create("nothing", given)],
    ];
  })();
  const ownPage = (owner: Owner) =>
    owner.page("chart").then(
      () => ({ status: 200, body: {} }),
      (error: Error) => ({
        status: Number(error.message.slice(0, 3)),
        body: JSON.parse(error.message.slice(5)) as unknown,
      }),
    );

  it.each(ways)("is nobody who is not known: %s", async (_, way) => {
    await begin();
    const [signedIn, other, account] = [await signIn(system), await signIn(system), await signInByMail(system, ada)];
    const said = async (credentials: Record<string, string>) =>
      wordsOf((await way(ownerOf(system, credentials))) as never);
    expect(await said({})).toBe("401 unauthenticated");
    expect(await said({ "x-user-id": account.userId })).toBe("401 unauthenticated");
    expect(await said({ "x-user-id": randomUUID() })).toBe("401 unauthenticated");
    expect(await said({ authorization: "Bearer x" })).toBe("401 token_invalid");
    expect(await said({ ...signedIn.bearer, "x-user-id": other.userId })).toBe("400 conflicting_credentials");
    await system.call("POST", "/api/v2/auth/logout", { headers: signedIn.bearer });
    expect(await said(signedIn.bearer)).toBe("403 session_revoked logout");
    await changeUser(system, other.userId, { mergedTo: account.userId, mergedAt: at(system.clock.now()) });
    expect(await said({ "x-user-id": other.userId })).toBe("403 user_merged");
    await changeSession(system, other, { expiresAt: at(system.clock.now()) });
    expect(await said({ "x-user-id": other.userId })).toBe("403 user_merged");

    expect(system.table("merge").dump()).toEqual([]);
  });

  it("is no page of another site, and pages that may call see the version", async () => {
    await begin({ settings: { corsOrigins: ["https://app.example.com"] } });
    const { visitor: signedIn, owner } = await visitor();
    const item = await owner.made("chart", { name: "x", value: 1 });
    const foreign = { "sec-fetch-site": "cross-site", origin: "https://evil.example.com" };
    const own = { "sec-fetch-site": "cross-site", origin: "https://app.example.com" };

    expect(wordsOf(await owner.create("chart", { name: "x", value: 1 }, foreign))).toBe("403 cross_site_request");
    expect(wordsOf(await owner.replace(item, { name: "y", value: 1 }, foreign))).toBe("403 cross_site_request");
    expect(wordsOf(await owner.remove(item, foreign))).toBe("403 cross_site_request");
    const read = await system.call("GET", dataPath("chart", item.id), { headers: { ...signedIn.bearer, ...own } });
    expect(read.headers["access-control-expose-headers"]).toContain("ETag");
    expect((await owner.remove(item, own)).status).toBe(204);
  });
});
