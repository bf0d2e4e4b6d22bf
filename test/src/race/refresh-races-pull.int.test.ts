import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import type { Stack } from "@lanyard/scripts/stack";
import { type Random, seededRandom } from "../simulation/random.ts";
import { type Auditor, startAuditor } from "../support/audit.ts";
import { gatewayOf, leavingAfter, raceStack } from "../support/race-stack.ts";
import { bearerOf, refresh, seenBy, signIn, type Tokens, tokensOf, wordsOf } from "../support/visitor.ts";

type Gateway = Parameters<typeof signIn>[0];

const races = Number(process.env["LANYARD_PULL_RACES"] ?? 90);
const REFRESH_RACES = Math.round((races * 2) / 3);
const SIGN_IN_RACES = races - REFRESH_RACES;
const AT_ONCE = 8;
const SEED = 20_261_121;
/** The one that leaves later does so by at most this. */
const HEAD_START_MS = 40;
/** A pull goes a longer way than a refresh, which has to wait for it to be raced. */
const REFRESH_LATER_MS = 160;
/** A gateway that heard no event reads the log each second. */
const KNOWN_WITHIN_MS = 5000;
const GONE = "403 session_revoked operator";

let stack: Stack;
let auditor: Auditor;

beforeAll(async () => {
  stack = await raceStack({ gateways: 2 });
  auditor = await startAuditor(stack.env, { hearsEvents: false });
});
afterAll(async () => {
  auditor?.close();
  await stack?.destroy();
});

describe(`a refresh at one gateway and a pull that names its session at another, ${REFRESH_RACES} times at once`, () => {
  it("leave nothing that lets anyone in", async () => {
    const random = seededRandom(SEED);
    const refreshes: string[] = [];
    let left = REFRESH_RACES;
    const racer = async (): Promise<void> => {
      while (left-- > 0) refreshes.push(await refreshRacesPull(random));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, racer));

    const won = refreshes.filter((words) => words === "200").length;
    process.stdout.write(`  ${won} of ${REFRESH_RACES} refreshes were before the pull\n`);
    expect(refreshes.filter((words) => words !== "200" && words !== "401 refresh_token_invalid")).toEqual([]);
    // Of either way to end, or nothing was raced.
    expect(won).toBeGreaterThan(0);
    expect(won).toBeLessThan(REFRESH_RACES);
    await eventually(
      "every session is marked",
      async () => (await auditor.sessions()).every(({ revoked }) => revoked?.reason === "operator"),
      { timeoutMs: 60_000, everyMs: 200 },
    );
  }, 300_000);
});

describe(`a sign-in at one gateway and a pull that names every visitor at another, ${SIGN_IN_RACES} times at once`, () => {
  it("leave a session that counts everywhere when it was opened with the pull known, and nowhere when not", async () => {
    const random = seededRandom(SEED + 1);
    const ends: boolean[] = [];
    for (let race = 0; race < SIGN_IN_RACES; race += 1) ends.push(await signInRacesPull(random));

    const lived = ends.filter(Boolean).length;
    process.stdout.write(`  ${lived} of ${SIGN_IN_RACES} sign-ins were after the pull\n`);
    expect(lived).toBeGreaterThan(SIGN_IN_RACES / 20);
    expect(lived).toBeLessThan(SIGN_IN_RACES - SIGN_IN_RACES / 20);
  }, 300_000);
});

async function refreshRacesPull(random: Random): Promise<string> {
  const [here, there] = inSomeOrder(random);
  const [refreshLater, laterByMs] = [random.chance(0.9), random.next() * REFRESH_LATER_MS];
  const visitor = await signIn(here);
  const [refreshed] = await Promise.all([
    leavingAfter(refreshLater ? laterByMs : 0, () => refresh(here, visitor.refreshToken)),
    leavingAfter(refreshLater ? 0 : laterByMs, () => pull(there, { kind: "user", userId: visitor.userId })),
  ]);

  const handedOut = [visitor, ...(refreshed.status === 200 ? [tokensOf(refreshed)] : [])];
  for (const tokens of handedOut) await isWorthless(tokens, [there, here]);
  return wordsOf(refreshed);
}

async function signInRacesPull(random: Random): Promise<boolean> {
  const [here, there] = inSomeOrder(random);
  const [signInLater, laterByMs] = [random.chance(0.5), random.next() * HEAD_START_MS];
  const [visitor, number] = await Promise.all([
    leavingAfter(signInLater ? laterByMs : 0, () => signIn(here)),
    leavingAfter(signInLater ? 0 : laterByMs, () => pull(there, { kind: "anonymous" })),
  ]);

  const isVoid = stampOf(visitor) < number;
  if (isVoid) await isWorthless(visitor, [there, here]);
  else {
    for (const gateway of [here, there]) expect(await seenBy(gateway, visitor.bearer)).toBe("200");
    expect(wordsOf(await refresh(there, visitor.refreshToken))).toBe("200");
  }
  return !isVoid;
}

/** As soon as each gateway can know; the refresh token from the moment the pull was answered. */
async function isWorthless({ accessToken, refreshToken }: Tokens, gateways: readonly Gateway[]): Promise<void> {
  for (const gateway of gateways) {
    expect(wordsOf(await refresh(gateway, refreshToken))).toBe("401 refresh_token_invalid");
    await eventually("the gateway knows", async () => (await seenBy(gateway, bearerOf({ accessToken }))) === GONE, {
      timeoutMs: KNOWN_WITHIN_MS,
      everyMs: 20,
    });
  }
}

/** Pulls, and gives the number of the pull. */
async function pull(gateway: Gateway, scope: object): Promise<number> {
  const headers = { authorization: `Bearer ${stack.env["LANYARD_OPS_KEY"]}` };
  const pulled = await gateway.call("POST", "/api/v2/admin/sessions/revoke", {
    headers,
    json: { scope, reason: "a race" },
  });
  expect(wordsOf(pulled)).toBe("202");
  const { revocationId } = pulled.body as { readonly revocationId: string };
  const receipt = await gateway.call("GET", `/api/v2/admin/revocations/${revocationId}`, { headers });
  expect(receipt.status).toBe(200);
  return (receipt.body as { readonly number: number }).number;
}

function stampOf({ accessToken }: Tokens): number {
  const [, payload = ""] = accessToken.split(".");
  return (JSON.parse(Buffer.from(payload, "base64url").toString()) as { readonly pull: number }).pull;
}

const inSomeOrder = (random: Random): readonly [Gateway, Gateway] =>
  random.chance(0.5) ? [gatewayAt(0), gatewayAt(1)] : [gatewayAt(1), gatewayAt(0)];

const gatewayAt = (index: number): Gateway => gatewayOf(stack, index);
