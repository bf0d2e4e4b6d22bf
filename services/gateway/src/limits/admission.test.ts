import { describe, expect, it } from "@jest/globals";
import { routes } from "@lanyard/contracts";
import { silentLog } from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { derivation, parseKeyring } from "@lanyard/secrets";
import type { Response } from "express";
import { admit } from "./admission.ts";
import { defaultLimits } from "./limit-settings.ts";
import { rateLimits } from "./rate-limits.ts";
import { memoryWindowCounters } from "./window-counters.memory.ts";

const address = "ada@example.com";
const MINUTE_MS = 60_000;

/** Who asks for mails to one address, with the limits as they are by default. */
function asking() {
  const clock = virtualClock();
  const deps = {
    rateLimits: rateLimits({ counters: memoryWindowCounters(clock.now), settings: defaultLimits, now: clock.now }),
    derivation: derivation(parseKeyring(`k1:${Buffer.alloc(32, 1).toString("base64url")}`)),
    log: silentLog,
  };
  const response = { set: () => response, locals: {} } as unknown as Response;
  const ask = async (ip: string): Promise<string> =>
    (await admit(deps, routes.requestEmailCode.limits, { ip, address }, response)).kind;
  return { clock, ask };
}

describe("the mails of an address", () => {
  it.each([
    ["one client", () => "203.0.113.1"],
    ["one IPv4 /24", (host: number) => `203.0.113.${host}`],
    ["one IPv6 /48", (host: number) => `2001:db8:1:${host}::1`],
  ])("cannot be used up for its owner by %s, that asks all day long", async (_, stranger) => {
    const { clock, ask } = asking();
    const told: string[] = [];
    for (let minutes = 0; minutes < 24 * 60; minutes += 5) {
      for (let host = 1; host <= 25; host += 1) await ask(stranger(host));
      if (minutes % 60 === 55) told.push(await ask("198.51.100.1"));
      await clock.advance(5 * MINUTE_MS);
    }

    expect(told).toEqual(Array(24).fill("admitted"));
  });

  it("are never more than the limit of an address, however many networks ask", async () => {
    const { ask } = asking();
    const told: string[] = [];
    for (let network = 0; network < 40; network += 1) told.push(await ask(`203.0.${network}.1`));

    expect(told.filter((kind) => kind === "admitted")).toHaveLength(defaultLimits.mailPerAddress.quota);
  });
});
