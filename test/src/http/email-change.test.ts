import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { parseLimits } from "@lanyard/gateway-service";
import { signInByMail } from "../support/account.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { settled } from "../support/settled.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import { bearerOf, refresh, signIn, tokensOf, type Visitor, wordsOf } from "../support/visitor.ts";

const [ada, lovelace, eve] = ["ada@example.com", "lovelace@example.com", "eve@example.com"] as const;
const MINUTE = 60_000;
let system: InProcessSystem;
let account: Visitor;

const start = async (options: InProcessOptions = {}): Promise<void> => {
  system = await inProcessSystem(options);
  account = await signInByMail(system, ada);
};
beforeEach(() => start());
afterEach(() => system.stop());

const patch = (json: object, headers: Readonly<Record<string, string>> = account.bearer) =>
  system.call("PATCH", "/api/v2/auth/me", { json, headers });
const me = async ({ bearer }: Visitor = account) =>
  (await system.call("GET", "/api/v2/auth/me", { headers: bearer })).body as { user: Record<string, unknown> };
/** Asks for a change of address, and gives the token of the link that is mailed. */
const asked = async (email: string, of: Visitor = account): Promise<string> => {
  const answer = await patch({ email }, of.bearer);
  if (answer.status !== 200) throw new Error(answer.text);
  await settled(system);
  return signInMailTo(system.mails, email.toLowerCase()).token;
};
const confirm = (token: string, headers: Readonly<Record<string, string>> = {}) =>
  system.call("POST", "/api/v2/auth/email-changes/verify", { json: { token }, headers });
const signInAs = async (email: string) => (await signInByMail(system, email)).userId;

describe("a profile", () => {
  it("says what is set, keeps what is absent, and loses what is null", async () => {
    expect((await patch({ displayName: "Ada", locale: "de" })).body).toEqual({
      profile: { displayName: "Ada", locale: "de" },
    });
    expect((await me()).user).toMatchObject({ displayName: "Ada", locale: "de" });
    expect((await patch({ displayName: null })).body).toEqual({ profile: { locale: "de" } });
    expect((await patch({})).body).toEqual({ profile: { locale: "de" } });
    expect((await patch({ locale: null })).body).toEqual({ profile: {} });
    const { user } = await me();
    expect(Object.keys(user).toSorted()).toEqual(["email", "id", "kind", "roles"]);
  });

  it.each([
    [{ locale: "fr" }, "locale"],
    [{ locale: "DE" }, "locale"],
    [{ displayName: "" }, "displayName"],
    [{ displayName: "x".repeat(101) }, "displayName"],
    [{ displayName: 1 }, "displayName"],
    [{ email: "ada" }, "email"],
    [{ email: null }, "email"],
    [{ roles: ["admin"] }, ""],
    [{ displayName: "Ada", email: "ada@example.com\r\nBcc: eve@example.com" }, "email"],
  ])("is not changed at all by %j", async (json, path) => {
    const answer = await patch(json);

    expect(answer).toMatchObject({ status: 400, body: { code: "validation_failed", errors: [{ path }] } });
    expect((await me()).user).toEqual({ id: account.userId, kind: "account", email: ada, roles: [] });
  });

  it("is an account's: a visitor has none", async () => {
    const visitor = await signIn(system);

    expect(wordsOf(await patch({ displayName: "Ada" }, visitor.bearer))).toBe("403 account_required");
    expect(wordsOf(await patch({ displayName: "Ada" }, {}))).toBe("401 unauthenticated");
    expect(wordsOf(await patch({ displayName: "Ada" }, { "x-user-id": visitor.userId }))).toBe("401 unauthenticated");
  });

  it("is the same when its request is sent again with its key, and others have changed it since", async () => {
    const key = { ...account.bearer, "idempotency-key": "2b6f1f3e-8c1d-4f0a-9a51-6d3f0c7e9b42" };
    const once = await patch({ displayName: "Ada", email: lovelace }, key);
    await patch({ displayName: "Countess" });
    await settled(system);

    expect((await patch({ displayName: "Ada", email: lovelace }, key)).body).toEqual(once.body);
    expect((await me()).user).toMatchObject({ displayName: "Countess", email: ada });
    expect(system.mails.filter(({ to }) => to === lovelace)).toHaveLength(1);
  });
});

describe("a change of address", () => {
  it("counts once its link is opened, and not before", async () => {
    const answer = await patch({ email: "Lovelace@Example.COM" });
    const { emailChange } = answer.body as { emailChange: { operationId: string } };
    await settled(system);
    expect((await me()).user).toMatchObject({ email: ada });
    const operation = await system.call("GET", `/api/v2/operations/${emailChange.operationId}`, {
      headers: account.bearer,
    });
    expect(operation).toMatchObject({ status: 200, body: { status: "succeeded" } });

    const { token } = signInMailTo(system.mails, lovelace);
    expect(await confirm(token)).toMatchObject({ status: 200, body: { email: lovelace } });
    expect((await me()).user).toMatchObject({ id: account.userId, email: lovelace });
    expect(await signInAs(lovelace)).toBe(account.userId);
    expect(await signInAs(ada)).not.toBe(account.userId);
  });

  it("leaves its sessions as they are: refreshed tokens and lists go on", async () => {
    await confirm(await asked(lovelace));
    const { accessToken } = tokensOf(await refresh(system, account.refreshToken));

    const session = await system.call("GET", "/api/v2/auth/session", { headers: bearerOf({ accessToken }) });
    expect(session).toMatchObject({ status: 200, body: { user: { id: account.userId, email: lovelace } } });
  });

  it("is asked for alike whether or not another account carries the address, which only its reader is told", async () => {
    await signInByMail(system, eve);
    const [taken, free] = [await patch({ email: eve }), await patch({ email: lovelace })];
    const shape = (body: unknown) => JSON.stringify(body).replaceAll(/op_[\w-]+/g, "op");
    await settled(system);

    expect([taken.status, shape(taken.body)]).toEqual([free.status, shape(free.body)]);
    expect(Object.keys(taken.headers)).toEqual(Object.keys(free.headers));
    expect(wordsOf(await confirm(signInMailTo(system.mails, eve).token))).toBe("409 email_already_exists");
    expect((await me()).user).toMatchObject({ email: ada });
  });

  it("is looked at without being spent, and says what it would do", async () => {
    const token = await asked(lovelace);
    const look = () => system.call("GET", "/api/v2/auth/magic-link", { headers: { "x-link-token": token } });

    for (const _ of [1, 2, 3]) {
      expect(await look()).toMatchObject({ status: 200, body: { email: lovelace, purpose: "email_change" } });
    }
    await confirm(token);
    expect(wordsOf(await look())).toBe("409 token_already_used");
  });

  it("is named to whoever holds its link alone: with another secret, or as a link of another use, there is none", async () => {
    const token = await asked(lovelace);
    const bytes = Buffer.from(token.slice(3), "base64url");
    bytes.writeUInt8(bytes.readUInt8(63) ^ 1, 63);
    const forged = [`ec_${bytes.toString("base64url")}`, `ml_${token.slice(3)}`, `pr_${token.slice(3)}`];
    const look = (shown: string) =>
      system.call("GET", "/api/v2/auth/magic-link", { headers: { "x-link-token": shown } });

    for (const shown of forged) expect(wordsOf(await look(shown))).toBe("400 token_invalid");
    for (const shown of forged) expect(wordsOf(await confirm(shown))).toBe("400 token_invalid");
    expect(wordsOf(await confirm(token))).toBe("200");
    for (const shown of forged) expect(wordsOf(await look(shown))).toBe("400 token_invalid");
  });

  it("happens once, of ten at once; and the same again with its key", async () => {
    const token = await asked(lovelace);
    const answers = await Promise.all(Array.from({ length: 10 }, () => confirm(token)));
    expect(answers.map(wordsOf).toSorted()).toEqual(["200", ...Array(9).fill("409 token_already_used")]);

    const headers = { "idempotency-key": "2b6f1f3e-8c1d-4f0a-9a51-6d3f0c7e9b42" };
    const next = await asked(eve);
    const first = await confirm(next, headers);
    expect(first.status).toBe(200);
    expect((await confirm(next, headers)).body).toEqual(first.body);
  });

  it("is gone after an hour", async () => {
    const token = await asked(lovelace);
    await system.clock.advance(61 * MINUTE);

    expect(wordsOf(await confirm(token))).toBe("410 token_expired");
  });

  it.each(["x", "ml_AAAA", "ec_AAAA"])("that is none (%j) is refused before any queue", async (token) => {
    await system.stop();
    system = await inProcessSystem({ workers: [] });

    expect(wordsOf(await confirm(token))).toBe("400 token_invalid");
  });

  it("of two accounts to one address is one's, and the other keeps its own", async () => {
    const other = await signInByMail(system, eve);
    const mine = await asked(lovelace);
    const theirs = await asked(lovelace, other);
    const answers = await Promise.all([confirm(mine), confirm(theirs)]);
    const [one, two] = [await me(), await me(other)];

    expect(answers.map(wordsOf).toSorted()).toEqual(["200", "409 email_already_exists"]);
    expect([one.user["email"], two.user["email"]]).toEqual(
      answers[0]?.status === 200 ? [lovelace, eve] : [ada, lovelace],
    );
    expect(await signInAs(lovelace)).toBe(answers[0]?.status === 200 ? account.userId : other.userId);
  });

  it("of one account to two addresses at once ends with one of them, by which it signs in", async () => {
    const tokens = [await asked(lovelace), await asked(eve)];
    const answers = await Promise.all(tokens.map((token) => confirm(token)));
    const email = String((await me()).user["email"]);

    expect(answers.some(({ status }) => status === 200)).toBe(true);
    for (const words of answers.map(wordsOf)) expect(["200", "409 email_change_superseded"]).toContain(words);
    expect([lovelace, eve]).toContain(email);
    expect(await signInAs(email)).toBe(account.userId);
    expect(await signInAs(email === eve ? lovelace : eve)).not.toBe(account.userId);
  });

  it("and the first sign-in of that address at once leave it one account", async () => {
    const token = await asked(lovelace);
    await system.call("POST", "/api/v2/auth/magic-link", { json: { email: lovelace } });
    await settled(system);
    const link = signInMailTo(system.mails, lovelace).token;
    const [changed, signedIn] = await Promise.all([
      confirm(token),
      system.call("POST", "/api/v2/auth/magic-link/verify", { json: { token: link } }),
    ]);
    const carrier = changed.status === 200 ? account.userId : (signedIn.body as { user: { id: string } }).user.id;

    expect(["200", "409 email_already_exists"]).toContain(wordsOf(changed));
    expect(signedIn).toMatchObject({ status: 200, body: { user: { id: carrier } } });
    expect(await signInAs(lovelace)).toBe(carrier);
    expect(await signInAs(changed.status === 200 ? lovelace : ada)).toBe(account.userId);
  });

  it("is found by operators under both addresses, as the account's today and as it was", async () => {
    await confirm(await asked(lovelace));
    const claims = system
      .table("identity")
      .dump()
      .filter(({ key }) => key.pk === `user#${account.userId}` && key.sk.startsWith("email#"));

    expect(claims.map(({ key }) => key.sk).toSorted()).toEqual([`email#${ada}`, `email#${lovelace}`]);
  });
});

describe("the mail to a new address", () => {
  const subjectTo = (address: string) => system.mails.findLast(({ to }) => to === address)?.subject;

  it("speaks the language that the account chose, else the browser's", async () => {
    await patch({ email: lovelace, locale: "de" });
    await settled(system);
    const german = subjectTo(lovelace);
    await patch({ email: eve }, { ...account.bearer, "accept-language": "en" });
    await settled(system);
    expect(subjectTo(eve)).toBe(german);

    await patch({ email: "bob@example.com", locale: null }, { ...account.bearer, "accept-language": "en" });
    await settled(system);
    expect(subjectTo("bob@example.com")).not.toBe(german);
  });

  it("is counted like any mail that is asked for, and a change of the name alone is not", async () => {
    await system.stop();
    await start({ settings: { limits: parseLimits("mailPerAddressAndClient=2/600") } });
    for (const status of [200, 200, 429]) expect((await patch({ email: lovelace })).status).toBe(status);
    const otherWay = await system.call("POST", "/api/v2/auth/magic-link", { json: { email: lovelace } });
    expect(wordsOf(otherWay)).toBe("429 rate_limited");
    for (let count = 0; count < 5; count += 1) expect((await patch({ displayName: `Ada ${count}` })).status).toBe(200);
  });
});

describe("asking for a new password", () => {
  const reset = (json: object) => system.call("POST", "/api/v2/auth/password-resets", { json });

  it("is answered alike for every address, before any worker has looked at it, and mails a link without a code", async () => {
    const [known, unknown] = [await reset({ email: ada }), await reset({ email: "nobody@example.com" })];
    await settled(system);
    expect([known.status, unknown.status]).toEqual([202, 202]);
    expect(Object.keys(known.body as object)).toEqual(Object.keys(unknown.body as object));
    for (const address of [ada, "nobody@example.com"]) {
      expect(signInMailTo(system.mails, address)).toMatchObject({ code: "", token: expect.stringMatching(/^pr_/) });
    }
    await system.stop();
    system = await inProcessSystem({ workers: [] });
    expect((await reset({ email: ada })).status).toBe(202);
  });

  it("says whose it is and what it does when the link is looked at", async () => {
    await reset({ email: ada });
    await settled(system);
    const { token } = signInMailTo(system.mails, ada);
    const look = await system.call("GET", "/api/v2/auth/magic-link", { headers: { "x-link-token": token } });

    expect(look).toMatchObject({ status: 200, body: { email: ada, purpose: "password_reset" } });
  });
});
