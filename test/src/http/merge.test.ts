import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { EventMessage } from "@lanyard/contracts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import {
  accountOf,
  MERGE,
  merge,
  mergedIn,
  merges,
  namesOf,
  owned,
  profileOf,
  save,
  visitorWith,
  whileItWaits,
} from "../support/merging.ts";
import { settled } from "../support/settled.ts";
import { seenBy, signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const THREE = ["Network", "Storage", "Traffic"];

let system: InProcessSystem;
let ada: Visitor;
beforeEach(async () => {
  system = await inProcessSystem();
  ada = await accountOf(system);
});
afterEach(() => system.stop());

const countsOf = (moved: number, skipped = 0, held = 0) => ({ moved, skipped, held });

describe("a visitor with three configurations", () => {
  it("is merged: the account has three, with their values, and who they were", async () => {
    const visitor = await visitorWith(system, ...THREE);
    const before = await owned(system, visitor);
    const result = mergedIn(await merge(system, ada, visitor));
    const after = await owned(system, ada);

    expect(result).toMatchObject({ ...countsOf(3), byKind: { configuration: countsOf(3) } });
    expect(after.map(({ name, value, createdAt, updatedAt }) => ({ name, value, createdAt, updatedAt }))).toEqual(
      before.map(({ name, value, createdAt, updatedAt }) => ({ name, value, createdAt, updatedAt })),
    );
    expect(after.map(({ origin }) => origin?.itemId)).toEqual(before.map(({ id }) => id));
    expect(after.every(({ origin }) => origin?.mergedAt === result.mergedAt)).toBe(true);
    expect(new Set(after.map(({ id }) => id)).size).toBe(3);
    expect(await profileOf(system, visitor.userId)).toMatchObject({ mergedTo: ada.userId, mergedAt: result.mergedAt });
  });

  it("moves nothing when it is asked for again, by token or id, and says the same to the letter", async () => {
    const visitor = await visitorWith(system, ...THREE);
    const first = await merge(system, ada, visitor);
    mergedIn(first);
    const written = system.table("merge").dump();
    const again = [
      await merge(system, ada, visitor),
      await merge(system, ada, visitor, { anonymous: { userId: visitor.userId } }),
      await merge(system, await accountOf(system), visitor),
    ];

    expect(again.map(({ status, text }) => [status, text])).toEqual(again.map(() => [200, first.text]));
    expect(new Set([first, ...again].map(({ headers }) => headers["x-operation-id"])).size).toBe(4);
    expect(system.table("merge").dump()).toEqual(written);
    expect(namesOf(await owned(system, ada))).toEqual(THREE);
  });

  it("is three when eight ask at once: one merge, eight answers alike", async () => {
    const visitor = await visitorWith(system, ...THREE);
    const eight = Promise.all(Array.from({ length: 8 }, () => merge(system, ada, visitor)));
    const answers = await whileItWaits(system, eight);

    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(mergedIn(answers[0] as (typeof answers)[number])).toMatchObject(countsOf(3));
    expect(merges(system)).toHaveLength(1);
    expect(namesOf(await owned(system, ada))).toEqual(THREE);
  });

  it("goes to one of two accounts, twenty times: one 200, one 409, nothing lost or doubled", async () => {
    const bob = await accountOf(system, "bob@example.com");
    const won = new Set<string>();
    let expected = { ada: 0, bob: 0 };
    for (let round = 0; round < 20; round += 1) {
      const visitor = await visitorWith(system, ...THREE.map((name) => `${name} ${round}`));
      const racing = round % 2 === 0 ? [ada, bob] : [bob, ada];
      const answers = await Promise.all(racing.map((account) => merge(system, account, visitor)));
      const words = answers.map(wordsOf);
      expect(words.toSorted()).toEqual(["200", "409 already_merged"]);
      for (const { text, headers } of answers) {
        expect(JSON.stringify([text, headers])).not.toMatch(
          new RegExp([ada, bob].map(({ userId }) => userId).join("|")),
        );
      }
      const winner = (await profileOf(system, visitor.userId))?.mergedTo === ada.userId ? "ada" : "bob";
      won.add(winner);
      expected = { ...expected, [winner]: expected[winner] + 3 };
      expect({ ada: (await owned(system, ada)).length, bob: (await owned(system, bob)).length }).toEqual(expected);
    }

    expect(won.size).toBe(2);
    const all = [...(await owned(system, ada)), ...(await owned(system, bob))];
    expect(new Set(all.map(({ origin }) => origin?.itemId)).size).toBe(60);
    expect(new Set(namesOf(all)).size).toBe(60);
  });

  it("can be shown by its id, and keeps being nobody's data but the account's", async () => {
    const visitor = await visitorWith(system, ...THREE);
    const answer = await merge(system, ada, visitor, { anonymous: { userId: visitor.userId.toUpperCase() } });

    expect(mergedIn(answer)).toMatchObject(countsOf(3));
    expect(answer.text).not.toContain(visitor.userId);
    expect(answer.text).not.toContain(ada.userId);
  });

  it("without anything of its own is merged too", async () => {
    expect(mergedIn(await merge(system, ada, await signIn(system)))).toMatchObject({ ...countsOf(0), byKind: {} });
  });
});

describe("a visitor that was merged", () => {
  it("is told so by whatever it shows, and writes nothing more", async () => {
    const visitor = await visitorWith(system, ...THREE);
    const other = { ...visitor, bearer: { "x-user-id": visitor.userId } };
    mergedIn(await merge(system, ada, visitor));

    expect(await seenBy(system, visitor.bearer)).toBe("403 session_revoked merged");
    expect(await seenBy(system, other.bearer)).toBe("403 user_merged");
    for (const [bearer, says] of [
      [visitor.bearer, "403 session_revoked merged"],
      [other.bearer, "403 user_merged"],
    ] as const) {
      const json = { name: "Late", value: {} };
      expect(wordsOf(await system.call("POST", "/api/v2/data/configuration", { headers: bearer, json }))).toBe(says);
    }
    const { refreshToken } = visitor;
    expect(wordsOf(await system.call("POST", "/api/v2/auth/session/refresh", { json: { refreshToken } }))).toBe(
      "401 refresh_token_invalid",
    );
    expect(namesOf(await owned(system, ada))).toEqual(THREE);
  });

  it("cannot become part of another account: 409, and nobody says whose it is", async () => {
    const visitor = await visitorWith(system, ...THREE);
    mergedIn(await merge(system, ada, visitor));
    const bob = await accountOf(system, "bob@example.com");
    for (const anonymous of [{ accessToken: visitor.accessToken }, { userId: visitor.userId }]) {
      for (const query of ["", "?dryRun=true"]) {
        const answer = await merge(system, bob, visitor, { anonymous, query });
        expect(wordsOf(answer)).toBe("409 already_merged");
        expect(JSON.stringify([answer.text, answer.headers])).not.toContain(ada.userId);
      }
    }
    expect(await owned(system, bob)).toEqual([]);
  });
});

describe("a merge that may not be", () => {
  it("of an account, by its token or its id: 403 not_anonymous", async () => {
    const bob = await accountOf(system, "bob@example.com");
    await save(system, bob, "Mine");
    for (const shown of [bob, ada]) {
      for (const anonymous of [{ accessToken: shown.accessToken }, { userId: shown.userId }]) {
        expect(wordsOf(await merge(system, ada, bob, { anonymous }))).toBe("403 not_anonymous");
      }
    }

    expect(namesOf(await owned(system, bob))).toEqual(["Mine"]);
    expect((await profileOf(system, bob.userId))?.mergedTo).toBeUndefined();
  });

  it("into a visitor: 403 account_required, under an operation; by an id alone 401", async () => {
    const [caller, visitor] = [await signIn(system), await visitorWith(system, "Network")];
    for (const query of ["", "?dryRun=true"]) {
      const answer = await merge(system, caller, visitor, { query });
      expect(wordsOf(answer)).toBe("403 account_required");
      expect(answer.headers["x-operation-id"]).toMatch(/^op_/);
    }
    const json = { anonymous: { accessToken: visitor.accessToken } };
    const byId = await system.call("POST", MERGE, { headers: { "x-user-id": caller.userId }, json });

    expect(wordsOf(byId)).toBe("401 unauthenticated");
    expect(namesOf(await owned(system, visitor))).toEqual(["Network"]);
  });

  it("of nobody, of whoever is signed out, or of whoever shows nothing good, names the field", async () => {
    const gone = await signIn(system);
    await system.call("POST", "/api/v2/auth/logout", { headers: gone.bearer });
    const cases = [
      [{ userId: randomUUID() }, "401 unauthenticated", "anonymous.userId"],
      [{ userId: gone.userId }, "401 unauthenticated", "anonymous.userId"],
      [{ accessToken: gone.accessToken }, "403 session_revoked logout", "anonymous.accessToken"],
      [{ accessToken: gone.refreshToken }, "401 token_invalid", "anonymous.accessToken"],
      [{ accessToken: "x" }, "401 token_invalid", "anonymous.accessToken"],
      [{ userId: "x" }, "400 validation_failed", "anonymous.userId"],
      [{}, "400 validation_failed", "anonymous"],
      [{ accessToken: "x", userId: gone.userId }, "400 validation_failed", "anonymous"],
    ] as const;
    for (const [anonymous, says, path] of cases) {
      const answer = await merge(system, ada, gone, { anonymous });
      expect([anonymous, wordsOf(answer)]).toEqual([anonymous, says]);
      expect(answer.body).toMatchObject({ errors: [{ path }] });
    }
    const { body: unknown } = await merge(system, ada, gone, { anonymous: { userId: randomUUID() } });
    const { body: signedOut } = await merge(system, ada, gone, { anonymous: { userId: gone.userId } });
    expect({ ...(unknown as object), instance: "" }).toEqual({ ...(signedOut as object), instance: "" });
  });

  it("with an access token that has expired says so", async () => {
    const visitor = await signIn(system);
    await system.clock.advance(11 * 60_000);
    const bob = await accountOf(system, "bob@example.com");

    expect(wordsOf(await merge(system, bob, visitor))).toBe("401 token_expired");
    expect(mergedIn(await merge(system, bob, visitor, { anonymous: { userId: visitor.userId } }))).toMatchObject(
      countsOf(0),
    );
  });

  it("with a query that says anything else is refused, and merges nothing", async () => {
    const visitor = await visitorWith(system, "Network");
    for (const query of ["?dryRun=yes", "?dryrun=true", "?dryRun=true&dryRun=true"]) {
      expect(wordsOf(await merge(system, ada, visitor, { query }))).toBe("400 validation_failed");
    }
    expect(merges(system)).toEqual([]);
  });

  it("by an id is none where ids do not count", async () => {
    const closed = await inProcessSystem({ settings: { visitorIds: false } });
    const [account, visitor] = [await accountOf(closed), await visitorWith(closed, "Network")];
    const answer = await merge(closed, account, visitor, { anonymous: { userId: visitor.userId } });
    const byToken = await merge(closed, account, visitor);
    await closed.stop();

    expect(wordsOf(answer)).toBe("400 validation_failed");
    expect(mergedIn(byToken)).toMatchObject(countsOf(1));
  });
});

describe("an Idempotency-Key", () => {
  it("is one merge with one answer, also when its visitor has gone since", async () => {
    const visitor = await visitorWith(system, ...THREE);
    const headers = { "idempotency-key": randomUUID() };
    const first = await merge(system, ada, visitor, { headers });
    const again = await merge(system, ada, visitor, { headers });

    expect(mergedIn(first)).toMatchObject(countsOf(3));
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(again.headers["x-operation-id"]).toBe(first.headers["x-operation-id"]);
  });

  it("of a merge that joined another is answered as that one, again and again", async () => {
    const visitor = await visitorWith(system, ...THREE);
    const first = await merge(system, ada, visitor);
    const headers = { "idempotency-key": randomUUID() };
    const joined = [await merge(system, ada, visitor, { headers }), await merge(system, ada, visitor, { headers })];

    expect(joined.map(({ text }) => text)).toEqual([first.text, first.text]);
    expect(joined[0]?.headers["x-operation-id"]).toBe(joined[1]?.headers["x-operation-id"]);
    expect(joined[0]?.headers["x-operation-id"]).not.toBe(first.headers["x-operation-id"]);
  });

  it("says the same when the visitor's token has expired since, which no other request may show", async () => {
    const visitor = await visitorWith(system, ...THREE);
    const headers = { "idempotency-key": randomUUID() };
    const first = await merge(system, ada, visitor, { headers });
    await system.clock.advance(11 * 60_000);
    const fresh = await accountOf(system);

    const again = await merge(system, fresh, visitor, { headers });
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(wordsOf(await merge(system, fresh, visitor))).toBe("401 token_expired");
  });

  it("stands for one visitor", async () => {
    const [one, other] = [await visitorWith(system, "Network"), await visitorWith(system, "Storage")];
    const headers = { "idempotency-key": randomUUID() };
    mergedIn(await merge(system, ada, one, { headers }));

    expect(wordsOf(await merge(system, ada, other, { headers }))).toBe("422 idempotency_key_reused");
    expect(namesOf(await owned(system, other))).toEqual(["Storage"]);
  });
});

describe("the events of a merge", () => {
  it("begin, number each item once, and end; the sessions' too", async () => {
    const visitor = await visitorWith(system, ...THREE);
    const answer = await merge(system, ada, visitor);
    await settled(system);
    const told = system.transport
      .published("events")
      .map(({ body }) => JSON.parse(body) as EventMessage)
      .filter(({ operationid }) => operationid === answer.headers["x-operation-id"]);
    const of = (type: string) => told.filter((event) => event.type === type).map(({ data }) => data);

    expect(of("account.mergeStarted")).toEqual([
      {
        mergeId: answer.headers["x-operation-id"],
        userId: ada.userId,
        visitorId: visitor.userId,
        mergedAt: mergedIn(answer).mergedAt,
      },
    ]);
    expect(
      of("account.itemMoved")
        .map((data) => (data as { sequence: number }).sequence)
        .toSorted(),
    ).toEqual([1, 2, 3]);
    expect(of("account.merged")).toMatchObject([{ ...countsOf(3), lastSequence: 3 }]);
    expect(of("session.revoked")).toMatchObject([{ sessionId: visitor.sessionId, reason: "merged" }]);
  });

  it("are the account's to see, without an id of the visitor's", async () => {
    const visitor = await visitorWith(system, "Network");
    mergedIn(await merge(system, ada, visitor));
    await settled(system);
    const { text } = await system.call("GET", "/api/v2/auth/security-events", { headers: ada.bearer });

    for (const type of ["account.mergeStarted", "account.itemMoved", "account.merged"]) expect(text).toContain(type);
    expect(text).not.toContain(visitor.userId);
  });
});
