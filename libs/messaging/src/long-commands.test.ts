import { describe, expect, it } from "@jest/globals";
import { again, done, type Handler, handle } from "./handler.ts";
import { first, runtimeUnderTest } from "./testing/test-flow.ts";

const occurredAt = "2026-01-01T00:00:00.000Z";
const toldOf = (part: number) => [{ type: "first.done", occurredAt, data: { part } }];
/** A command in three parts; each tells of itself. */
const inParts = (progress?: (part: number) => Record<string, number>): Handler =>
  handle(first, async (run) => {
    const part = Number(run.cursor ?? 0);
    return part < 2
      ? again(part + 1, toldOf(part), progress?.(part))
      : done({ userId: "u", secret: "hush" }, toldOf(part));
  });
type System = ReturnType<typeof runtimeUnderTest>;
const runFirst = (system: System, progress = true) =>
  system.handle(system.asReceived(system.envelopes.command(system.start({ progress }))));
const inboxOf = (system: System) => system.transport.held("inbox").map(({ body }) => JSON.parse(body));

describe("a command that is carried out in parts", () => {
  it("tells whoever waits after each part how far it is, at its own place in the flow", async () => {
    const system = runtimeUnderTest([inParts((part) => ({ moved: (part + 1) * 25 }))]);
    await runFirst(system);
    const message = system.transport.held("identity").at(-1);
    if (message === undefined) throw new Error("not sent again");
    await system.handle(system.asReceived(message));

    const step = { kind: "progress", operationId: system.operationId, step: "identity.first", position: 0, of: 2 };
    expect(inboxOf(system)).toMatchObject([
      { ...step, detail: { moved: 25 } },
      { ...step, detail: { moved: 50 } },
    ]);
  });

  it("tells nothing of it when nobody has asked, or it says nothing", async () => {
    const unasked = runtimeUnderTest([inParts(() => ({ moved: 1 }))]);
    await runFirst(unasked, false);
    const silent = runtimeUnderTest([inParts()]);
    await runFirst(silent);

    expect([unasked.transport.held("identity"), silent.transport.held("identity")].map(({ length }) => length)).toEqual(
      [1, 1],
    );
    expect([...inboxOf(unasked), ...inboxOf(silent)]).toEqual([]);
  });

  it("says of the next step only that it is reached", async () => {
    const system = runtimeUnderTest([handle(first, async () => done({ userId: "u", secret: "s" }))]);
    await runFirst(system);

    expect(inboxOf(system)).toMatchObject([{ kind: "progress", position: 1, of: 2 }]);
    expect(inboxOf(system)[0]).not.toHaveProperty("detail");
  });

  it("goes on only after a part's events are told: what finds it superseded has nothing to say", async () => {
    const system = runtimeUnderTest([inParts()]);
    const { publish } = system.transport;
    system.transport.publish = async () => {
      throw new Error("not published");
    };
    expect(await runFirst(system)).toMatchObject({ kind: "retry" });
    expect(system.transport.held("identity")).toEqual([]);

    system.transport.publish = publish;
    expect(await runFirst(system)).toEqual({ kind: "delete" });
    expect(system.transport.published("events")).toHaveLength(1);
    expect(system.transport.held("identity")).toHaveLength(1);
  });
});
