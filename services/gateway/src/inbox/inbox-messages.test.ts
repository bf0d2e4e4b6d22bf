import { describe, expect, it } from "@jest/globals";
import { type EventMessage, events } from "@lanyard/contracts";
import { envelopes, type ReceivedMessage, silentLog } from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { memoryItemStore } from "@lanyard/storage";
import { RevocationView } from "../revocations/revocation-view.ts";
import { PULLED_AT, pullOf } from "../testing/pulled-sessions.ts";
import { inboxEventTypes, inboxMessages } from "./inbox-messages.ts";

const key = Buffer.alloc(32, 7).toString("base64url");
const sealed = envelopes(derivation(parseKeyring(`k1:${key}`)));
const { number, revocationId, scope } = pullOf(1, { kind: "all" });
const pulled = { number, revocationId, scope, reason: "A lost laptop", pulledBy: "key:deploy" };

function setUp() {
  const noted: unknown[] = [];
  const view = new RevocationView({
    sessionTable: memoryItemStore(),
    clock: virtualClock(),
    log: silentLog,
    onPull: (pull) => void noted.push(pull),
  });
  const replies: ReceivedMessage[] = [];
  const commands = {
    receive: async (message: ReceivedMessage) => {
      replies.push(message);
      return { kind: "delete" } as const;
    },
  };
  const take = (message: Pick<ReceivedMessage, "body" | "attributes">) =>
    inboxMessages({ commands, revocations: view, envelopes: sealed }, message as ReceivedMessage);
  return { view, noted, replies, take };
}

const event = (type: string, data: EventMessage["data"]) =>
  sealed.event({
    specversion: "1.0",
    id: "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90",
    type,
    source: "lanyard/session",
    time: PULLED_AT,
    datacontenttype: "application/json",
    data,
    traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    operationid: `op_${"0".repeat(32)}${"A".repeat(22)}`,
  });

describe("an inbox", () => {
  it("hears of sessions that end and of pulls", () => {
    expect(inboxEventTypes).toEqual(["session.revoked", "andon.pulled"]);
  });

  it("notes a pull at once, in force since the time of its event", async () => {
    const { view, noted, replies, take } = setUp();

    expect(await take(event(events.andonPulled.type, pulled))).toEqual({ kind: "delete" });
    expect(noted).toEqual([{ number, revocationId, scope, at: PULLED_AT }]);
    expect(view.pulls.index.newest).toBe(1);
    expect(replies).toEqual([]);
  });

  it("notes a session that has ended", async () => {
    const { view, take } = setUp();
    const sessionId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
    await take(event(events.sessionRevoked.type, { userId: revocationId, sessionId, reason: "logout" }));

    expect(view.check(sessionId)).toEqual({ kind: "revoked", reason: "logout" });
  });

  it("takes everything else for a reply", async () => {
    const { replies, take } = setUp();
    await take({ body: "{}", attributes: { type: "reply" } });

    expect(replies).toHaveLength(1);
  });

  it.each([
    ["without its scope", { ...pulled, scope: undefined }, "schema_invalid"],
    ["with the number 0", { ...pulled, number: 0 }, "schema_invalid"],
  ])("gives a pull back that makes no sense: %s", async (_, data, reason) => {
    const { noted, take } = setUp();
    const message = event(events.andonPulled.type, JSON.parse(JSON.stringify(data)));

    expect(await take(message)).toEqual({ kind: "dead-letter", reason });
    expect(noted).toEqual([]);
  });

  it("believes nothing that no key of this deployment vouches for", async () => {
    const { noted, take } = setUp();
    const { body, attributes } = event(events.andonPulled.type, pulled);
    const forged = { body: body.replace('"all"', '"anonymous"'), attributes };

    expect(await take(forged)).toEqual({ kind: "dead-letter", reason: "mac_invalid" });
    expect(noted).toEqual([]);
  });
});
