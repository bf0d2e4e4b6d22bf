import { dictionary } from "@zxcvbn-ts/language-common";

let common: ReadonlySet<string> | undefined;

/** Whether a password is on the list of those that people choose most, however its letters are cased. */
export function isCommonPassword(normalPassword: string): boolean {
  common ??= new Set(dictionary["passwords-common"]);
  return common.has(normalPassword.toLowerCase());
}
