import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { opsKeyHash } from "@lanyard/gateway-service";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { bearerOf, refresh, signIn, tokensOf, wordsOf } from "../support/visitor.ts";

const key = Buffer.alloc(32, 1).toString("base64url");
const headers = { authorization: `Bearer ${key}` };
const path = "/api/v2/admin/keys";

let system: InProcessSystem;
beforeEach(async () => {
  system = await inProcessSystem({ gateways: 3, settings: { opsKeys: [{ name: "deploy", hash: opsKeyHash(key) }] } });
});
afterEach(() => system.stop());

interface Key {
  readonly kid: string;
  readonly state: string;
  readonly activeFrom: string;
}
const keys = async (): Promise<readonly Key[]> =>
  ((await system.call("GET", path, { headers })).body as { readonly keys: readonly Key[] }).keys;
const states = async (): Promise<readonly string[]> => (await keys()).map(({ state }) => state);
const kidOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { kid: string }).kid;
const acted = () =>
  system.transport
    .published("events")
    .filter(({ attributes }) => attributes["type"]?.startsWith("signingKey."))
    .map(({ attributes, body }) => [attributes["type"], (JSON.parse(body) as { data: unknown }).data]);
/** What each gateway says to a token. */
const everywhere = async (bearer: { readonly authorization: string }): Promise<readonly string[]> =>
  Promise.all(
    system.gateways.map(async (gateway) =>
      wordsOf(await gateway.call("GET", "/api/v2/auth/session", { headers: bearer })),
    ),
  );

describe("the signing keys", () => {
  it("are shown without their private parts", async () => {
    const { text } = await system.call("GET", path, { headers });

    expect(await states()).toEqual(["signs"]);
    expect(text).not.toContain("ealed");
  });

  it("rotate: the next is published at once and signs an hour later; what the old one signed goes on counting", async () => {
    const visitor = await signIn(system);
    const rotated = await system.call("POST", `${path}/rotate`, { headers });
    const { kid, activeFrom } = rotated.body as Key;

    expect(rotated.status).toBe(200);
    expect(Date.parse(activeFrom) - system.clock.now()).toBe(3600_000);
    expect(await states()).toEqual(["next", "signs"]);
    expect(acted()).toEqual([["signingKey.made", { kid, activeFrom, by: "key:deploy" }]]);
    await system.clock.advance(30_000);
    expect(await everywhere(visitor.bearer)).toEqual(["200", "200", "200"]);
  });

  it("are refused by every gateway within 5 s of their removal, and refreshing goes on", async () => {
    const visitor = await signIn(system);
    const kid = kidOf(visitor.accessToken);
    expect(await everywhere(visitor.bearer)).toEqual(["200", "200", "200"]);
    const removed = await system.call("DELETE", `${path}/${kid}`, { headers });

    expect(removed.status).toBe(204);
    expect(await states()).toEqual(["signs", "removed"]);
    await system.clock.advance(5000);
    const refused = await system.whileTimePasses(everywhere(visitor.bearer), 20);
    expect(refused).toEqual(Array(3).fill("401 token_invalid"));
    const renewed = bearerOf(tokensOf(await refresh(system, visitor.refreshToken)));
    expect(await everywhere(renewed)).toEqual(["200", "200", "200"]);
    expect(acted()).toEqual([["signingKey.removed", { kid, by: "key:deploy" }]]);
  });

  it("are removed once: again is success, tells of it no more, and leaves the next key alone", async () => {
    const [{ kid = "" } = {}] = await keys();
    await system.call("DELETE", `${path}/${kid}`, { headers });
    const standing = await keys();

    expect((await system.call("DELETE", `${path}/${kid}`, { headers })).status).toBe(204);
    expect(await keys()).toEqual(standing);
    expect(acted()).toHaveLength(1);
  });

  it("rotate once for one Idempotency-Key", async () => {
    const again = { headers: { ...headers, "idempotency-key": "2b6f1f3e-8c1d-4f0a-9a51-6d3f0c7e9b42" } };
    const first = await system.call("POST", `${path}/rotate`, again);

    expect((await system.call("POST", `${path}/rotate`, again)).text).toBe(first.text);
    expect(await states()).toEqual(["next", "signs"]);
  });

  it.each(["unknown", "%20", "a.b"])("that are none cannot be removed: %s", async (kid) => {
    expect(wordsOf(await system.call("DELETE", `${path}/${kid}`, { headers }))).toBe("404 key_not_found");
  });
});
