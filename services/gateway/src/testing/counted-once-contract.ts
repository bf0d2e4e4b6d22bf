import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { silentLog } from "@lanyard/messaging";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { memoryItemStore } from "@lanyard/storage";
import type { Response } from "express";
import { bindings } from "../idempotency/bindings.ts";
import { boundOperation } from "../idempotency/bound-operation.ts";
import { admit } from "../limits/admission.ts";
import { defaultLimits } from "../limits/limit-settings.ts";
import { rateLimits, type Taken } from "../limits/rate-limits.ts";
import type { CountersUnderTest } from "./rate-limits-contract.ts";

const QUOTA = 5;
const settings = { ...defaultLimits, anonymous: { quota: QUOTA, windowSeconds: 600 } };
const keys = derivation(parseKeyring(`k1:${Buffer.alloc(32, 1).toString("base64url")}`));
const noon = Date.parse("2026-11-21T12:00:00.000Z");

/** That one `Idempotency-Key` takes one place, whatever counts; `open` gives counters as one more gateway has them. */
export function countedOnceContract(name: string, open: () => CountersUnderTest): void {
  describe(`requests with one key that come at once, counted by ${name}`, () => {
    let ip: string;
    let store: ReturnType<typeof memoryItemStore>;
    let asked: number;
    beforeEach(() => {
      // A client of its own for each test: a table may keep what others counted.
      ip = `2001:db8:${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}::1`;
      store = memoryItemStore();
      asked = 0;
    });
    const openGateway = () => {
      const limits = rateLimits({ ...open(), settings });
      const taken: Taken[] = [];
      const noting = {
        ...limits,
        take: async (...of: Parameters<typeof limits.take>) => {
          const one = await limits.take(...of);
          // Nobody goes on before all that came at once are counted.
          await new Promise((resolve) => setImmediate(resolve));
          taken.push(one);
          return one;
        },
      };
      const deps = { rateLimits: noting, derivation: keys, log: silentLog };
      const response = { set: () => response, locals: {} } as unknown as Response;
      const counts = () => admit(deps, ["anonymous"], { ip, address: undefined }, response);
      const bound = bindings(store, keys);
      return {
        taken,
        counts,
        ask(key: string) {
          asked += 1;
          return boundOperation(
            { bindings: bound, outcomes: { read: async () => undefined }, admit: counts },
            {
              key,
              caller: { kind: "none" },
              request: ["POST", "/api/v2/auth/anonymous", "{}"],
              operationId: `op_${String(asked).padStart(32, "0")}${"A".repeat(22)}`,
              // The copies are as late as resends are: what they stand for is told, not that it is under way.
              receivedAt: noon + asked * 3000,
              client: { ip },
              traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
            },
          );
        },
      };
    };
    const settled = (all: readonly Promise<unknown>[]) => Promise.allSettled(all);
    const whatRemains = async (): Promise<number> => {
      const fresh = openGateway();
      await fresh.counts();
      return (fresh.taken[0]?.remaining ?? Number.NaN) + 1;
    };

    it("take one place in one gateway, and none is refused", async () => {
      const one = openGateway();
      const key = randomUUID();
      const answers = await settled(Array.from({ length: 20 }, () => one.ask(key)));

      expect(answers.filter(({ status }) => status === "rejected")).toEqual([]);
      expect(one.taken).toHaveLength(1);
      expect(await whatRemains()).toBe(QUOTA - 1);
      expect((await one.counts()).kind).toBe("admitted");
    });

    it("take one place at two gateways", async () => {
      const [one, other] = [openGateway(), openGateway()];
      const key = randomUUID();
      const answers = await settled([one, other].flatMap((each) => Array.from({ length: 20 }, () => each.ask(key))));

      expect(answers.filter(({ status }) => status === "rejected")).toEqual([]);
      expect(await whatRemains()).toBe(QUOTA - 1);
    });

    it("take one place at more gateways than there are places", async () => {
      const all = Array.from({ length: 4 * QUOTA }, openGateway);
      const key = randomUUID();
      await settled(all.map((each) => each.ask(key)));

      expect(await whatRemains()).toBe(QUOTA - 1);
    });

    it("leave every place they did not take to others: exactly as many as are left get in", async () => {
      const [one, other] = [openGateway(), openGateway()];
      const key = randomUUID();
      await settled([one, other].flatMap((each) => Array.from({ length: 20 }, () => each.ask(key))));
      const others = await Promise.all(Array.from({ length: 20 }, () => other.counts()));

      expect(others.filter(({ kind }) => kind === "admitted")).toHaveLength(QUOTA - 1);
    });
  });
}
