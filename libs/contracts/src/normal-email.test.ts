import { describe, expect, it } from "@jest/globals";
import { normalEmail } from "./normal-email.ts";

describe("the normal form of an address", () => {
  it.each([
    ["Ada@Example.COM", "ada@example.com"],
    [" ada@example.com ", "ada@example.com"],
    ["ada+x.y@example.com", "ada+x.y@example.com"],
    ["ada@bücher.example", "ada@xn--bcher-kva.example"],
    ["ADA@BÜCHER.example", "ada@xn--bcher-kva.example"],
    ["ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"],
    ["\u212Aate@example.com", "kate@example.com"], // Kelvin sign
    ["\uFB01ne@example.com", "fine@example.com"], // ligature fi
    ["ada@\uFF45xample.com", "ada@example.com"], // fullwidth e
  ])("of %s is %s, and its own normal form", (given, normal) => {
    expect(normalEmail(given)).toBe(normal);
    expect(normalEmail(normal)).toBe(normal);
  });

  it.each([
    "",
    "ada",
    "@example.com",
    "ada@",
    "ada@localhost",
    "a@b@example.com",
    "ada@exa mple.com",
    "ada@example.com/x",
    "ada@example.com?x",
    "ada@example.com:25",
    "ada@[127.0.0.1]",
    "ada@127.0.0.1",
    "ada\r\nBcc: eve@example.com@example.com",
    `ada@${"x".repeat(250)}.com`,
  ])("is none for %j", (given) => {
    expect(normalEmail(given)).toBeUndefined();
  });
});
