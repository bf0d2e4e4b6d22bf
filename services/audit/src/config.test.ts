import { describe, expect, it } from "@jest/globals";
import { readConfig } from "@lanyard/service";
import { auditConfig } from "./config.ts";

const key = `k1:${Buffer.alloc(32, 5).toString("base64url")}`;
const read = (given: object) =>
  readConfig(auditConfig, { LANYARD_SEALING_KEYS: key, LANYARD_DERIVATION_KEYS: key, ...given });

describe("the time that events are kept", () => {
  it("has no end unless it is given one", () => {
    expect(read({}).LANYARD_AUDIT_RETENTION_DAYS).toBeUndefined();
    expect(read({ LANYARD_AUDIT_RETENTION_DAYS: "" }).LANYARD_AUDIT_RETENTION_DAYS).toBeUndefined();
    expect(read({ LANYARD_AUDIT_RETENTION_DAYS: "400" }).LANYARD_AUDIT_RETENTION_DAYS).toBe(400);
  });

  it.each(["0", "-1", "1.5", "ever", "36501"])("is a whole number of days: not %s", (days) => {
    expect(() => read({ LANYARD_AUDIT_RETENTION_DAYS: days })).toThrow(/LANYARD_AUDIT_RETENTION_DAYS: must be/);
  });
});
