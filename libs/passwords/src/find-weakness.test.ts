import { describe, expect, it } from "@jest/globals";
import { findWeakness, isShortPassword } from "./find-weakness.ts";

const email = "ada.lovelace@example.com";
const alone = { email, hasSecondFactor: false };
const beside = { email, hasSecondFactor: true };
const reasonOf = (password: string, of: Parameters<typeof findWeakness>[1] = alone) =>
  findWeakness(password, of)?.reason;

describe("a password that somebody chooses", () => {
  it.each([
    ["words and spaces", "correct horse battery"],
    ["small letters alone, as no kinds of characters are asked for", "nocomorantshere"],
    ["Greek", "αλφαβητο και κατι"],
    ["Chinese", "正确的马电池订书钉和十五个字符"],
    ["pictures, each one character", "🐴🔋📎✅🌙🚲🍋🎻🧦🦉🪁🫖🧭🎈🪴"],
    ["marks that combine with letters", "Ünïcødé pässwörd"],
    ["control characters", "fifteen\u0000chars\u0007\n\t"],
    ["128 characters", [..."𝒳y, a letter and another; ".repeat(5)].slice(0, 128).join("")],
  ])("may be %s", (_, password) => {
    expect(findWeakness(password, alone)).toBeUndefined();
  });

  it.each([
    ["fifteen characters alone", 15, alone],
    ["eight beside a second factor", 8, beside],
  ])("has at least %s, counted by character", (_, minLength, of) => {
    const others = [..."kw7öb2p"];
    for (const each of ["é", "🐴", "ж", "x"]) {
      const characters = Array.from({ length: minLength }, (_, index) => (index % 2 === 0 ? each : others[index >> 1]));
      expect(findWeakness(characters.slice(1).join(""), of)).toEqual({ reason: "too_short", minLength });
      expect(reasonOf(characters.join(""), of)).toBeUndefined();
    }
  });

  it("is no longer for being typed in another form", () => {
    const letters = "e\u0301".repeat(14);
    expect(letters).toHaveLength(28);
    expect(reasonOf(letters)).toBe("too_short");
    // One ligature whose normal form has eighteen characters.
    expect("\uFDFA".normalize("NFKC")).toHaveLength(18);
    expect(reasonOf("\uFDFA")).toBe("too_short");
  });

  it("has at most 128 characters", () => {
    expect(reasonOf("🐴".repeat(129))).toBe("too_long");
    expect(reasonOf("x".repeat(129), beside)).toBe("too_long");
    expect(reasonOf("\uFDFA".repeat(16))).toBe("too_long");
  });

  it("is text", () => {
    expect(reasonOf(`half a pair of surrogates \ud83d`)).toBe("not_text");
    expect(reasonOf("\udc34")).toBe("not_text");
  });

  it.each(["passwordpassword", "PASSWORDpassword", "1qaz2wsx3edc4rfv", "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ"])(
    "is not one of those that everybody chooses: %s",
    (password) => {
      expect(reasonOf(password)).toBe("common");
    },
  );

  it.each(["m".repeat(15), "abcabcabcabcabc", "qwertyuiopasdfg", "password1234567", "ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏ"])(
    "does not follow from little more than nothing: %s",
    (password) => {
      expect(reasonOf(password)).toBe("common");
    },
  );

  it("is not one of them beside a second factor either", () => {
    for (const password of ["password", "Trustno1", "iloveyou", "12345678", "monkey12", "abcd4321"]) {
      expect(reasonOf(password, beside)).toBe("common");
    }
  });

  it.each([
    ["the address", "my ada.lovelace@example.com!"],
    ["the address in other letters", "MY ADA.LOVELACE@EXAMPLE.COM!"],
    ["its name", "hello Ada.Lovelace 1815"],
    ["its name in wide letters", "hello ａｄａ．ｌｏｖｅｌａｃｅ 1815"],
  ])("does not hold %s", (_, password) => {
    expect(reasonOf(password)).toBe("holds_address");
  });

  it("may hold a name that is too short to tell anything", () => {
    expect(reasonOf("hello ada of 1815!", { email: "ada@example.com", hasSecondFactor: false })).toBeUndefined();
    expect(reasonOf("hello ada@example.com", { email: "ada@example.com", hasSecondFactor: false })).toBe(
      "holds_address",
    );
  });

  it("is compared with no address where none is known", () => {
    expect(reasonOf("my ada.lovelace@example.com!", { hasSecondFactor: false })).toBeUndefined();
  });
});

describe("a short password", () => {
  it("is one that cannot stand alone", () => {
    expect([14, 15].map((length) => isShortPassword("🐴".repeat(length)))).toEqual([true, false]);
    expect(isShortPassword("\uFDFA")).toBe(true);
  });
});
