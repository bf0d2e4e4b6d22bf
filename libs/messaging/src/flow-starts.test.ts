import { describe, expect, it } from "@jest/globals";
import { type CommandMessage, command, commandMessage, flow, sealed } from "@lanyard/contracts";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { z } from "zod";
import { type CommandRun, done, ended, handle, problem } from "./handler.ts";
import { isOperationOf, OPERATION_KEPT_MS, receivedAtOf } from "./operation-id.ts";
import { first, runtimeUnderTest, second, testFlow } from "./testing/test-flow.ts";

const derived = derivation(parseKeyring(`k1:${Buffer.alloc(32, 1).toString("base64url")}`));
const otherUser = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";

const third = command({
  name: "identity.third",
  worker: "identity",
  summary: "",
  input: z.object({ userId: z.string(), of: z.string(), secret: sealed(z.string()) }),
  output: z.object({ moved: z.boolean() }),
  events: [],
  problems: [],
});
const startedFlow = flow({ name: "started", version: 1, summary: "", input: third.input })
  .step(third)
  .answers(z.object({ moved: z.boolean() }), ({ moved }) => ({ moved }));
/** Begins the other one unless `who` is nobody. */
const starting = flow({ name: "test", version: 1, summary: "", input: z.object({ who: z.string() }) })
  .step(first)
  .step(second, { mode: "fast" })
  .starts(startedFlow, ({ userId, who, secret }) => (who === "nobody" ? undefined : { userId, of: who, secret }))
  .answers(z.object({ began: z.string().optional() }), ({ startedOperationId: began }) =>
    began === undefined ? {} : { began },
  );

const firstDone = handle(first, async (run) => done({ userId: run.deriveUuid("user"), secret: "hush" }));
const seen: CommandRun<unknown>[] = [];
const whole = [
  firstDone,
  handle(second, async () => done({ opened: true })),
  handle(third, async (run) => {
    seen.push(run);
    return done({ moved: true });
  }),
];
const systemOf = (handlers = whole) => runtimeUnderTest(handlers, [starting, startedFlow]);
type System = ReturnType<typeof runtimeUnderTest>;

/** Takes a command through both steps; gives how the last one ended. */
async function runWhole(system: System, changes: Partial<CommandMessage> = {}) {
  await system.handle(system.asReceived(system.envelopes.command(system.start(changes))));
  const forwarded = system.transport.held("session").at(-1);
  if (forwarded === undefined) throw new Error("nothing was forwarded");
  return system.handle(system.asReceived(forwarded));
}
const startedIn = (system: System): readonly CommandMessage[] =>
  system.transport.held("identity").map(({ body }) => commandMessage.parse(JSON.parse(body)));
const resultIn = async (system: System, operationId = system.operationId) => {
  const outcome = (await system.outcomes.read(operationId))?.outcome;
  return outcome?.state === "succeeded" ? outcome.result : outcome;
};

describe("a flow that begins another", () => {
  it("sends its first command and names its operation in the outcome", async () => {
    const system = systemOf();
    expect(await runWhole(system)).toEqual({ kind: "delete" });

    const [started, ...more] = startedIn(system);
    expect(more).toEqual([]);
    expect(started).toMatchObject({
      ...{ type: "identity.third", flow: { name: "started", version: 1 }, position: 0, outputs: [] },
      ...{ replyTo: null, progress: false, receivedAt: system.start().receivedAt },
    });
    expect(await resultIn(system)).toEqual({ began: started?.operationId });
  });

  it("begins it as the user whom it is about, whose operation it is", async () => {
    const system = systemOf();
    await runWhole(system);
    const [started] = startedIn(system);
    const { caller, operationId = "" } = started ?? {};

    expect(caller).toEqual({ kind: "user", userId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(isOperationOf(derived, operationId, caller ?? { kind: "none" })).toBe(true);
    expect(isOperationOf(derived, operationId, { kind: "none" })).toBe(false);
    expect(isOperationOf(derived, operationId, { kind: "user", userId: otherUser })).toBe(false);
    expect(receivedAtOf(operationId)).toBe(Date.parse(started?.receivedAt ?? ""));
  });

  it("begins the same one when its message comes again, and one of its own for each operation", async () => {
    const system = systemOf();
    const asked = system.start();
    await runWhole(system, asked);
    await system.clock.advance(60_000);
    await runWhole(system, asked);
    const [one, again, ...more] = startedIn(system);
    expect(more).toEqual([]);
    // What is sealed is sealed anew each time.
    expect({ ...again, input: {} }).toEqual({ ...one, input: {} });

    await runWhole(system, { operationId: `op_${"1".repeat(32)}${"A".repeat(22)}` });
    expect(new Set(startedIn(system).map(({ operationId }) => operationId)).size).toBe(2);
  });

  it("carries it out like any other, with its input opened, and its outcome is there to be read", async () => {
    seen.length = 0;
    const system = systemOf();
    await runWhole(system);
    const [message] = system.transport.held("identity");
    if (message === undefined) throw new Error("nothing was started");

    expect(await system.handle(system.asReceived(message))).toEqual({ kind: "delete" });
    const operationId = startedIn(system)[0]?.operationId ?? "";
    expect(seen).toMatchObject([{ operationId, input: { of: "me", secret: "hush" } }]);
    expect(await resultIn(system, operationId)).toEqual({ moved: true });
  });

  it("lets no sealed field travel in the clear", async () => {
    const system = systemOf();
    await runWhole(system);
    expect(startedIn(system)).toHaveLength(1);
    expect(JSON.stringify([system.transport.held("identity"), system.operations.dump()])).not.toContain("hush");
  });

  it("gives it its time from when this one ended at the latest", async () => {
    const system = systemOf();
    const notAfter = new Date(system.clock.now() + 1000).toISOString();
    await runWhole(system, { notAfter });

    expect(Date.parse(startedIn(system)[0]?.notAfter ?? "")).toBe(Date.parse(notAfter) + OPERATION_KEPT_MS);
  });

  it("has sent it before the outcome that names it stands: without the one there is not the other", async () => {
    const system = systemOf();
    const { send } = system.transport;
    system.transport.send = async (queue, message) => {
      if (queue === "identity") throw new Error("not sent");
      return send(queue, message);
    };
    expect(await runWhole(system)).toMatchObject({ kind: "retry" });
    expect(system.operations.dump()).toEqual([]);

    system.transport.send = send;
    expect(await runWhole(system)).toEqual({ kind: "delete" });
    expect(await resultIn(system)).toEqual({ began: startedIn(system)[0]?.operationId });
  });
});

describe("a flow that could begin another", () => {
  it("begins nothing when there is nothing to begin", async () => {
    const system = systemOf();
    await runWhole(system, { input: { who: "nobody" } });

    expect(startedIn(system)).toEqual([]);
    expect(await resultIn(system)).toEqual({});
  });

  it.each([
    ["is refused", handle(second, async () => problem("not_found") as never)],
    ["ends early", handle(first, async () => ended({ early: "yes", proof: "hush" }))],
  ])("begins nothing when it %s", async (_, handler) => {
    const others = whole.filter(({ command: { name } }) => name !== handler.command.name);
    const system = systemOf([handler, ...others]);
    await system.handle(system.asReceived(system.envelopes.command(system.start())));
    for (const message of system.transport.held("session")) await system.handle(system.asReceived(message));

    expect(startedIn(system)).toEqual([]);
    expect(system.operations.dump()).toHaveLength(1);
  });

  it("begins nothing after its time", async () => {
    const system = systemOf();
    await system.handle(system.asReceived(system.envelopes.command(system.start())));
    await system.clock.advance(86_400_001);
    for (const message of system.transport.held("session")) await system.handle(system.asReceived(message));

    expect(startedIn(system)).toEqual([]);
    expect(await resultIn(system)).toMatchObject({ problem: { code: "operation_expired" } });
  });

  it("cannot be defined while nobody is known who would begin it", () => {
    const builder = flow({ name: "nobodys", version: 1, summary: "", input: z.object({ who: z.string() }) });
    expect(() => builder.starts(testFlow, () => undefined)).toThrow("nobody is known who could begin test");
  });
});
