import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { httpSchemas, rosterItem } from "@lanyard/contracts";
import { typedItems } from "@lanyard/storage";
import { challengeFor, signInByMail } from "../support/account.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { settled } from "../support/settled.ts";
import { addSession, bearerOf, refresh, seenBy, signIn, tokensOf, type Visitor, wordsOf } from "../support/visitor.ts";

const ada = "ada@example.com";
const told = "403 session_revoked session_limit";

let system: InProcessSystem;
beforeEach(async () => {
  system = await inProcessSystem({ gateways: 2 });
});
afterEach(() => system.stop());

async function signInTimes(count: number): Promise<readonly Visitor[]> {
  const all: Visitor[] = [];
  for (let index = 0; index < count; index += 1) all.push(await signInByMail(system, ada));
  return all;
}
const idsSeenBy = async ({ bearer }: Pick<Visitor, "bearer">): Promise<readonly string[]> => {
  const { body } = await system.call("GET", "/api/v2/auth/sessions", { headers: bearer });
  return httpSchemas.listedSessions.parse(body).sessions.map(({ id }) => id);
};
const idsOf = (sessions: readonly Visitor[]): readonly string[] => sessions.map(({ sessionId }) => sessionId);
const verdicts = (sessions: readonly Pick<Visitor, "bearer">[]): Promise<readonly string[]> =>
  Promise.all(sessions.map(({ bearer }) => seenBy(system, bearer)));

describe("an account's eleventh sign-in", () => {
  it("ends the oldest session, which is told why by every gateway, and ten are left", async () => {
    const all = await signInTimes(11);
    const [oldest, ...others] = all;
    const newest = others.at(-1);
    if (oldest === undefined || newest === undefined) throw new Error("nobody signed in");

    expect(await verdicts(all)).toEqual([told, ...others.map(() => "200")]);
    await system.clock.advance(1000);
    for (const gateway of system.gateways) expect(await seenBy(gateway, oldest.bearer)).toBe(told);
    expect(wordsOf(await refresh(system, oldest.refreshToken))).toBe("401 refresh_token_invalid");
    expect((await idsSeenBy(newest)).toSorted()).toEqual(idsOf(others).toSorted());
  });

  it("is in the account's history as the reason", async () => {
    const all = await signInTimes(11);
    await settled(system);
    const headers = all.at(-1)?.bearer ?? {};
    const { body } = await system.call("GET", "/api/v2/auth/security-events", { headers });
    const ends = httpSchemas.ownSecurityEvents.parse(body).events.filter(({ type }) => type === "session.revoked");

    expect(ends).toMatchObject([{ sessionId: all[0]?.sessionId, data: { reason: "session_limit" } }]);
  });

  it("ends nobody when one of the ten has logged out", async () => {
    const [first, second, ...others] = await signInTimes(10);
    if (first === undefined || second === undefined) throw new Error("nobody signed in");
    await system.call("POST", "/api/v2/auth/logout", { headers: second.bearer });
    const [eleventh] = await signInTimes(1);
    if (eleventh === undefined) throw new Error("nobody signed in");

    const live = [first, ...others, eleventh];
    expect(await verdicts(live)).toEqual(live.map(() => "200"));
    expect((await idsSeenBy(first)).toSorted()).toEqual(idsOf(live).toSorted());
  });
});

describe("twenty sign-ins of an account at once", () => {
  it("leave ten that live, the last ten admitted", async () => {
    const challenges = [];
    for (let index = 0; index < 20; index += 1) challenges.push(await challengeFor(system, ada));
    const answers = await system.whileTimePasses(
      Promise.all(
        challenges.map(({ token }, index) =>
          (system.gateways[index % 2] ?? system).call("POST", "/api/v2/auth/magic-link/verify", { json: { token } }),
        ),
      ),
    );
    await settled(system);
    await system.clock.advance(1000);
    const sessions = answers.map((answer) => ({
      bearer: bearerOf(tokensOf(answer)),
      ...(answer.body as { readonly session: { readonly id: string }; readonly user: { readonly id: string } }),
    }));
    const roster = await typedItems(system.table("session"), rosterItem).load(sessions[0]?.user.id ?? "");
    const admitted = roster?.value.entries.map(({ sessionId }) => sessionId) ?? [];
    const live = sessions.filter(({ session }) => admitted.includes(session.id));

    expect(admitted).toHaveLength(10);
    for (const each of live) expect((await idsSeenBy(each)).toSorted()).toEqual(admitted.toSorted());
    expect(await verdicts(sessions)).toEqual(sessions.map((each) => (live.includes(each) ? "200" : told)));
  });
});

describe("a visitor", () => {
  it("may have as many sessions as there are", async () => {
    const visitor = await signIn(system);
    for (let count = 1; count <= 10; count += 1) {
      await addSession(system, visitor, { sessionId: `1c7a7b4f-8b1f-8a6c-8d2e-${String(count).padStart(12, "0")}` });
    }
    expect(await seenBy(system, visitor.bearer)).toBe("200");
    expect(await typedItems(system.table("session"), rosterItem).load(visitor.userId)).toBeUndefined();
  });
});
