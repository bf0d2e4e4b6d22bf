import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { envelopes } from "./envelope.ts";
import { again, type CommandRun, done, ended, handle, problem } from "./handler.ts";
import { NotNow } from "./not-now.ts";
import { first, runtimeUnderTest, second, testFlow } from "./testing/test-flow.ts";

const occurredAt = "2026-01-01T00:00:00.000Z";
const firstDone = handle(first, async (run) =>
  done({ userId: run.deriveUuid("user"), secret: "hush" }, [{ type: "first.done", occurredAt, data: { userId: "u" } }]),
);
const seen: CommandRun<unknown>[] = [];
const secondDone = handle(second, async (run) => {
  seen.push(run);
  return done({ opened: true });
});
const whole = [firstDone, secondDone];

/** Takes a command through the runtime, then whatever that sent to the next queue. */
async function runWhole(system: ReturnType<typeof runtimeUnderTest>): Promise<void> {
  expect(await system.handle(system.asReceived(system.envelopes.command(system.start())))).toEqual({ kind: "delete" });
  const [forwarded] = system.transport.held("session");
  if (forwarded === undefined) throw new Error("nothing was forwarded");
  expect(await system.handle(system.asReceived(forwarded))).toEqual({ kind: "delete" });
}

describe("a flow", () => {
  it("runs its commands in order, records one outcome and replies with it", async () => {
    const system = runtimeUnderTest(whole);
    await runWhole(system);
    const recorded = await system.outcomes.read(system.operationId);
    expect(recorded?.outcome.state).toBe("succeeded");
    const [reply, ...more] = system.transport.held("inbox");
    expect(more).toEqual([]);
    expect(JSON.parse(reply?.body ?? "")).toMatchObject({ kind: "reply", recorded });
  });

  it("gives each command its input, opened, with the flow's constants, and nothing else", async () => {
    seen.length = 0;
    const system = runtimeUnderTest(whole);
    await runWhole(system);
    expect(seen[0]?.input).toEqual({ userId: expect.any(String), secret: "hush", mode: "fast" });
    expect(seen[0]?.writtenBy).toBe(`${system.operationId}/session.second`);
  });

  it("never lets a sealed field travel or rest in the clear", async () => {
    const system = runtimeUnderTest(whole);
    await runWhole(system);
    const everything = JSON.stringify([
      system.transport.held("session"),
      system.transport.held("inbox"),
      system.transport.published("events"),
      system.operations.dump(),
    ]);
    expect(everything).not.toContain("hush");
    expect(everything).not.toContain(Buffer.from("hush").toString("base64url"));
  });

  it("says the same thing twice when a message comes twice: ids, events, outcome and reply", async () => {
    const system = runtimeUnderTest(whole);
    await runWhole(system);
    await system.clock.advance(60_000);
    await runWhole(system);
    const published = system.transport.published("events").map((event) => event.body);
    expect(published).toHaveLength(2);
    expect(new Set(published).size).toBe(1);
    expect(new Set(system.transport.held("inbox").map((reply) => reply.body)).size).toBe(1);
    expect(system.operations.dump()).toHaveLength(1);
  });

  it("says of an event whom it is about, who asked and from where, as far as is known", async () => {
    const system = runtimeUnderTest(whole);
    const message = system.start({
      caller: { kind: "user", userId: "00000001-8b1f-8a6c-8d2e-3f4a5b6c7d8e" },
      client: { ip: "203.0.113.7", userAgent: "Firefox" },
    });
    await system.handle(system.asReceived(system.envelopes.command(message)));
    expect(system.transport.published("events").map(({ body }) => JSON.parse(body))).toEqual([
      expect.objectContaining({
        actorid: "00000001-8b1f-8a6c-8d2e-3f4a5b6c7d8e",
        clientip: "203.0.113.7",
        clientuseragent: "Firefox",
      }),
    ]);
  });

  it("keeps its trace through every hop, with a span for each", async () => {
    const system = runtimeUnderTest(whole);
    await runWhole(system);
    const { traceparent } = JSON.parse(system.transport.held("session")[0]?.body ?? "");
    expect(traceparent).toMatch(new RegExp(`^00-${"a".repeat(32)}-(?!${"b".repeat(16)})[0-9a-f]{16}-01$`));
  });

  it("tells its progress when asked, and only then", async () => {
    const system = runtimeUnderTest(whole);
    await system.handle(system.asReceived(system.envelopes.command(system.start({ progress: true }))));
    expect(JSON.parse(system.transport.held("inbox")[0]?.body ?? "")).toMatchObject({
      kind: "progress",
      step: "identity.first",
      position: 1,
      of: 2,
    });
  });

  it("takes a reply to an inbox that is gone as told", async () => {
    const system = runtimeUnderTest([handle(first, async () => problem("not_found"))]);
    const message = system.envelopes.command(system.start({ replyTo: "inbox-gone" }));
    expect(await system.handle(system.asReceived(message))).toEqual({ kind: "delete" });
    expect(await system.outcomes.read(system.operationId)).toBeDefined();
  });
});

describe("a command that does not simply go on", () => {
  it("ends the flow early with another result, sealed", async () => {
    const system = runtimeUnderTest([handle(first, async () => ended({ early: "yes", proof: "hush" }))]);
    await system.handle(system.asReceived(system.envelopes.command(system.start())));
    const recorded = await system.outcomes.read(system.operationId);
    expect(recorded?.outcome).toMatchObject({
      state: "succeeded",
      result: { early: "yes" },
      endedBy: first.name,
    });
    expect(JSON.stringify(recorded)).not.toContain("hush");
    expect(system.transport.held("session")).toEqual([]);
  });

  it("ends the flow with a problem", async () => {
    const system = runtimeUnderTest([handle(first, async () => problem("not_found", { reason: "x" }))]);
    await system.handle(system.asReceived(system.envelopes.command(system.start())));
    expect((await system.outcomes.read(system.operationId))?.outcome).toEqual({
      state: "failed",
      problem: { code: "not_found", reason: "x" },
    });
  });

  it("sends itself again from its cursor, as a writer of its own, until it is done", async () => {
    const writers: string[] = [];
    const counting = handle(first, async (run) => {
      writers.push(run.writtenBy);
      const at = Number(run.cursor ?? 0);
      return at < 2 ? again(at + 1) : done({ userId: "u", secret: "s" });
    });
    const system = runtimeUnderTest([counting]);
    await system.handle(system.asReceived(system.envelopes.command(system.start())));
    for (let chunk = 0; chunk < 2; chunk += 1) {
      const message = system.transport.held("identity").at(-1);
      if (message === undefined) throw new Error("not sent again");
      await system.handle(system.asReceived(message));
    }
    expect(writers).toEqual(["", "@1", "@2"].map((cursor) => `${system.operationId}/identity.first${cursor}`));
    expect(system.transport.held("identity")).toHaveLength(2);
    expect(JSON.parse(system.transport.held("session")[0]?.body ?? "")).not.toHaveProperty("cursor");
  });

  it("is not carried out after its time, and says so", async () => {
    let ran = false;
    const system = runtimeUnderTest([
      handle(first, async () => {
        ran = true;
        return problem("not_found");
      }),
    ]);
    const message = system.envelopes.command(system.start());
    await system.clock.advance(86_400_001);
    await system.handle(system.asReceived(message));
    expect(ran).toBe(false);
    expect((await system.outcomes.read(system.operationId))?.outcome).toMatchObject({
      problem: { code: "operation_expired" },
    });
  });

  it("is carried out however late when it has no deadline, and is told that its time is over", async () => {
    const told: (true | undefined)[] = [];
    const endless = handle({ ...first, hasNoDeadline: true }, async ({ isOverdue }) => {
      told.push(isOverdue);
      return done({ userId: "u", secret: "s" });
    });
    const steps = testFlow.steps.map((step) => (step.command === first ? { ...step, command: endless.command } : step));
    const system = runtimeUnderTest([endless], [{ ...testFlow, steps }]);
    const message = system.envelopes.command(system.start());
    await system.handle(system.asReceived(message));
    await system.clock.advance(86_400_001);
    await system.handle(system.asReceived(message));
    expect(told).toEqual([undefined, true]);
    expect(await system.outcomes.read(system.operationId)).toBeUndefined();
    expect(system.transport.held("session")).toHaveLength(2);
  });

  it("leaves an outcome that stands as it is when a copy comes after its time", async () => {
    const system = runtimeUnderTest(whole);
    await runWhole(system);
    const before = await system.outcomes.read(system.operationId);
    const late = system.envelopes.command(system.start({ notAfter: occurredAt }));
    await system.clock.advance(1);
    await system.handle(system.asReceived(late));
    expect(await system.outcomes.read(system.operationId)).toEqual(before);
  });
});

describe("a flow that nobody asks about", () => {
  const unrecorded = [{ ...testFlow, recorded: false }];

  it("runs its commands and tells its events, but keeps no outcome and replies to nobody", async () => {
    const system = runtimeUnderTest(whole, unrecorded);
    await runWhole(system);

    expect(system.transport.published("events")).toHaveLength(1);
    expect(system.operations.dump()).toEqual([]);
    expect(system.transport.held("inbox")).toEqual([]);
  });

  it.each([
    ["with a problem", handle(first, async () => problem("not_found"))],
    ["early", handle(first, async () => ended({ early: "yes", proof: "hush" }))],
  ])("ends %s without a trace", async (_, handler) => {
    const system = runtimeUnderTest([handler], unrecorded);
    const received = system.asReceived(system.envelopes.command(system.start()));

    expect(await system.handle(received)).toEqual({ kind: "delete" });
    expect([system.operations.dump(), system.transport.held("inbox"), system.transport.held("session")]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it("is not carried out after its time either", async () => {
    const system = runtimeUnderTest(whole, unrecorded);
    const message = system.envelopes.command(system.start());
    await system.clock.advance(86_400_001);

    expect(await system.handle(system.asReceived(message))).toEqual({ kind: "delete" });
    expect([system.operations.dump(), system.transport.held("session"), system.transport.held("inbox")]).toEqual([
      [],
      [],
      [],
    ]);
  });
});

describe("a message that cannot be carried out", () => {
  const system = runtimeUnderTest(whole);
  const good = system.envelopes.command(system.start());
  const strangers = envelopes(derivation(parseKeyring(`k1:${Buffer.alloc(32, 9).toString("base64url")}`)));
  const promote = (text: string): string => text.replace('"who":"me"', '"who":"root"');

  it.each([
    ["changed by one word", { ...good, body: promote(good.body) }, "mac_invalid"],
    ["without a MAC", { ...good, attributes: { type: "identity.first" } }, "mac_invalid"],
    ["made with another key of the same name", strangers.command(system.start()), "mac_invalid"],
    [
      "that is a reply in a command's queue",
      system.envelopes.inbox({
        kind: "progress",
        operationId: system.operationId,
        step: "x",
        position: 0,
        of: 1,
        traceparent: system.start().traceparent,
      }),
      "mac_invalid",
    ],
    ["that no schema knows", system.envelopes.command({ ...system.start(), extra: 1 } as never), "schema_invalid"],
    [
      "whose command stands elsewhere in the flow",
      system.envelopes.command(system.start({ position: 1 })),
      "step_mismatch",
    ],
    ["whose flow lacks what the command needs", system.envelopes.command(system.start({ input: {} })), "input_invalid"],
    [
      "whose sealed field is another operation's",
      system.envelopes.command(
        system.start({
          type: "session.second",
          position: 1,
          outputs: [{ userId: "u", secret: "e30.e30.e30.e30.e30" }],
        }),
      ),
      "seal_broken",
    ],
  ])("%s is a dead letter at once", async (_, message, reason) => {
    expect(await system.handle(system.asReceived(message))).toEqual({ kind: "dead-letter", reason });
  });

  it("of a flow, version or command of a newer deployment is tried again", async () => {
    for (const changes of [
      { flow: { name: "test", version: 2 } },
      { flow: { name: "other", version: 1 } },
      { position: 7 },
    ]) {
      const message = system.envelopes.command(system.start(changes));
      expect(await system.handle(system.asReceived(message))).toEqual({ kind: "retry", reason: "flow_unknown" });
    }
  });

  it("whose derivation key is not configured yet is tried again", async () => {
    const message = system.envelopes.command(system.start({ derivationKid: "k9" }));
    expect(await system.handle(system.asReceived(message))).toEqual({ kind: "retry", reason: "key_unknown" });
  });

  it("is held when a dependency is down, and tried again when anything else fails", async () => {
    const thrown = [new DependencyUnavailable("dynamodb", new Error("down")), new Error("a defect")];
    const failing = runtimeUnderTest([
      handle(first, async () => {
        throw thrown.shift() ?? new Error("thrown once too often");
      }),
    ]);
    const message = failing.asReceived(failing.envelopes.command(failing.start()));
    expect(await failing.handle(message)).toEqual({ kind: "hold", dependency: "dynamodb" });
    expect(await failing.handle(message)).toEqual({ kind: "retry", reason: "failed" });
    expect(failing.operations.dump()).toEqual([]);
  });

  it("publishes only what its command declares", async () => {
    const undeclared = runtimeUnderTest([
      handle(first, async () => done({ userId: "u", secret: "s" }, [{ type: "user.deleted", occurredAt, data: {} }])),
    ]);
    const message = undeclared.asReceived(undeclared.envelopes.command(undeclared.start()));
    expect(await undeclared.handle(message)).toEqual({ kind: "retry", reason: "failed" });
    expect(undeclared.transport.published("events")).toEqual([]);
    expect(undeclared.transport.held("session")).toEqual([]);
  });
});

describe("a delivery that fails", () => {
  async function logOf(failure: Error, more: object = {}) {
    const system = runtimeUnderTest([
      handle(first, async () => {
        throw failure;
      }),
    ]);
    const disposition = await system.handle(system.asReceived(system.envelopes.command(system.start())));
    expect(disposition).toEqual({ kind: "retry", reason: "failed", ...more });
    return system.logged;
  }

  it("is one error in the log, with what was thrown", async () => {
    const failure = new TypeError("what nobody thought of");
    expect(await logOf(failure)).toEqual([
      {
        level: "error",
        message: "command failed",
        fields: expect.objectContaining({ command: "identity.first", disposition: "retry", err: failure }),
      },
    ]);
  });

  it("is one warning when it was to be expected", async () => {
    const [warning, ...more] = await logOf(new NotNow("the other side is busy"));
    expect(more).toEqual([]);
    expect(warning).toMatchObject({
      level: "warn",
      message: "command not carried out",
      fields: { command: "identity.first", disposition: "retry", why: "the other side is busy" },
    });
    expect(warning?.fields).not.toHaveProperty("err");
  });

  it("is tried again at least until the moment that it names", async () => {
    const until = Date.UTC(2026, 0, 2);
    expect(await logOf(new NotNow("the mail server is away", { until }), { until })).toHaveLength(1);
  });
});
