import { describe, expect, it } from "@jest/globals";
import { ConfigMistakes, readConfig } from "@lanyard/service";
import { sessionConfig } from "./config.ts";

const key = `k1:${Buffer.alloc(32, 1).toString("base64url")}`;
const least = { LANYARD_SEALING_KEYS: key, LANYARD_DERIVATION_KEYS: key };
const mistakesOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(sessionConfig, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigMistakes) return error.mistakes;
    throw error;
  }
};
const TOO_LONG = "LANYARD_ACCOUNT_IDLE_SECONDS: must be at most LANYARD_ACCOUNT_MAX_SECONDS";

describe("the configuration of a session worker", () => {
  it("lets sessions live thirty days without use, and an account's ninety at most", () => {
    expect(readConfig(sessionConfig, least)).toMatchObject({
      LANYARD_ANONYMOUS_IDLE_SECONDS: 2_592_000,
      LANYARD_ACCOUNT_IDLE_SECONDS: 2_592_000,
      LANYARD_ACCOUNT_MAX_SECONDS: 7_776_000,
    });
  });

  it("lets an account have ten at once, or any whole number from one to a thousand", () => {
    expect(readConfig(sessionConfig, least).LANYARD_SESSION_LIMIT).toBe(10);
    for (const limit of ["1", "1000"]) expect(mistakesOf({ ...least, LANYARD_SESSION_LIMIT: limit })).toEqual([]);
    for (const [given, mistake] of [
      ["0", "must be at least 1"],
      ["1001", "must be at most 1000"],
      ["2.5", "must be a whole number"],
      ["ten", "must be a number"],
    ] as const) {
      expect(mistakesOf({ ...least, LANYARD_SESSION_LIMIT: given })).toEqual([`LANYARD_SESSION_LIMIT: ${mistake}`]);
    }
  });

  it("takes a second for each", () => {
    expect(
      mistakesOf({
        ...least,
        LANYARD_ANONYMOUS_IDLE_SECONDS: "1",
        LANYARD_ACCOUNT_IDLE_SECONDS: "1",
        LANYARD_ACCOUNT_MAX_SECONDS: "1",
      }),
    ).toEqual([]);
  });

  it.each(["LANYARD_ANONYMOUS_IDLE_SECONDS", "LANYARD_ACCOUNT_IDLE_SECONDS", "LANYARD_ACCOUNT_MAX_SECONDS"])(
    "takes no less than a second: %s",
    (name) => {
      expect(mistakesOf({ ...least, [name]: "0" })).toContain(`${name}: must be at least 1`);
    },
  );

  it("lets no session live longer unused than it may live at all", () => {
    expect(mistakesOf({ ...least, LANYARD_ACCOUNT_IDLE_SECONDS: "11", LANYARD_ACCOUNT_MAX_SECONDS: "10" })).toEqual([
      TOO_LONG,
    ]);
    expect(mistakesOf({ ...least, LANYARD_ACCOUNT_MAX_SECONDS: "10" })).toEqual([TOO_LONG]);
    expect(mistakesOf({ ...least, LANYARD_ACCOUNT_IDLE_SECONDS: "10", LANYARD_ACCOUNT_MAX_SECONDS: "10" })).toEqual([]);
  });

  it("names every mistake at once", () => {
    const mistakes = mistakesOf({
      LANYARD_SEALING_KEYS: key,
      LANYARD_ANONYMOUS_IDLE_SECONDS: "x",
      LANYARD_ACCOUNT_MAX_SECONDS: "10",
    });

    expect([...mistakes].sort()).toEqual([
      TOO_LONG,
      "LANYARD_ANONYMOUS_IDLE_SECONDS: must be a number",
      "LANYARD_DERIVATION_KEYS: is required",
    ]);
  });
});
