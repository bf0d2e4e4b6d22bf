import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { httpSchemas, queues, tables } from "@lanyard/contracts";
import { opsKeyHash } from "@lanyard/gateway-service";
import type { Log } from "@lanyard/messaging";
import { makeReportToken } from "@lanyard/session-manager";
import { findSecrets, formsOf } from "../support/canary-forms.ts";
import { undoTokenTo } from "../support/email-undo.ts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { nextCode, shownCode } from "../support/second-factor.ts";
import { settled } from "../support/settled.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import { totpStepAt, wrongTotpCode } from "../support/virtual-authenticator.ts";
import { bearerOf } from "../support/visitor.ts";

/** What a visitor owns. */
const OWNED = { name: "Kraftwerk Nord, Schicht 3", value: "Notruf über Meisterin Öztürk" };
const opsKey = randomBytes(32).toString("base64url");
const secrets = new Map<string, string>([["ops key", opsKey]]);
const sent: string[] = [];
const problems: string[] = [];
const lines: unknown[] = [];
const at =
  (level: string) =>
  (fields: object, message: string): void =>
    void lines.push({ ...fields, level, message });
const log: Log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
let system: InProcessSystem;

const keep = (name: string, secret: string | undefined): void => {
  if (secret !== undefined && secret !== "") secrets.set(name, secret);
};
const ask = async (method: string, path: string, options = {}): Promise<HttpAnswer> => {
  const answer = await system.request(method, `/api/v2${path}`, options);
  if (answer.status >= 400) problems.push(JSON.stringify([answer.headers, answer.body]));
  return answer;
};
const keepTokens = (name: string, { body }: HttpAnswer): { accessToken: string; refreshToken: string } => {
  const { tokens } = httpSchemas.authResult.parse(body);
  keep(`access token of ${name}`, tokens.accessToken);
  keep(`refresh token of ${name}`, tokens.refreshToken);
  return tokens;
};
const mailed = async (name: string, way: string, email: string, continues = {}) => {
  const { body } = await ask("POST", `/auth/${way}`, { json: { email, ...continues } });
  await settled(system, queues, 500);
  const mail = signInMailTo(system.mails, email);
  keep(`code of ${name}`, mail.code);
  keep(`link token of ${name}`, mail.token);
  keep(`link secret of ${name}`, mail.token.slice(-43));
  return { ...mail, ...httpSchemas.challenge.parse(body) };
};

/** The account of somebody who has a password and a second factor, changes all of it, and mistypes. */
async function secured(): Promise<void> {
  const asked = async (name: string, method: string, path: string, json: object, headers = {}) => {
    const answer = await ask(method, path, { json, headers });
    await settled(system, queues, 500);
    const token = system.mails.at(-1)?.text.match(/#token=(\S+)/)?.[1];
    if (name !== "") keep(`link token of ${name}`, token);
    return { ...answer, token };
  };
  const [password, changed, reset] = ["first: Kormoran über Öland", "second: Möwe im Regen", "third: Austernfischer"];
  for (const [name, each] of Object.entries({ password, changed, reset })) keep(`password, ${name}`, each);
  keep("password, wrong", "not: Kormoran über Öland");
  const email = "carla@example.com";
  const registration = await asked("registration", "POST", "/auth/password/register", { email, password });
  const first = keepTokens(
    "registration",
    await ask("POST", "/auth/magic-link/verify", { json: { token: registration.token } }),
  );
  const setUp = await ask("POST", "/auth/2fa/setup", { json: {}, headers: bearerOf(first) });
  const { secret, otpauthUrl } = setUp.body as { readonly secret: string; readonly otpauthUrl: string };
  keep("TOTP secret", secret);
  keep("otpauth URL", otpauthUrl);
  const code = shownCode(system, secret);
  await ask("POST", "/auth/2fa/enable", {
    json: { code: wrongTotpCode(secret, totpStepAt(system.clock.now())) },
    headers: bearerOf(first),
  });
  const enabled = await ask("POST", "/auth/2fa/enable", { json: { code }, headers: bearerOf(first) });
  const { backupCodes } = enabled.body as { readonly backupCodes: readonly string[] };
  for (const [index, each] of backupCodes.entries()) keep(`backup code ${index}`, each);
  keep("code of the second factor", code);
  await ask("POST", "/auth/password/login", { json: { email, password: "not: Kormoran über Öland" } });
  const login = await ask("POST", "/auth/password/login", { json: { email, password } });
  const { secondFactor } = login.body as { readonly secondFactor: { readonly challengeId: string } };
  const second = await ask("POST", "/auth/2fa/verify", {
    json: { challengeId: secondFactor.challengeId, code: backupCodes[0] },
  });
  const tokens = keepTokens("second factor", second);
  keep("device token", (second.body as { readonly deviceToken?: string }).deviceToken);
  const next = await nextCode(system, secret);
  const steppedUp = keepTokens(
    "step-up",
    await ask("POST", "/auth/2fa/step-up", { json: { code: next }, headers: bearerOf(tokens) }),
  );
  const json = { currentPassword: password, newPassword: changed };
  await ask("PATCH", "/auth/me/password", { json, headers: bearerOf(steppedUp) });
  const change = await asked(
    "change of address",
    "PATCH",
    "/auth/me",
    { email: "neu@example.com" },
    bearerOf(steppedUp),
  );
  await ask("POST", "/auth/email-changes/verify", { json: { token: change.token } });
  await settled(system, queues, 500);
  const undo = undoTokenTo(system.mails, email) ?? "";
  keep("token of an undo", undo);
  const resetting = await asked("reset", "POST", "/auth/password-resets", { email: "neu@example.com" });
  await ask("PATCH", "/auth/password-resets", { json: { token: `${resetting.token}x`, password: reset } });
  await ask("PATCH", "/auth/password-resets", { json: { token: resetting.token, password: reset } });
  const { user, session } = httpSchemas.authResult.parse(second.body);
  const report = makeReportToken(system.derivation, { userId: user.id, sessionId: session.id });
  keep("report token", report);
  await ask("POST", "/auth/sessions/report", { json: { token: report, others: true, newPassword: true } });
  await ask("POST", "/auth/sessions/report", { json: { token: report } }); // used
  await ask("GET", "/auth/email-changes/undo", { headers: { "x-link-token": undo } });
  await ask("POST", "/auth/email-changes/undo", { json: { token: undo } });
  await ask("POST", "/auth/email-changes/undo", { json: { token: undo } }); // used
  await settled(system, queues, 500);
}

/** A run with a bit of everything: what works, what is refused, what is retried, what ends as a dead letter. */
beforeAll(async () => {
  system = await inProcessSystem({
    log,
    settings: { deadlineMs: 3600_000, opsKeys: [{ name: "test", hash: opsKeyHash(opsKey) }] },
  });
  system.faults.loses = (queue, message) => {
    sent.push(JSON.stringify([queue, message]));
    return false;
  };
  const visitor = keepTokens("visitor", await ask("POST", "/auth/anonymous", { headers: { "x-marker": "1" } }));
  const refreshed = keepTokens(
    "visitor, refreshed",
    await ask("POST", "/auth/session/refresh", { json: { refreshToken: visitor.refreshToken } }),
  );
  await system.clock.advance(11_000);
  await ask("POST", "/auth/session/refresh", { json: { refreshToken: visitor.refreshToken } }); // theft
  await ask("GET", "/auth/session", { headers: { authorization: `Bearer ${refreshed.accessToken}` } });
  const link = await mailed("link", "magic-link", "ada@example.com");
  await ask("GET", "/auth/magic-link", { headers: { "x-link-token": link.token } });
  system.faults.tablesDown.add("session");
  const signIn = ask("POST", "/auth/magic-link/verify", { json: { token: link.token } });
  await system.clock.advance(2000);
  system.faults.tablesDown.delete("session");
  const account = keepTokens("account", await system.whileTimePasses(signIn));
  await ask("POST", "/auth/magic-link/verify", { json: { token: link.token } }); // used
  await ask("POST", "/auth/magic-link/verify", { json: { token: `${link.token}x` } });
  const continued = keepTokens("visitor, continued", await ask("POST", "/auth/anonymous"));
  await ask("POST", "/data/preference", {
    headers: bearerOf(continued),
    json: { name: OWNED.name, value: OWNED.value },
  });
  await ask("POST", "/auth/otp", {
    json: { email: "bob@example.com", anonymous: { accessToken: account.accessToken } },
  });
  const code = await mailed("code", "otp", "bob@example.com", { anonymous: { accessToken: continued.accessToken } });
  const wrong = String((Number(code.code) + 1) % 1_000_000).padStart(6, "0");
  await ask("POST", "/auth/otp/verify", { json: { challengeId: code.challengeId, code: wrong } });
  keepTokens(
    "code",
    await ask("POST", "/auth/otp/verify", { json: { challengeId: code.challengeId, code: code.code } }),
  );
  const merged = keepTokens("visitor, merged", await ask("POST", "/auth/anonymous"));
  const { name, value } = OWNED;
  const saved = await ask("POST", "/data/configuration", { headers: bearerOf(merged), json: { name, value } });
  const item = `/data/configuration/${(saved.body as { readonly id: string }).id}`;
  await ask("PUT", item, { headers: { ...bearerOf(merged), "if-match": '"9"' }, json: { name, value } });
  for (const accessToken of [merged.refreshToken, account.accessToken, merged.accessToken, merged.accessToken]) {
    for (const query of ["?dryRun=true", ""]) {
      const json = { anonymous: { accessToken } };
      await ask("POST", `/auth/merge${query}`, { headers: bearerOf(account), json });
    }
  }
  await ask("GET", "/users/lookup?email=ada@example.com", { headers: { authorization: `Bearer ${opsKey}` } });
  await ask("GET", "/auth/session", { headers: { authorization: `Bearer ${opsKey}` } });
  const pending = await ask("POST", "/auth/anonymous", { headers: { prefer: "respond-async" } });
  const { operationId, operationSecret } = httpSchemas.pendingOperation.parse(pending.body);
  keep("operation secret", operationSecret);
  await settled(system, queues, 500);
  await ask("GET", `/operations/${operationId}`, { headers: { "x-operation-secret": operationSecret } });
  await secured();
  await ask("POST", "/auth/logout", { headers: { authorization: `Bearer ${account.accessToken}` } });
  // What cannot be read, and what was changed on its way: dead letters.
  const [command] = sent.filter((text) => text.includes("verifyMagicLink")).map((text) => JSON.parse(text)[1]);
  await system.transport.send("token", {
    ...command,
    body: command.body.replace("verifyMagicLink", "verifyMagicLinx"),
  });
  await system.transport.send("token", { ...command, body: "not JSON" });
  await settled(system, queues, 500);
});
afterAll(async () => system.stop());

const places = (): ReadonlyMap<string, string> =>
  new Map([
    [
      "the log",
      JSON.stringify(lines, (_, value: unknown) => (value instanceof Error ? [value.stack, { ...value }] : value)),
    ],
    ["queues", sent.join("\n")],
    [
      "events",
      system.transport
        .published("events")
        .map((message) => JSON.stringify(message))
        .join("\n"),
    ],
    ["dead letters", queues.map((name) => JSON.stringify(system.transport.held(`${name}-dlq`))).join("\n")],
    ["problems", problems.join("\n")],
    ...tables.map((name) => [`table ${name}`, JSON.stringify(system.table(name).dump())] as const),
  ]);

describe("a run with sign-ins, refusals, retries and dead letters", () => {
  it("had all of these", () => {
    expect([...secrets.keys()].toSorted()).toEqual(
      [
        "TOTP secret",
        "access token of account",
        "access token of code",
        "access token of registration",
        "access token of second factor",
        "access token of step-up",
        "access token of visitor",
        "access token of visitor, continued",
        "access token of visitor, merged",
        "access token of visitor, refreshed",
        ...Array.from({ length: 10 }, (_, index) => `backup code ${index}`),
        "code of code",
        "code of link",
        "code of the second factor",
        "device token",
        "link secret of link",
        "link token of change of address",
        "link token of link",
        "link token of registration",
        "link token of reset",
        "operation secret",
        "ops key",
        "otpauth URL",
        "password, changed",
        "password, password",
        "password, reset",
        "password, wrong",
        "refresh token of account",
        "refresh token of code",
        "refresh token of registration",
        "refresh token of second factor",
        "refresh token of step-up",
        "report token",
        "token of an undo",
        "refresh token of visitor",
        "refresh token of visitor, continued",
        "refresh token of visitor, merged",
        "refresh token of visitor, refreshed",
      ].toSorted(),
    );
    expect(system.transport.held("token-dlq")).toHaveLength(2);
    expect(problems.length).toBeGreaterThanOrEqual(6);
    expect(lines.length).toBeGreaterThan(20);
    for (const [place, text] of places()) expect([place, text.length > 2]).toEqual([place, true]);
  });

  it("leaves no secret in logs, queues, events, dead letters, tables or problems, in whatever form", () => {
    expect(findSecrets(secrets, places())).toEqual([]);
  });

  it("leaves the hash of a password in its account's item, and nowhere else", () => {
    const items = system
      .table("identity")
      .dump()
      .filter(({ key }) => key.sk === "password");
    const hashes = new Map(items.map(({ value }, index) => [`hash ${index}`, String(value["hash"])] as const));
    const elsewhere = new Map([...places()].filter(([place]) => place !== "table identity"));

    expect(items).toHaveLength(1);
    expect(findSecrets(hashes, elsewhere)).toEqual([]);
  });

  it("leaves no mail address, and nothing that users own, in logs, queues' groups or events", () => {
    const personal = new Map([
      ["ada", "ada@example.com"],
      ["bob", "bob@example.com"],
      ["carla", "carla@example.com"],
      ["carla's new address", "neu@example.com"],
      ["the name of an item", OWNED.name],
      ["the value of an item", OWNED.value],
    ]);
    const kept = new Map([...places()].filter(([place]) => ["the log", "events", "problems"].includes(place)));

    expect(findSecrets(personal, kept)).toEqual([]);
    expect(findSecrets(personal, places())).not.toEqual([]);
  });
});

describe("the search for secrets", () => {
  const secret = 'ml_7"x+/ü?';

  it.each([
    ["plain", secret],
    ["JSON", JSON.stringify({ secret })],
    ["URL", `https://a.example/?x=${encodeURIComponent(secret)}`],
    ["base64, in the middle", Buffer.from(`a${secret}b`).toString("base64")],
    ["base64, a character later", Buffer.from(`ab${secret}b`).toString("base64")],
    ["base64url, two later", Buffer.from(`abc${secret}bcd`).toString("base64url")],
    ["hex", Buffer.from(secret).toString("hex")],
  ])("finds one in %s", (_, text) => {
    expect(findSecrets(new Map([["it", secret]]), new Map([["here", text]]))).not.toEqual([]);
  });

  it("finds digits that stand alone, and not those inside of others", () => {
    const code = new Map([["code", "123456"]]);

    expect(findSecrets(code, new Map([["here", "your code: 123456."]]))).toHaveLength(1);
    expect(findSecrets(code, new Map([["here", '{"code":"123456"}']]))).toHaveLength(1);
    expect(findSecrets(code, new Map([["here", "at 1123456 ms"]]))).toEqual([]);
    expect(formsOf("123456")).toContain("MTIzNDU2");
  });
});
