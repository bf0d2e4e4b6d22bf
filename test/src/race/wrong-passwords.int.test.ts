import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import type { Stack } from "@lanyard/scripts/stack";
import type { CallOptions, HttpAnswer } from "../support/http-call.ts";
import { GOOD_PASSWORD } from "../support/passwords.ts";
import { gatewayOf, raceStack } from "../support/race-stack.ts";
import { type ReceivedMail, signInMailTo } from "../support/sign-in-mail.ts";
import { bearerOf, tokensOf, wordsOf } from "../support/visitor.ts";

const ADDRESS = "ada@example.com";
const GATEWAYS = 3;
/** A thousand on demand; by default as many as show the same in little time. */
const WRONG_PASSWORDS = Number(process.env["LANYARD_WRONG_PASSWORDS"] ?? 240);
const AT_ONCE = 48;

let stack: Stack;
beforeAll(async () => {
  stack = await raceStack({
    gateways: GATEWAYS,
    workers: { identity: 2 },
    env: { LANYARD_TRUSTED_PROXIES: "127.0.0.1,::1" },
  });
});
afterAll(async () => {
  await stack?.destroy();
});

const call = (gateway: number, method: string, path: string, options: CallOptions = {}): Promise<HttpAnswer> =>
  gatewayOf(stack, gateway % GATEWAYS).call(method, path, options);
const mails = async (): Promise<readonly ReceivedMail[]> => {
  const { body } = await call(0, "GET", `/dev/mailbox?to=${encodeURIComponent(ADDRESS)}`);
  return (body as { readonly messages: readonly ReceivedMail[] }).messages;
};

/** Opens the link of the mail that this request asks for. */
async function byMail(path: string, json: object): Promise<HttpAnswer> {
  const linksIn = async () => (await mails()).filter(({ text }) => text.includes("#token=ml_"));
  const before = (await linksIn()).length;
  expect(wordsOf(await call(0, "POST", path, { json }))).toBe("202");
  await eventually("the mail is there", async () => (await linksIn()).length > before, { timeoutMs: 30_000 });
  // The newest is the first.
  const { token } = signInMailTo((await linksIn()).slice(0, 1), ADDRESS);
  return call(1, "POST", "/api/v2/auth/magic-link/verify", { json: { token } });
}

const login = (gateway: number, password: string, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  call(gateway, "POST", "/api/v2/auth/password/login", { json: { email: ADDRESS, password }, headers });

/** What became of a sign-in, also of one that has taken longer than a request may wait. */
async function outcomeOf(answer: HttpAnswer): Promise<string> {
  if (answer.status !== 202) return wordsOf(answer);
  const { operationId, operationSecret } = answer.body as { operationId: string; operationSecret: string };
  const read = () =>
    call(0, "GET", `/api/v2/operations/${operationId}`, { headers: { "x-operation-secret": operationSecret } });
  await eventually("it has ended", async () => (await read()).status === 200, { timeoutMs: 60_000 });
  const { problem } = (await read()).body as { problem?: { status: number; code: string } };
  return problem === undefined ? "200" : `${problem.status} ${problem.code}`;
}

/** Another address every time: of IPv4 all over, of IPv6 within one /64. */
const rotating = (number: number): string =>
  number % 2 === 0
    ? `${1 + (number % 200)}.${number % 251}.${(number * 7) % 253}.${1 + (number % 250)}`
    : `2001:db8:1:1::${(number + 1).toString(16)}`;

/** So many at most can have failed in a row within so many seconds: five at once, then after 1, 2, 4 … s. */
const mostComparedWithin = (seconds: number): number => 5 + Math.ceil(Math.log2(seconds + 2));

describe(`${WRONG_PASSWORDS} wrong passwords from as many addresses, over three gateways and two identity workers`, () => {
  it("are compared as seldom as those from one; the owner gets in by mail, and by password on a known device", async () => {
    const made = await byMail("/api/v2/auth/password/register", { email: ADDRESS, password: GOOD_PASSWORD });
    const owner = bearerOf(tokensOf(made));
    const { deviceToken } = (await login(0, GOOD_PASSWORD)).body as { deviceToken?: string };
    if (deviceToken === undefined) throw new Error("no device is known");

    const startedAt = performance.now();
    const answers: HttpAnswer[] = [];
    let next = 0;
    const stranger = async (): Promise<void> => {
      for (let number = next++; number < WRONG_PASSWORDS; number = next++) {
        const headers = { "x-forwarded-for": rotating(number) };
        answers.push(await login(number, `wrong password ${number}`, headers));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, stranger));
    const seconds = (performance.now() - startedAt) / 1000;

    const words = await Promise.all(answers.map(outcomeOf));
    const compared = words.filter((said) => said === "401 credentials_invalid").length;
    const refused = words.filter((said) => said === "429 password_attempts_exceeded").length;
    expect(compared + refused).toBe(WRONG_PASSWORDS);
    expect(compared).toBeGreaterThanOrEqual(5);
    expect(compared).toBeLessThanOrEqual(mostComparedWithin(seconds));
    for (const { status, headers } of answers.filter((answer) => answer.status === 429)) {
      expect([status, Number(headers["retry-after"]) >= 1]).toEqual([429, true]);
    }

    // Each that was compared was counted, and told, once.
    const failures = async (): Promise<readonly number[]> => {
      const { body } = await call(2, "GET", "/api/v2/auth/security-events", { headers: owner });
      const { events } = body as { events: { type: string; data: { failures: number } }[] };
      return events.filter(({ type }) => type === "user.passwordFailed").map(({ data }) => data.failures);
    };
    await eventually("every failure is told", async () => (await failures()).length === compared);
    expect((await failures()).toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: compared }, (_, index) => index + 1),
    );

    expect(wordsOf(await login(1, "wrong on the device", { "x-device-token": deviceToken }))).toBe(
      "401 credentials_invalid",
    );
    expect(wordsOf(await login(1, GOOD_PASSWORD, { "x-device-token": deviceToken }))).toBe("200");
    expect(wordsOf(await byMail("/api/v2/auth/magic-link", { email: ADDRESS }))).toBe("200");
  }, 300_000);
});
