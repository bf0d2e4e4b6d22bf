import { describe, expect, it } from "@jest/globals";
import { workers } from "@lanyard/contracts";
import { type FinalState, runWithCrash } from "../support/crashing-system.ts";

const whole = await runWithCrash();
const nameOf = ({ call, side }: { call: string; side: string }): string => `${side} ${call}`;
const points = [...new Map(whole.points.map((point) => [nameOf(point), point])).values()];

describe("an operation that nothing disturbs", () => {
  it("ends with one user, one session, one outcome, its events, and the client told", () => {
    expect(whole.keysOf("identity")).toHaveLength(1);
    expect(whole.keysOf("session")).toHaveLength(1);
    expect(whole.keysOf("operations")).toEqual([`operation#${whole.operationId} outcome`]);
    expect(
      [...whole.events.values()].map((bodies) => [...bodies].map((body) => JSON.parse(body).type as string)),
    ).toEqual([["user.created"], ["session.opened"]]);
    expect(whole.recorded?.outcome.state).toBe("succeeded");
    expect(whole.told).toEqual(whole.recorded);
  });

  it("makes every kind of external call that a crash can come before or after", () => {
    const made = new Set(points.map(({ call }) => call.replace(/ #\d+$/, "")));
    for (const worker of workers) {
      expect(made).toContain(`${worker}: transport.receive(${worker})`);
      expect(made).toContain(`${worker}: transport.delete(${worker})`);
    }
    for (const call of [
      "gateway: transport.createQueue(inbox)",
      "gateway: items.putIfAbsent(gateway)",
      "gateway: transport.send(identity)",
      "identity: items.putIfAbsent(identity)",
      "identity: transport.publish(events)",
      "identity: transport.send(session)",
      "session: items.putIfAbsent(session)",
      "session: transport.publish(events)",
      "session: transport.send(token)",
      "token: items.putIfAbsent(token)",
      "token: items.putIfAbsent(operations)",
      "token: transport.send(inbox)",
      "gateway: transport.receive(inbox)",
      "gateway: transport.delete(inbox)",
    ]) {
      expect(made).toContain(call);
    }
  });
});

/** Whatever was begun has ended once, and as if nothing had happened. */
function expectWhole(state: FinalState): void {
  expect(state.left).toBe(0);
  expect(state.deadLetters).toBe(0);
  expect(state.keysOf("identity")).toEqual(whole.keysOf("identity"));
  expect(state.keysOf("session")).toEqual(whole.keysOf("session"));
  expect(state.keysOf("operations")).toEqual(whole.keysOf("operations"));
  expect(state.recorded?.outcome.state).toBe("succeeded");
  expect([...state.events.keys()].sort()).toEqual([...whole.events.keys()].sort());
  for (const bodies of state.events.values()) expect(bodies.size).toBe(1);
  expect(state.replies.size).toBe(1);
}

describe("a process stopped dead and started again", () => {
  it.each(points.map((point) => [nameOf(point), point] as const))(
    "%s: the operation ends as if nothing had happened",
    async (_, point) => {
      const state = await runWithCrash(point);
      expect(state.crashed).toBe(point.call.split(":")[0]);
      if (state.crashed !== "gateway") {
        expectWhole(state);
        expect(state.told).toEqual(state.recorded);
        return;
      }
      // A client without its gateway was told nothing; what the gateway had sent ends all the same, what it had not is nowhere.
      if (state.recorded !== undefined) expectWhole(state);
      else {
        for (const table of ["identity", "session", "operations"]) expect(state.keysOf(table)).toEqual([]);
        expect(state.events.size).toBe(0);
        expect(state.told).toBeUndefined();
      }
    },
  );
});
