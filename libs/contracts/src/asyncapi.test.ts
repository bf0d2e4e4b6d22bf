import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { asyncApiDocument } from "./asyncapi.ts";
import { answerExamples } from "./http/examples.ts";
import type { JsonObject } from "./shapes.ts";

interface Documented {
  readonly channels: Record<string, { readonly messages: JsonObject }>;
  readonly operations: Record<
    string,
    { readonly action: string; readonly messages: readonly { readonly $ref: string }[] }
  >;
  readonly components: {
    readonly messages: Record<string, { readonly payload: JsonObject }>;
    readonly schemas: JsonObject;
  };
}

const document = asyncApiDocument({ version: "1.2.3" }) as unknown as Documented;
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
const fits = (message: string, value: unknown) =>
  ajv.validate({ ...document.components.messages[message]?.payload, components: document.components }, value);

const { user, session, tokens } = answerExamples["createAnonymousSession"]?.[201] as Record<
  string,
  Record<string, string>
>;
const operationId = (answerExamples["readOperation"]?.[202] as { operationId: string }).operationId;
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

const slip = {
  kind: "command",
  type: "session.open",
  operationId,
  flow: { name: "createAnonymousSession", version: 1 },
  position: 1,
  input: {},
  outputs: [{ userId: user?.["id"], userKind: "anonymous" }],
  caller: { kind: "none" },
  client: { ip: "192.0.2.1" },
  receivedAt: "2026-11-21T12:00:00.000Z",
  notAfter: "2026-11-22T12:00:00.000Z",
  replyTo: null,
  progress: false,
  derivationKid: "k1",
  traceparent,
};

const reply = (result: unknown) => ({
  kind: "reply",
  operationId,
  recorded: {
    operationId,
    flow: { name: "createAnonymousSession", version: 1 },
    caller: { kind: "none" },
    outcome: { state: "succeeded", result },
    finishedAt: "2026-11-21T12:00:01.000Z",
  },
  traceparent,
});

describe("the AsyncAPI document", () => {
  it("describes a command where its flow has it, with the outputs before it", () => {
    expect(fits("session.open", slip)).toBe(true);
    expect(fits("session.open", { ...slip, cursor: { from: 1 } })).toBe(true);
    expect(fits("session.open", { ...slip, position: 2 })).toBe(false);
    expect(fits("session.open", { ...slip, outputs: [] })).toBe(false);
    expect(fits("token.issue", slip)).toBe(false);
  });

  it("describes a first command, before which there is nothing", () => {
    const first = { ...slip, type: "identity.createAnonymousUser", position: 0, outputs: [] };

    expect(fits("identity.createAnonymousUser", first)).toBe(true);
    expect(fits("identity.createAnonymousUser", { ...first, outputs: slip.outputs })).toBe(false);
  });

  it("shows sealed fields as boxes, never in the clear", () => {
    expect(fits("createAnonymousSession.v1.reply", reply({ user, session, tokens: "eyJhbGciOiJkaXIi…" }))).toBe(true);
    expect(fits("createAnonymousSession.v1.reply", reply({ user, session, tokens }))).toBe(false);
    expect(document.components.schemas["token.issue.adds"]).toMatchObject({
      properties: { tokens: { type: "string" } },
    });
  });

  it("describes an event as CloudEvent with its data", () => {
    const userCreated = {
      specversion: "1.0",
      id: session?.["id"],
      type: "user.created",
      source: "lanyard/identity",
      time: "2026-11-21T12:00:00.000Z",
      datacontenttype: "application/json",
      data: { userId: user?.["id"], userKind: "anonymous" },
      operationid: operationId,
      traceparent,
    };

    expect(fits("user.created", userCreated)).toBe(true);
    expect(fits("user.created", { ...userCreated, data: {} })).toBe(false);
    expect(fits("session.opened", userCreated)).toBe(false);
  });

  it("describes what operations publish to pull the andon cord, and what an alarm says", () => {
    const pull = {
      version: 1,
      id: session?.["id"],
      scope: { kind: "anonymous" },
      reason: "Visitors made by a script",
      pulledBy: "on-call",
      pulledAt: "2026-11-21T13:00:00+01:00",
    };
    const alarm = {
      AlarmName: "sign-ins",
      AlarmArn: "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:sign-ins",
      NewStateValue: "ALARM",
      StateChangeTime: "2026-11-21T12:00:00.000+0000",
      Region: "EU (Frankfurt)",
    };

    expect(fits("andonCord", pull)).toBe(true);
    expect(fits("andonCord", { ...pull, scope: { kind: "everyone" } })).toBe(false);
    expect(fits("andonCord", { ...pull, extra: true })).toBe(false);
    expect(fits("cloudWatchAlarm", alarm)).toBe(true);
    expect(fits("cloudWatchAlarm", { ...alarm, NewStateValue: "ON" })).toBe(false);
    expect(Object.keys(document.channels["andon-cord"]?.messages ?? {})).toEqual(["andonCord", "cloudWatchAlarm"]);
  });

  it("has long work in a channel of its own, which its worker receives from and sends to", () => {
    const named = (operation: string) => document.operations[operation]?.messages.map(({ $ref }) => $ref);
    const sweep = ["#/channels/session-bulk/messages/session.sweepRevoked"];

    expect(named("session.receive.session-bulk")).toEqual(sweep);
    expect(named("session.send.session-bulk")).toEqual(sweep);
    expect(document.channels["session"]?.messages).not.toHaveProperty("session.sweepRevoked");
  });

  it("has someone who sends and someone who receives each command, each event and each reply", () => {
    const of = (action: string) =>
      Object.values(document.operations)
        .filter((operation) => operation.action === action)
        .flatMap((operation) => operation.messages.map(({ $ref }) => $ref));
    const travelling = Object.entries(document.channels).flatMap(([channel, { messages }]) =>
      Object.keys(messages).map((name) => `#/channels/${channel}/messages/${name}`),
    );

    expect(new Set(of("send"))).toEqual(new Set(travelling));
    expect(new Set(of("receive"))).toEqual(new Set(travelling));
  });
});
