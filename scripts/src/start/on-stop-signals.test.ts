import { EventEmitter } from "node:events";
import { describe, expect, it, jest } from "@jest/globals";
import { onStopSignals } from "./on-stop-signals.ts";

const listening = () => {
  const signals = new EventEmitter();
  const clock = { now: 0 };
  const stop = jest.fn();
  const kill = jest.fn();
  onStopSignals(signals, { stop, kill, now: () => clock.now });
  return { signals, clock, stop, kill };
};

describe("a stop signal", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"])("stops: %s", (signal) => {
    const { signals, stop, kill } = listening();
    signals.emit(signal);
    expect([stop.mock.calls.length, kill.mock.calls.length]).toEqual([1, 0]);
  });

  it("kills when it is the second", () => {
    const { signals, clock, stop, kill } = listening();
    signals.emit("SIGINT");
    clock.now = 501;
    signals.emit("SIGINT");
    expect([stop.mock.calls.length, kill.mock.calls.length]).toEqual([1, 1]);
  });

  it("does not kill when npm passes the same Ctrl-C on", () => {
    const { signals, clock, stop, kill } = listening();
    signals.emit("SIGINT");
    clock.now = 20;
    signals.emit("SIGINT");
    expect([stop.mock.calls.length, kill.mock.calls.length]).toEqual([1, 0]);
  });
});
