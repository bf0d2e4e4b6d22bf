import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import type { Stack } from "@lanyard/scripts/stack";
import { type Auditor, startAuditor } from "../support/audit.ts";
import type { CallOptions, HttpAnswer } from "../support/http-call.ts";
import { gatewayOf, raceStack } from "../support/race-stack.ts";
import { type ReceivedMail, signInMailTo } from "../support/sign-in-mail.ts";
import { bearerOf, seenBy, tokensOf, wordsOf } from "../support/visitor.ts";

const SIGN_INS = 20;
const LIMIT = 10;
const GATEWAYS = 2;
const ADDRESS = "ada@example.com";

let stack: Stack;
let auditor: Auditor;

beforeAll(async () => {
  stack = await raceStack({ gateways: GATEWAYS, workers: { session: 2 } });
  auditor = await startAuditor(stack.env, { hearsEvents: false });
});
afterAll(async () => {
  auditor?.close();
  await stack?.destroy();
});

const call = (gateway: number, method: string, path: string, options: CallOptions = {}): Promise<HttpAnswer> =>
  gatewayOf(stack, gateway % GATEWAYS).call(method, path, options);
const mails = async (): Promise<readonly ReceivedMail[]> => {
  const { body } = await call(0, "GET", `/dev/mailbox?to=${encodeURIComponent(ADDRESS)}`);
  return (body as { readonly messages: readonly ReceivedMail[] }).messages;
};

/** As many links as asked for, none of them used. */
async function links(count: number): Promise<readonly string[]> {
  for (let asked = 0; asked < count; asked += 1) {
    expect(wordsOf(await call(asked, "POST", "/api/v2/auth/magic-link", { json: { email: ADDRESS } }))).toBe("202");
  }
  await eventually("every mail is there", async () => (await mails()).length === count, { timeoutMs: 30_000 });
  return (await mails()).map((mail) => signInMailTo([mail], ADDRESS).token);
}

describe(`${SIGN_INS} concurrent sign-ins of one account, over two gateways and two session workers`, () => {
  it(`leave ${LIMIT} live sessions; the devices of the others are told why`, async () => {
    const answers = await Promise.all(
      (await links(SIGN_INS)).map((token, index) =>
        call(index, "POST", "/api/v2/auth/magic-link/verify", { json: { token } }),
      ),
    );
    const bearers = answers.map((answer) => bearerOf(tokensOf(answer)));
    const idOf = ({ body }: HttpAnswer) => (body as { session: { id: string } }).session.id;

    const sessions = await auditor.sessions();
    expect(sessions.length).toBe(SIGN_INS);
    const living = sessions.filter(({ revoked }) => revoked === undefined).map(({ sessionId }) => sessionId);
    expect(living.length).toBe(LIMIT);
    expect(new Set(sessions.flatMap(({ revoked }) => revoked?.reason ?? []))).toEqual(new Set(["session_limit"]));
    await eventually("every gateway knows", async () => {
      const seen = await Promise.all(
        bearers.map((bearer, index) => seenBy({ call: (...given) => call(index, ...given) }, bearer)),
      );
      return seen.every((words, index) => {
        const lives = living.includes(idOf(answers[index] as HttpAnswer));
        return words === (lives ? "200" : "403 session_revoked session_limit");
      });
    });
    const listed = await call(1, "GET", "/api/v2/auth/sessions", {
      headers: bearers[answers.findIndex((answer) => living.includes(idOf(answer)))] ?? {},
    });
    const shown = (listed.body as { sessions: { id: string }[] }).sessions.map(({ id }) => id);
    expect(shown.toSorted()).toEqual(living.toSorted());

    const [first] = bearers.filter((_, index) => living.includes(idOf(answers[index] as HttpAnswer)));
    expect(wordsOf(await call(0, "POST", "/api/v2/auth/logout", { headers: first ?? {} }))).toBe("204");
    const next = await auditor.sessions();
    const livingThen = next.filter(({ revoked }) => revoked === undefined).map(({ sessionId }) => sessionId);
    expect(livingThen.length).toBe(LIMIT - 1);
    await signInOnce();
    const livingNow = (await auditor.sessions()).filter(({ revoked }) => revoked === undefined);
    expect(livingNow.length).toBe(LIMIT);
    expect(livingNow.map(({ sessionId }) => sessionId)).toEqual(expect.arrayContaining(livingThen));
  }, 90_000);
});

async function signInOnce(): Promise<void> {
  const before = (await mails()).length;
  await call(0, "POST", "/api/v2/auth/magic-link", { json: { email: ADDRESS } });
  await eventually("the mail is there", async () => (await mails()).length === before + 1);
  // The newest is the first.
  const { token } = signInMailTo((await mails()).slice(0, 1), ADDRESS);
  tokensOf(await call(0, "POST", "/api/v2/auth/magic-link/verify", { json: { token } }));
}
