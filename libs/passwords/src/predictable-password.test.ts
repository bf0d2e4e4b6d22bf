import { describe, expect, it } from "@jest/globals";
import { isPredictable } from "./predictable-password.ts";

describe("a password that is predictable", () => {
  it.each([
    ["one character", ["aaaaaaaaaaaaaaa", "000000000000000", "🐴".repeat(15), "                "]],
    ["a few characters over and over", ["abcabcabcabcabc", "123412341234123", "xk7xk7xk7xk7xk7", "🐴🔋🐴🔋🐴🔋🐴🔋"]],
    ["a common password over and over", ["letmeinletmeinletmein", "LetMeInLetMeInLet", "trustno1trustno1"]],
    [
      "an alphabet",
      ["abcdefghijklmnop", "PonMLkjiHGfedcba", "vwxyzabcdefghijkl", "абвгдежзийклмно", "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟ"],
    ],
    ["numbers", ["123456789012345", "987654321098765", "012345678901234"]],
    ["a keyboard", ["qwertyuiopasdfg", "qwertzuiopasdfgh", "azertyuiopqsdfg", "lkjhgfdsapoiuyt", "!@#$%^&*()!@#$%"]],
    ["a keyboard's columns", ["1qaz2wsx3edc4rfv", "zaq1xsw2cde3vfr4", "qazwsxedcrfvtgb"]],
    ["run after run", ["abcd1234efgh5678", "111222333444555", "qwerty123456abc"]],
    ["a common password and digits", ["password1234567", "Password2026112", "monkey739184625"]],
    ["a common password and signs", ["password!!!!!!!", "trustno1-(2026)", "letmein . . . . .", "dragon 22-11-26"]],
    ["a pattern and digits", ["abcabcabcabc 2026", "qwertyuiopasdf!1", "passwordpassword1"]],
  ])("is nothing but %s", (_, passwords) => {
    expect(passwords.filter((password) => !isPredictable(password))).toEqual([]);
  });

  it.each([
    ["words", ["correct horse battery", "qwertyuiop and more", "the abc of 12345678"]],
    ["a phrase said twice", ["correct horse, correct horse, "]],
    ["digits at random", ["739184625038471", "4 8 15 16 23 42!"]],
    ["a common password and words", ["password of a horse", "letmein, said the owl", "monkey9x8y7z6wq"]],
    ["digits before a word", ["2026-11-22 kormoran"]],
    ["pictures after a common password", ["password🐴🔋📎✅🌙🚲🍋"]],
    ["nothing", [""]],
  ])("is not one of %s", (_, passwords) => {
    expect(passwords.filter(isPredictable)).toEqual([]);
  });
});
