import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { httpSchemas } from "@lanyard/contracts";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { accountOf, merge, mergedIn, merges, namesOf, owned, profileOf, visitorWith } from "../support/merging.ts";
import { settled } from "../support/settled.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import { sseEvents } from "../support/sse-events.ts";
import { bearerOf, seenBy, signIn, tokensOf, type Visitor, wordsOf } from "../support/visitor.ts";

const ADA = "ada@example.com";
const THREE = ["Network", "Storage", "Traffic"];
const WAYS = ["magic-link", "otp"] as const;
type Way = (typeof WAYS)[number];

let system: InProcessSystem;
let visitor: Visitor;
beforeEach(async () => {
  system = await inProcessSystem();
  visitor = await visitorWith(system, ...THREE);
});
afterEach(() => system.stop());

const ask = (way: Way, anonymous: unknown, { email = ADA, headers = {} } = {}): Promise<HttpAnswer> =>
  system.call("POST", `/api/v2/auth/${way}`, { json: { email, anonymous }, headers });
/** A challenge that continues somebody, as its mail tells it. */
async function asked(way: Way, anonymous: unknown, email = ADA) {
  const answer = await ask(way, anonymous, { email });
  if (answer.status !== 202) throw new Error(answer.text);
  await settled(system, ["token", "notification"]);
  return { ...httpSchemas.challenge.parse(answer.body), ...signInMailTo(system.mails, email) };
}
const answer = (way: Way, { token, challengeId, code }: Awaited<ReturnType<typeof asked>>, headers = {}) =>
  way === "magic-link"
    ? system.call("POST", "/api/v2/auth/magic-link/verify", { json: { token }, headers })
    : system.call("POST", "/api/v2/auth/otp/verify", { json: { challengeId, code }, headers });
const shownByToken = () => ({ accessToken: visitor.accessToken });

describe.each(WAYS)("a sign-in by %s that continues a visitor", (way) => {
  it("merges it without another request, and names the operation, which is the account's to read", async () => {
    const signedIn = await answer(way, await asked(way, shownByToken()));
    const { user, merge: begun } = httpSchemas.authResult.parse(signedIn.body);
    const account = { bearer: bearerOf(tokensOf(signedIn)) };
    await settled(system);
    const operation = `/api/v2/operations/${begun?.operationId}`;
    const { status, body } = await system.call("GET", operation, { headers: account.bearer });

    expect([status, begun?.operationId === signedIn.headers["x-operation-id"]]).toEqual([200, false]);
    expect(httpSchemas.finishedOperation.parse(body)).toMatchObject({ status: "succeeded", result: { moved: 3 } });
    expect(namesOf(await owned(system, account))).toEqual(THREE);
    expect(await profileOf(system, visitor.userId)).toMatchObject({ mergedTo: user.id });
    expect(await seenBy(system, visitor.bearer)).toBe("403 session_revoked merged");
    expect(JSON.stringify([signedIn.body, body])).not.toContain(visitor.userId);

    const bob = await accountOf(system, "bob@example.com");
    for (const headers of [bob.bearer, {}, { "x-operation-secret": begun?.operationId ?? "" }]) {
      expect(wordsOf(await system.call("GET", operation, { headers }))).toBe("404 operation_not_found");
    }
    expect(wordsOf(await system.call("GET", operation, { headers: visitor.bearer }))).toBe(
      "403 session_revoked merged",
    );
  });

  it("merges by the visitor's id too, and by no other request of the same person's", async () => {
    const signedIn = await answer(way, await asked(way, { userId: visitor.userId }));
    await settled(system);
    const account = { bearer: bearerOf(tokensOf(signedIn)) };
    const again = await merge(system, account, visitor);

    expect(mergedIn(again)).toMatchObject({ moved: 3 });
    expect(merges(system)).toHaveLength(1);
  });

  it("merges the visitor of whoever asked, never the one of whoever answers", async () => {
    const opener = await visitorWith(system, "The opener's");
    const challenge = await asked(way, shownByToken());
    const signedIn = await answer(way, challenge, { ...opener.bearer, "x-user-id": opener.userId });
    await settled(system);

    expect(namesOf(await owned(system, { bearer: bearerOf(tokensOf(signedIn)) }))).toEqual(THREE);
    expect(namesOf(await owned(system, opener))).toEqual(["The opener's"]);
    expect(await seenBy(system, opener.bearer)).toBe("200");
  });

  it("merges nobody when none was shown, whoever answers", async () => {
    const { body } = await system.call("POST", `/api/v2/auth/${way}`, {
      json: { email: ADA },
      headers: visitor.bearer,
    });
    await settled(system, ["token", "notification"]);
    const challenge = { ...httpSchemas.challenge.parse(body), ...signInMailTo(system.mails, ADA) };
    const signedIn = await answer(way, challenge, { ...visitor.bearer, "x-user-id": visitor.userId });
    await settled(system);

    expect(httpSchemas.authResult.parse(signedIn.body).merge).toBeUndefined();
    expect(merges(system)).toEqual([]);
    expect(namesOf(await owned(system, visitor))).toEqual(THREE);
  });

  it("tells the operation at the end of a stream, and to whoever asks again with the same key", async () => {
    const key = { "idempotency-key": randomUUID() };
    const challenge = await asked(way, shownByToken());
    const events = sseEvents((await answer(way, challenge, { ...key, accept: "text/event-stream" })).text);
    const again = await answer(way, challenge, key);
    await settled(system);
    const { type, ...told } = { ...events.at(-1)?.data };

    expect(type).toBe("token-delivery");
    expect(told).toEqual(again.body);
    expect(httpSchemas.authResult.parse(again.body).merge?.operationId).toMatch(/^op_/);
    expect(merges(system)).toHaveLength(1);
  });

  it("goes on without a merge when its visitor has gone to another account by then", async () => {
    const challenge = await asked(way, shownByToken());
    const bob = await accountOf(system, "bob@example.com");
    mergedIn(await merge(system, bob, visitor));
    const signedIn = await answer(way, challenge);
    await settled(system);
    const { merge: begun } = httpSchemas.authResult.parse(signedIn.body);
    const headers = bearerOf(tokensOf(signedIn));
    const { body, text } = await system.call("GET", `/api/v2/operations/${begun?.operationId}`, { headers });

    expect(body).toMatchObject({ status: "failed", problem: { code: "already_merged", status: 409 } });
    expect(text).not.toContain(bob.userId);
    expect(namesOf(await owned(system, bob))).toEqual(THREE);
  });

  it("is refused for what is no visitor that lives, alike for every address, and mails nothing", async () => {
    const [account, gone, merged] = [await accountOf(system), await signIn(system), await signIn(system)];
    await system.call("POST", "/api/v2/auth/logout", { headers: gone.bearer });
    mergedIn(await merge(system, account, merged));
    const mails = system.mails.length;
    const cases = [
      [{ accessToken: account.accessToken }, "403 not_anonymous"],
      [{ userId: account.userId }, "403 not_anonymous"],
      [{ accessToken: gone.accessToken }, "403 session_revoked logout"],
      [{ userId: gone.userId }, "401 unauthenticated"],
      [{ userId: randomUUID() }, "401 unauthenticated"],
      [{ accessToken: merged.accessToken }, "403 user_merged"],
      [{ userId: merged.userId }, "403 user_merged"],
      [{ accessToken: "x" }, "401 token_invalid"],
      [{}, "400 validation_failed"],
      [null, "400 validation_failed"],
    ] as const;
    for (const [anonymous, says] of cases) {
      const answers = [
        await ask(way, anonymous, { email: ADA }),
        await ask(way, anonymous, { email: "nobody@example.com" }),
      ];
      expect(answers.map((each) => [anonymous, wordsOf(each)])).toEqual(answers.map(() => [anonymous, says]));
      const [known, unknown] = answers.map(({ body }) => ({ ...(body as object), instance: "" }));
      expect(known).toEqual(unknown);
    }
    await settled(system);

    expect(system.mails).toHaveLength(mails);
  });

  it("is the same request with the same key, whatever its address", async () => {
    const headers = { "idempotency-key": randomUUID() };
    const first = await ask(way, shownByToken(), { headers });
    await settled(system);
    const again = await ask(way, shownByToken(), { headers });
    const other = await ask(way, { accessToken: (await signIn(system)).accessToken }, { headers });

    expect([again.status, again.text]).toEqual([202, first.text]);
    await system.clock.advance(11 * 60_000);
    const late = await ask(way, shownByToken(), { headers });
    expect([late.status, late.text]).toEqual([202, first.text]);
    expect(wordsOf(await ask(way, shownByToken()))).toBe("401 token_expired");
    expect(wordsOf(other)).toBe("422 idempotency_key_reused");
    expect(system.mails).toHaveLength(1);
  });
});

describe("an id of a visitor", () => {
  it("continues nobody where ids do not count", async () => {
    const closed = await inProcessSystem({ settings: { visitorIds: false } });
    const { userId, accessToken } = await signIn(closed);
    const words = [];
    for (const anonymous of [{ userId }, { accessToken }]) {
      words.push(wordsOf(await closed.call("POST", "/api/v2/auth/otp", { json: { email: ADA, anonymous } })));
    }
    await closed.stop();

    expect(words).toEqual(["400 validation_failed", "202"]);
  });
});

describe("while it is being merged", () => {
  it("a sign-in is answered first: the operation is pending for its account", async () => {
    const challenge = await asked("otp", shownByToken());
    system.faults.loses = (queue) => queue === "merge-bulk";
    const signedIn = await answer("otp", challenge);
    const { merge: begun } = httpSchemas.authResult.parse(signedIn.body);
    await settled(system);
    const headers = bearerOf(tokensOf(signedIn));

    expect(wordsOf(await system.call("GET", `/api/v2/operations/${begun?.operationId}`, { headers }))).toBe("202");
    expect(await seenBy(system, headers)).toBe("200");
  });
});
