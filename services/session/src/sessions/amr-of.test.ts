import { describe, expect, it } from "@jest/globals";
import { amrOf, withSecondFactor } from "./amr-of.ts";

describe("what a sign-in has proven", () => {
  it.each([
    ["anonymous", undefined, []],
    ["magic_link", undefined, ["email"]],
    ["email_otp", undefined, ["otp"]],
    ["password", undefined, ["pwd"]],
    ["password", "totp", ["pwd", "otp", "mfa"]],
    ["password", "backup_code", ["pwd", "backup_code", "mfa"]],
    ["magic_link", "totp", ["email", "otp", "mfa"]],
    ["email_otp", "totp", ["otp", "mfa"]],
  ] as const)("by %s and %s is %j", (method, secondFactor, amr) => {
    expect(amrOf(method, secondFactor)).toEqual(amr);
  });

  it("has each word once, however often the second factor is proven", () => {
    expect(withSecondFactor(withSecondFactor(["pwd"], "totp"), "totp")).toEqual(["pwd", "otp", "mfa"]);
    expect(withSecondFactor(amrOf("password", "totp"), "backup_code")).toEqual(["pwd", "otp", "mfa", "backup_code"]);
  });
});
