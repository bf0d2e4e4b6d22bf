import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { eventually } from "@lanyard/messaging/testing";
import type { Stack } from "@lanyard/scripts/stack";
import { type Random, seededRandom } from "../simulation/random.ts";
import { type Auditor, startAuditor } from "../support/audit.ts";
import { gatewayOf, leavingAfter, raceStack } from "../support/race-stack.ts";
import { bearerOf, refresh, seenBy, signIn, type Tokens, tokensOf, wordsOf } from "../support/visitor.ts";

type Gateway = Parameters<typeof signIn>[0];

const RACES = Number(process.env["LANYARD_LOGOUT_RACES"] ?? 150);
const AT_ONCE = 16;
const SEED = 20_261_121;
/** The one that leaves later does so by at most this. */
const HEAD_START_MS = 4;
/** A gateway that heard no event reads the log each second. */
const KNOWN_WITHIN_MS = 5000;
/** Of either way to end, or nothing was raced. */
const LEAST_OF_EACH = RACES / 20;

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

describe(`a refresh at one gateway and a logout at another, ${RACES} times at the same moment`, () => {
  it("leave nothing that lets anyone in, and nobody is taken for a thief", async () => {
    const random = seededRandom(SEED);
    const refreshes: string[] = [];
    let left = RACES;
    const racer = async (): Promise<void> => {
      while (left-- > 0) refreshes.push(await race(random));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, racer));

    const won = refreshes.filter((words) => words === "200").length;
    process.stdout.write(`  ${won} of ${RACES} refreshes were before the logout\n`);
    expect(refreshes.filter((words) => words !== "200" && words !== "401 refresh_token_invalid")).toEqual([]);
    expect(won).toBeGreaterThan(LEAST_OF_EACH);
    expect(won).toBeLessThan(RACES - LEAST_OF_EACH);

    const sessions = await auditor.sessions();
    expect(sessions.length).toBe(RACES);
    expect(new Set(sessions.map(({ revoked }) => revoked?.reason))).toEqual(new Set(["logout"]));
    expect(sessions.filter(({ generation }) => generation > 1).length).toBe(won);
  }, 120_000);
});

/** One visitor's race, with all that must hold after it; gives back what its refresh was told. */
async function race(random: Random): Promise<string> {
  const [here, there] = random.chance(0.5) ? [gatewayAt(0), gatewayAt(1)] : [gatewayAt(1), gatewayAt(0)];
  const refreshLater = random.chance(0.5);
  const laterByMs = random.next() * HEAD_START_MS;
  const visitor = await signIn(here);
  const [refreshed, loggedOut] = await Promise.all([
    leavingAfter(refreshLater ? laterByMs : 0, () => refresh(here, visitor.refreshToken)),
    leavingAfter(refreshLater ? 0 : laterByMs, () =>
      there.call("POST", "/api/v2/auth/logout", { headers: visitor.bearer }),
    ),
  ]);
  expect(wordsOf(loggedOut)).toBe("204");

  const handedOut = [visitor, ...(refreshed.status === 200 ? [tokensOf(refreshed)] : [])];
  await Promise.all(handedOut.map((tokens) => isWorthless(tokens, { here, there })));
  return wordsOf(refreshed);
}

/** At once where the logout was answered, and as soon as it can know at the other gateway. */
async function isWorthless(
  { accessToken, refreshToken }: Tokens,
  { here, there }: Readonly<Record<"here" | "there", Gateway>>,
): Promise<void> {
  const bearer = bearerOf({ accessToken });
  expect(await seenBy(there, bearer)).toBe(GONE);
  await eventually("the other gateway knows too", async () => (await seenBy(here, bearer)) === GONE, {
    timeoutMs: KNOWN_WITHIN_MS,
    everyMs: 50,
  });
  expect(wordsOf(await refresh(here, refreshToken))).toBe("401 refresh_token_invalid");
}

const GONE = "403 session_revoked logout";

const gatewayAt = (index: number): Gateway => gatewayOf(stack, index);
