import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import type { Stack } from "@lanyard/scripts/stack";
import { gatewayOf, raceStack } from "../support/race-stack.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import { bearerOf, refresh, seenBy, tokensOf, type Visitor, wordsOf } from "../support/visitor.ts";

/** From the answer that a session has ended until every gateway refuses it. */
const WITHIN_MS = 1000;
const GATEWAYS = 3;
const GONE = "403 session_revoked reported_by_user";
const LINK = /\/auth\/not-me#token=(\S+)/;

let stack: Stack;
let gateways: readonly ReturnType<typeof gatewayOf>[];

beforeAll(async () => {
  stack = await raceStack({ gateways: GATEWAYS });
  gateways = Array.from({ length: GATEWAYS }, (_, index) => gatewayOf(stack, index));
});
afterAll(async () => {
  await stack?.destroy();
});

const gatewayAt = (index: number) => gatewayOf(stack, index);
const mailsTo = async (address: string) => {
  const { body } = await gatewayAt(0).call("GET", `/dev/mailbox?to=${encodeURIComponent(address)}`);
  return (body as { messages: readonly { to: string; text: string }[] }).messages.toReversed();
};
const seenEverywhere = ({ bearer }: Visitor): Promise<string[]> =>
  Promise.all(gateways.map((gateway) => seenBy(gateway, bearer)));

/** Signs an account in on a device of its own, over real mail. */
async function signInOn(device: string, address: string): Promise<Visitor> {
  const before = (await mailsTo(address)).length;
  await gatewayAt(0).call("POST", "/api/v2/auth/magic-link", { json: { email: address } });
  const mails = await eventually("a link is mailed", async () => {
    const all = (await mailsTo(address)).slice(before);
    return all.some(({ text }) => text.includes("#token=ml_")) && all;
  });
  const { token } = signInMailTo(
    mails.map((mail) => ({ ...mail, to: address })),
    address,
  );
  const answer = await gatewayAt(1).call("POST", "/api/v2/auth/magic-link/verify", {
    json: { token },
    headers: { "user-agent": device },
  });
  const tokens = tokensOf(answer);
  const { user, session } = answer.body as { user: { id: string }; session: { id: string } };
  return { userId: user.id, sessionId: session.id, ...tokens, bearer: bearerOf(tokens) };
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
const chrome =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

/** An account at home and somebody else in it, with the token of the mail that its owner gets. */
async function takenOver(address: string) {
  const home = await signInOn(firefox, address);
  const strange = await signInOn(chrome, address);
  const token = await eventually("its owner is told", async () =>
    (await mailsTo(address)).map(({ text }) => LINK.exec(text)?.[1]).find((found) => found !== undefined),
  );
  return { home, strange, token };
}

describe("a sign-in on a new device that its account's owner reports", () => {
  it("is refused by all of three gateways within a second, and cannot be refreshed; the owner's lives on", async () => {
    const { home, strange, token } = await takenOver("ada@example.com");
    expect(await seenEverywhere(strange)).toEqual(gateways.map(() => "200"));

    const answer = await gatewayAt(2).call("POST", "/api/v2/auth/sessions/report", { json: { token } });
    const answeredAt = performance.now();
    expect(wordsOf(answer)).toBe("200");
    await eventually("every gateway refuses", async () => (await seenEverywhere(strange)).every((it) => it === GONE), {
      timeoutMs: 10_000,
      everyMs: 5,
    });
    const ms = performance.now() - answeredAt;
    process.stdout.write(`  refused everywhere ${Math.round(ms)} ms after the answer\n`);
    expect(ms).toBeLessThan(WITHIN_MS);
    expect(wordsOf(await refresh(gatewayAt(0), strange.refreshToken))).toBe("401 refresh_token_invalid");
    expect(await seenEverywhere(home)).toEqual(gateways.map(() => "200"));
  }, 60_000);

  it("is reported by one of ten at once, over three gateways, and takes the others along if that one says so", async () => {
    const { home, strange, token } = await takenOver("bob@example.com");
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        gatewayAt(index % GATEWAYS).call("POST", "/api/v2/auth/sessions/report", { json: { token, others: true } }),
      ),
    );
    expect(answers.map(wordsOf).sort()).toEqual(["200", ...Array<string>(9).fill("409 token_already_used")]);
    for (const visitor of [strange, home]) {
      await eventually("every gateway refuses", async () =>
        (await seenEverywhere(visitor)).every((words) => words === GONE),
      );
    }
  }, 60_000);
});
