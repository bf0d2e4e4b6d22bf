import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { memoryItemStore } from "@lanyard/storage";
import { ProblemError } from "../http/problem.ts";
import type { Admission } from "../limits/admission.ts";
import { type BindingRequest, bindings } from "./bindings.ts";
import { boundOperation } from "./bound-operation.ts";

const keys = derivation(parseKeyring(`k1:${Buffer.alloc(32, 1).toString("base64url")}`));
const noon = Date.parse("2026-11-21T12:00:00.000Z");
const request = (count: number, receivedAt = noon): BindingRequest => ({
  key: "2b6f1f3e-8c1d-4f0a-9a51-6d3f0c7e9b42",
  caller: { kind: "none" },
  request: ["POST", "/api/v2/auth/anonymous", "{}"],
  operationId: `op_${String(count).padStart(32, "0")}${"A".repeat(22)}`,
  receivedAt,
  client: { ip: "192.0.2.1" },
  traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
});
const outcomes = { read: async () => undefined };
const refused: Admission = { kind: "refused", problem: new ProblemError("rate_limited") };

/** A place that tells whether it was given back, and lets something happen while it is taken. */
function counting(meanwhile: () => Promise<unknown> = async () => undefined) {
  const seen = { taken: 0, givenBack: 0 };
  const admit = async (): Promise<Admission> => {
    seen.taken += 1;
    await meanwhile();
    return { kind: "admitted", giveBack: async () => void (seen.givenBack += 1) };
  };
  return { seen, admit };
}
const LATER = noon + 3000;

describe("a request with a key that is counted", () => {
  it("keeps its place when it binds the key", async () => {
    const bound = bindings(memoryItemStore(), keys);
    const { seen, admit } = counting();
    const { operationId } = await boundOperation({ bindings: bound, outcomes, admit }, request(1));

    expect(operationId).toBe(request(1).operationId);
    expect(seen).toEqual({ taken: 1, givenBack: 0 });
  });

  it("gives it back when another has bound the key meanwhile", async () => {
    const bound = bindings(memoryItemStore(), keys);
    const { seen, admit } = counting(() => bound.bind(request(1)));
    const { operationId } = await boundOperation({ bindings: bound, outcomes, admit }, request(2, LATER));

    expect(operationId).toBe(request(1).operationId);
    expect(seen).toEqual({ taken: 1, givenBack: 1 });
  });

  it("gives it back when nothing could be bound", async () => {
    const bound = bindings(memoryItemStore(), keys);
    const down = { ...bound, bind: () => Promise.reject(new DependencyUnavailable("dynamodb", new Error("down"))) };
    const { seen, admit } = counting();

    await expect(boundOperation({ bindings: down, outcomes, admit }, request(1))).rejects.toThrow(
      DependencyUnavailable,
    );
    expect(seen).toEqual({ taken: 1, givenBack: 1 });
  });

  it("binds nothing when it is over a limit", async () => {
    const table = memoryItemStore();
    const deps = { bindings: bindings(table, keys), outcomes, admit: async () => refused };

    await expect(boundOperation(deps, request(1))).rejects.toMatchObject({ code: "rate_limited" });
    expect(table.dump()).toEqual([]);
  });

  it("is not refused for the place that its own first copy took", async () => {
    const bound = bindings(memoryItemStore(), keys);
    const admit = async (): Promise<Admission> => {
      await bound.bind(request(1));
      return refused;
    };
    const { operationId } = await boundOperation({ bindings: bound, outcomes, admit }, request(2, LATER));

    expect(operationId).toBe(request(1).operationId);
  });

  it("takes no place when it is a replay", async () => {
    const bound = bindings(memoryItemStore(), keys);
    await bound.bind(request(1));
    const { seen, admit } = counting();
    await boundOperation({ bindings: bound, outcomes, admit }, request(2, LATER));

    expect(seen.taken).toBe(0);
  });
});
