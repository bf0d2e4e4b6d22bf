import { afterEach, describe, expect, it } from "@jest/globals";
import { defaultLimits } from "@lanyard/gateway-service";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { makeDeviceToken, readDeviceToken } from "@lanyard/session-manager";
import { challengeFor } from "../support/account.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { settled } from "../support/settled.ts";

const ada = "ada@example.com";
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
const safari =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const home = { "user-agent": firefox, "x-forwarded-for": "198.51.100.1" };
const away = { "user-agent": safari, "x-forwarded-for": "198.51.100.2" };

let system: InProcessSystem;
afterEach(() => system.stop());
const begin = async (limits = {}): Promise<void> => {
  system = await inProcessSystem({ settings: { trustedProxies: ["127.0.0.1"], limits } });
};
interface SignedIn {
  readonly deviceToken: string;
  readonly user: { readonly id: string };
  readonly tokens: { readonly accessToken: string };
}
const signIn = async (headers: Readonly<Record<string, string>>, email = ada): Promise<SignedIn> => {
  const { token } = await challengeFor(system, email);
  const { body } = await system.call("POST", "/api/v2/auth/magic-link/verify", { json: { token }, headers });
  await settled(system);
  return body as SignedIn;
};
const risksOf = async ({ tokens }: SignedIn): Promise<unknown> => {
  const headers = { authorization: `Bearer ${tokens.accessToken}` };
  const { body } = await system.call("GET", "/api/v2/auth/sessions", { headers });
  const { sessions } = body as { sessions: { current: boolean; risk?: unknown }[] };
  return sessions.find(({ current }) => current)?.risk;
};
const odd = { reasons: ["new_device", "new_country"] };

describe("a device that has signed in to an account", () => {
  it("gets a token, and is known by it, however it looks", async () => {
    await begin();
    const first = await signIn(home);
    expect(readDeviceToken(system.derivation, first.deviceToken)?.userId).toBe(first.user.id);
    expect(await risksOf(first)).toBeUndefined();

    const asItself = await signIn({ "user-agent": safari, "x-device-token": first.deviceToken });
    expect(await risksOf(asItself)).toBeUndefined();
    expect(asItself.deviceToken).toBe(first.deviceToken);
  });

  it("gets none as a visitor's", async () => {
    await begin();
    const { body } = await system.call("POST", "/api/v2/auth/anonymous", { json: {} });
    expect(body).not.toHaveProperty("deviceToken");
  });

  it("is new without it, and what it does then is shown as odd, in the list and among the events", async () => {
    await begin();
    const first = await signIn(home);
    const strange = await signIn(away);
    expect(await risksOf(strange)).toEqual(odd);
    expect(strange.deviceToken).not.toBe(first.deviceToken);
    const headers = { authorization: `Bearer ${first.tokens.accessToken}` };
    const { body } = await system.call("GET", "/api/v2/auth/security-events", { headers });
    const opened = (body as { events: { type: string; risk?: unknown; data: object }[] }).events.filter(
      ({ type }) => type === "session.opened",
    );
    expect(opened.map(({ risk }) => risk)).toEqual([odd, undefined]);
    expect(opened[0]?.data).not.toHaveProperty("risk");
    expect(await risksOf(await signIn(away))).toBeUndefined();
  });

  it.each([
    ["nothing that can be read", () => "dv_AAAA"],
    ["a token of another deployment", (own: SignedIn) => foreign(own)],
    ["one of another account", (_own: SignedIn, other: SignedIn) => other.deviceToken],
    ["one that its account never knew", (own: SignedIn) => made({ userId: own.user.id, deviceId: own.user.id })],
  ])("is not shown by %s", async (_, tokenOf) => {
    await begin();
    const own = await signIn(home);
    const other = await signIn(home, "bob@example.com");
    const token = tokenOf(own, other);
    expect(await risksOf(await signIn({ ...away, "x-device-token": token }))).toEqual(odd);
  });
});

const made = (device: { userId: string; deviceId: string }): string => makeDeviceToken(system.derivation, device);
const foreign = (own: SignedIn): string => {
  const device = readDeviceToken(system.derivation, own.deviceToken);
  if (device === undefined) throw new Error("not one of ours");
  return makeDeviceToken(derivation(parseKeyring(`k1:${Buffer.alloc(32, 9).toString("base64url")}`)), device);
};

describe("mails that are asked for on a known device", () => {
  const mail = (headers: Readonly<Record<string, string>>, email = ada) =>
    system.call("POST", "/api/v2/auth/otp", { json: { email }, headers });
  const statuses = (answers: readonly HttpAnswer[]): readonly number[] => answers.map(({ status }) => status);
  const few = {
    ...defaultLimits,
    mailPerAddress: { quota: 3, windowSeconds: 3600 },
    mailPerDevice: { quota: 2, windowSeconds: 3600 },
  };
  const strangers = async (): Promise<void> => {
    for (let tries = 0; tries < 4; tries += 1) await mail({ "x-forwarded-for": `203.0.113.${tries}` });
    expect((await mail({ "x-forwarded-for": "203.0.113.99" })).status).toBe(429);
  };

  it("go out when strangers have used up what there is for the address, as often as the device may", async () => {
    await begin(few);
    const own = { ...home, "x-device-token": (await signIn(home)).deviceToken };
    await strangers();

    const answers = [await mail(own), await mail(own), await mail(own)];
    expect(statuses(answers)).toEqual([202, 202, 429]);
    expect(answers.map(({ headers }) => headers["ratelimit"])).toEqual([undefined, undefined, undefined]);
    expect(answers[2]?.headers["retry-after"]).toBe("3600");
    expect((await mail(home)).status).toBe(429);
  });

  it("use up nothing that is the strangers' too", async () => {
    await begin({ ...few, mailPerDevice: { quota: 20, windowSeconds: 3600 } });
    const own = { ...home, "x-device-token": (await signIn(home)).deviceToken };
    for (let count = 0; count < 8; count += 1) expect((await mail(own)).status).toBe(202);
    expect((await mail({ "x-forwarded-for": "203.0.113.1" })).status).toBe(202);
  });

  it("that its account does not know, or no more, are counted like everybody's", async () => {
    await begin(few);
    const { user } = await signIn(home);
    const gone = made({ userId: user.id, deviceId: "5d1e6c7a-2b3c-8d4e-9f5a-000000000001" });
    await strangers();
    expect((await mail({ ...home, "x-device-token": gone })).status).toBe(429);
  });

  it("to the address of another account are counted like everybody's", async () => {
    await begin(few);
    const bob = { ...away, "x-device-token": (await signIn(away, "bob@example.com")).deviceToken };
    await strangers();
    expect((await mail(bob)).status).toBe(429);
    expect((await mail(bob, "bob@example.com")).status).toBe(202);
  });
});
