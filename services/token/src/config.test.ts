import { describe, expect, it } from "@jest/globals";
import { readConfig } from "@lanyard/service";
import { tokenConfig } from "./config.ts";

const key = `k1:${Buffer.alloc(32, 1).toString("base64url")}`;
const given = { LANYARD_SEALING_KEYS: key, LANYARD_DERIVATION_KEYS: key, LANYARD_MODE: "development" };

describe("fixed codes", () => {
  it("are read by address in its normal form", () => {
    const config = readConfig(tokenConfig, {
      ...given,
      LANYARD_FIXED_CODES: " Ada@Example.com=123456, bob@example.com=000000",
    });

    expect([...config.LANYARD_FIXED_CODES]).toEqual([
      ["ada@example.com", "123456"],
      ["bob@example.com", "000000"],
    ]);
  });

  it.each(["ada@example.com", "ada@example.com=12345", "ada=123456", "ada@example.com=abcdef"])(
    "are not %s",
    (text) => {
      expect(() => readConfig(tokenConfig, { ...given, LANYARD_FIXED_CODES: text })).toThrow(
        /LANYARD_FIXED_CODES: must be/,
      );
    },
  );

  it("are refused in production, beside everything else that is wrong", () => {
    const mistakes = () => readConfig(tokenConfig, { LANYARD_FIXED_CODES: "ada@example.com=123456" });

    expect(mistakes).toThrow(/LANYARD_FIXED_CODES: needs LANYARD_MODE=development/);
    expect(mistakes).toThrow(/LANYARD_SEALING_KEYS/);
    expect(mistakes).toThrow(/LANYARD_PUBLIC_URL/);
  });

  it("are none by default", () => {
    const config = readConfig(tokenConfig, {
      ...given,
      LANYARD_MODE: "production",
      LANYARD_PUBLIC_URL: "https://a.example",
    });

    expect(config.LANYARD_FIXED_CODES.size).toBe(0);
  });
});
