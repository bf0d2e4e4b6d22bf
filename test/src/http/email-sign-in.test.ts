import { afterEach, describe, expect, it } from "@jest/globals";
import { httpSchemas } from "@lanyard/contracts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { settled } from "../support/settled.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import { sseEvents } from "../support/sse-events.ts";

const MINUTE = 60_000;
const ada = "ada@example.com";
let system: InProcessSystem;
afterEach(async () => system.stop());

const start = async (options: InProcessOptions = {}): Promise<void> => {
  system = await inProcessSystem(options);
};
type Way = "magic-link" | "otp";
const ask = (way: Way, json: object = { email: ada }, headers: Record<string, string> = {}) =>
  system.call("POST", `/api/v2/auth/${way}`, { json, headers });
const challenged = async (way: Way, json: { email: string; [name: string]: unknown } = { email: ada }) => {
  const answer = await ask(way, json);
  const { challengeId } = httpSchemas.challenge.parse(answer.body);
  await settled(system, ["token", "notification"]);
  return { challengeId, ...signInMailTo(system.mails, json.email.toLowerCase()) };
};
const byLink = (token: string, headers: Record<string, string> = {}) =>
  system.call("POST", "/api/v2/auth/magic-link/verify", { json: { token }, headers });
const byCode = (challengeId: string, code: string) =>
  system.call("POST", "/api/v2/auth/otp/verify", { json: { challengeId, code } });
const said = ({ status, body }: { status: number; body: unknown }): string =>
  `${status} ${(body as { code?: string }).code ?? ""}`.trim();
const tally = (answers: readonly { status: number; body: unknown }[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[said(answer)] = (counts[said(answer)] ?? 0) + 1;
  return counts;
};
const otherThan = (code: string, step = 1): string => String((Number(code) + step) % 1_000_000).padStart(6, "0");
const accounts = () =>
  system
    .table("identity")
    .dump()
    .filter(({ key, value }) => key.sk === "profile" && value["userKind"] === "account");
const sessions = () =>
  system
    .table("session")
    .dump()
    .filter(({ key }) => key.sk.startsWith("session#"));

describe("a magic link", () => {
  it("signs in the account of its address, which it makes on the first time and finds again on the second", async () => {
    await start();
    const first = await byLink((await challenged("magic-link")).token);
    const second = await byLink((await challenged("magic-link", { email: "Ada@Example.COM" })).token);

    expect(first).toMatchObject({ status: 200, body: { user: { kind: "account", email: ada } } });
    const [one, two] = [first, second].map(({ body }) => httpSchemas.authResult.parse(body));
    expect(two?.user).toEqual(one?.user);
    expect(two?.session.id).not.toBe(one?.session.id);
    expect(accounts()).toHaveLength(1);
    const me = await system.call("GET", "/api/v2/auth/me", {
      headers: { authorization: `Bearer ${one?.tokens.accessToken}` },
    });
    expect(me).toMatchObject({ status: 200, body: { user: { id: one?.user.id, kind: "account", email: ada } } });
  });

  it("is spent by one of ten at once; the others are told that it was used", async () => {
    await start({ gateways: 2 });
    const { token } = await challenged("magic-link");
    const [one = system, two] = system.gateways;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? one : (two ?? one)).call("POST", "/api/v2/auth/magic-link/verify", { json: { token } }),
      ),
    );

    expect(tally(answers)).toEqual({ "200": 1, "409 token_already_used": 9 });
    expect(accounts()).toHaveLength(1);
    expect(sessions()).toHaveLength(1);
  });

  it("and its code at once are one sign-in", async () => {
    await start();
    const { challengeId, token, code } = await challenged("magic-link");
    const answers = await Promise.all([byLink(token), byCode(challengeId, code)]);

    expect(tally(answers)).toEqual({ "200": 1, "409 token_already_used": 1 });
    expect(sessions()).toHaveLength(1);
  });

  it("names its account when it is looked at, and is not spent by that", async () => {
    await start();
    const { token } = await challenged("magic-link");
    for (let look = 0; look < 5; look += 1) {
      expect(await system.call("GET", "/api/v2/auth/magic-link", { headers: { "x-link-token": token } })).toMatchObject(
        {
          status: 200,
          body: { email: ada },
        },
      );
    }
    await system.request("HEAD", "/api/v2/auth/magic-link", { headers: { "x-link-token": token } });
    expect(said(await byLink(token))).toBe("200");
    const look = await system.call("GET", "/api/v2/auth/magic-link", { headers: { "x-link-token": token } });

    expect(said(look)).toBe("409 token_already_used");
  });

  it("is gone after an hour, by every way to it", async () => {
    await start();
    const { token, challengeId, code } = await challenged("magic-link");
    await system.clock.advance(61 * MINUTE);

    expect(said(await byLink(token))).toBe("410 token_expired");
    expect(said(await system.call("GET", "/api/v2/auth/magic-link", { headers: { "x-link-token": token } }))).toBe(
      "410 token_expired",
    );
    expect(said(await byCode(challengeId, code))).toBe("410 otp_expired");
    expect(accounts()).toHaveLength(0);
  });

  it.each(["", "x", "ml_AAAA", "op_0193a5f2c8d47c3e9f10a2b4c6d8e0f1mYtqGh0Zk3vX7bNcR5wJ_A"])(
    "that is none (%j) is refused before any queue",
    async (token) => {
      await start({ workers: [] });
      const answer = await byLink(token);

      expect(answer.status).toBe(400);
      expect(said(await system.call("GET", "/api/v2/auth/magic-link", { headers: { "x-link-token": token } }))).toBe(
        "400 token_invalid",
      );
    },
  );

  it("is one and the same when its request is sent again with its key, and one mail is sent", async () => {
    await start();
    const headers = { "idempotency-key": "2b6f1f3e-8c1d-4f0a-9a51-6d3f0c7e9b42" };
    const first = await ask("magic-link", { email: ada }, headers);
    await settled(system, ["token", "notification"]);
    const second = await ask("magic-link", { email: ada }, headers);
    await settled(system, ["token", "notification"]);

    expect(second.body).toEqual(first.body);
    expect(second.status).toBe(202);
    expect(system.mails).toHaveLength(1);
  });

  it("that a lost answer made unsure of is asked for again with its key, and signs in once", async () => {
    await start();
    const { token } = await challenged("magic-link");
    const headers = { "idempotency-key": "2b6f1f3e-8c1d-4f0a-9a51-6d3f0c7e9b42" };
    const first = await byLink(token, headers);

    expect(said(first)).toBe("200");
    expect((await byLink(token, headers)).body).toEqual(first.body);
    expect(sessions()).toHaveLength(1);
  });

  it("leads where the request says, if that is configured, and nowhere else", async () => {
    await start();
    const { link } = await challenged("magic-link", { email: ada, redirectTo: "https://app.example.com/in?x=1" });

    expect(link).toMatch(/^https:\/\/app\.example\.com\/in\?x=1#token=ml_/);
    const odd = await challenged("magic-link", { email: ada, redirectTo: 'https://APP.example.com:443/ü"x' });
    expect(odd.link).toMatch(/^https:\/\/app\.example\.com\/%C3%BC%22x#token=ml_[A-Za-z0-9_-]+$/);
    for (const redirectTo of [
      "https://evil.example.com/",
      "https://app.example.com.evil.example/",
      "https://app.example.com@evil.example/",
      "http://app.example.com/",
      "https://app.example.com/#x",
      "https://app.example.com/#",
      "https://ada:x@app.example.com/",
      "http://localhost:3000/",
      "javascript:alert(1)",
      "https://app.example.com/ https://evil.example/",
      "https://app.example.com\\@evil.example/",
      "https://app.example.com/\u202Egnp.exe",
      "https://app.example.com/in\n",
      "https://app.example.com/in#\n",
      " https://app.example.com/in",
    ]) {
      expect(said(await ask("magic-link", { email: ada, redirectTo }))).toBe("400 redirect_not_allowed");
    }
    expect(system.mails).toHaveLength(2);
  });
});

describe("a mailed code", () => {
  it("signs in, by JSON", async () => {
    await start();
    const { challengeId, code } = await challenged("otp");

    expect(await byCode(challengeId, code)).toMatchObject({ status: 200, body: { user: { email: ada } } });
  });

  it("signs in, by a stream that ends in the tokens", async () => {
    await start();
    const { challengeId, code } = await challenged("otp");
    const answer = await system.call("POST", "/api/v2/auth/otp/verify", {
      json: { challengeId, code },
      headers: { accept: "text/event-stream" },
    });
    const events = sseEvents(answer.text);

    expect(events.map(({ event }) => event)).toEqual([
      "accepted",
      "progress",
      "progress",
      "progress",
      "progress",
      "token-delivery",
    ]);
    expect(events.at(-1)?.data).toMatchObject({ type: "token-delivery", user: { email: ada } });
  });

  it("is guessed five times of fifty at once, and then no more, though the right one comes", async () => {
    await start({ gateways: 2 });
    const { challengeId, code } = await challenged("otp");
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => byCode(challengeId, otherThan(code, index + 1))),
    );

    expect(tally(answers)).toEqual({ "401 otp_invalid": 5, "429 otp_attempts_exceeded": 45 });
    const left = answers.flatMap(({ body }) => (body as { attemptsLeft?: number }).attemptsLeft ?? []);
    expect(left.toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(said(await byCode(challengeId, code))).toBe("429 otp_attempts_exceeded");
    expect(sessions()).toHaveLength(0);
  });

  it("is used once", async () => {
    await start();
    const { challengeId, code } = await challenged("otp");
    await byCode(challengeId, code);

    expect(said(await byCode(challengeId, code))).toBe("409 token_already_used");
  });

  it("is gone after ten minutes", async () => {
    await start();
    const { challengeId, code } = await challenged("otp");
    await system.clock.advance(10 * MINUTE);

    expect(said(await byCode(challengeId, code))).toBe("410 otp_expired");
  });

  it("is none of another challenge", async () => {
    await start();
    const first = await challenged("otp");
    const second = await challenged("otp", { email: "bob@example.com" });
    const codes = new Set([first.code, second.code]);

    expect(codes.size).toBe(2);
    expect(said(await byCode(first.challengeId, second.code))).toBe("401 otp_invalid");
    expect(said(await byCode(`ch_${"0".repeat(32)}${"A".repeat(22)}`, first.code))).toBe("401 otp_invalid");
  });
});

describe("ten first sign-ins of one address at once", () => {
  it("by links and codes together, make one account", async () => {
    await start();
    const asked = [];
    for (let count = 0; count < 10; count += 1) asked.push(await challenged(count % 2 === 0 ? "magic-link" : "otp"));
    const answers = await Promise.all(
      asked.map(({ token, challengeId, code }) => (token === "" ? byCode(challengeId, code) : byLink(token))),
    );
    const users = answers.map(({ body }) => httpSchemas.authResult.parse(body).user.id);

    expect(new Set(users).size).toBe(1);
    expect(accounts()).toHaveLength(1);
    expect(new Set(sessions().map(({ key }) => key.pk)).size).toBe(1);
  });
});

describe("asking for a sign-in", () => {
  it("is answered alike for a known and an unknown address, before any worker runs", async () => {
    await start();
    await byLink((await challenged("magic-link")).token);
    const known = await ask("magic-link");
    const unknown = await ask("magic-link", { email: "nobody@example.com" });

    expect(Object.keys(known.body as object)).toEqual(Object.keys(unknown.body as object));
    expect(Object.keys(known.headers)).toEqual(Object.keys(unknown.headers));
    expect([known.status, unknown.status]).toEqual([202, 202]);
    await system.stop();
    await start({ workers: [] });
    expect(said(await ask("magic-link"))).toBe("202");
  });

  it.each(["", "ada", "ada@", "ada@example.com\r\nBcc: eve@example.com", "ada@localhost", "x".repeat(400)])(
    "with what is no address (%j) says so",
    async (email) => {
      await start({ workers: [] });
      const answer = await ask("otp", { email });

      expect(answer).toMatchObject({ status: 400, body: { code: "validation_failed", errors: [{ path: "email" }] } });
    },
  );

  it("mails in the language that is asked for, else in the browser's", async () => {
    await start();
    await ask("otp", { email: ada, locale: "de" });
    await ask("otp", { email: "bob@example.com" }, { "accept-language": "fr, de;q=0.8, en;q=0.5" });
    await ask("otp", { email: "eve@example.com" }, { "accept-language": "fr" });
    await settled(system, ["token", "notification"]);
    const subjects = new Map(system.mails.map(({ to, subject }) => [to, subject]));

    expect(subjects.get("bob@example.com")).toBe(subjects.get(ada));
    expect(subjects.get("eve@example.com")).not.toBe(subjects.get(ada));
  });
});
