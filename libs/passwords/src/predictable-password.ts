import { isCommonPassword } from "./common-passwords.ts";

const cyclic = (characters: string): string => characters.repeat(2);

/** What lies side by side on keyboards, or is told off one after the other; runs of it go either way. */
const TRACKS: readonly string[] = [
  cyclic("0123456789"),
  cyclic("abcdefghijklmnopqrstuvwxyz"),
  ...["qwertyuiop", "asdfghjkl", "zxcvbnm"],
  ...["qwertzuiopü", "asdfghjklöä", "yxcvbnm"],
  ...["azertyuiop", "qsdfghjklm", "wxcvbn"],
  ...["1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/", "1qay", "6zhn"],
  ...["!@#$%^&*()", '!"§$%&/()='],
].flatMap((track) => [track, [...track].toReversed().join("")]);

/** Fewer characters side by side are parts of words. */
const SHORTEST_RUN = 3;
/** Said over and over, fewer characters are no better than a password of so many, which is too short anywhere. */
const SHORTEST_UNIT = 8;
/** Digits, punctuation, signs and spaces, but no pictures. */
const TAIL = /[\p{Nd}\p{P}\p{Sm}\p{Sc}\p{Sk}\p{Zs}]+$/u;

/**
 * Whether a password follows from so little that whoever guesses begins with it: runs along an alphabet or a keyboard, a few
 * characters or a common password over and over, or one of these with digits and signs behind it to make it long (NIST SP
 * 800-63B section 3.1.1.2: commonly used or expected). Letters count alike however they are cased.
 */
export function isPredictable(normalPassword: string): boolean {
  const text = normalPassword.toLowerCase();
  return isPattern(text) || hasOnlyTail(text);
}

function isPattern(text: string): boolean {
  const characters = [...text];
  return isRepetition(characters) || isMadeOfRuns(characters);
}

/** A whole beginning, and nothing but digits and signs after it. */
function hasOnlyTail(text: string): boolean {
  const shortest = text.replace(TAIL, "").length;
  if (shortest === 0) return false;
  for (let end = shortest; end < text.length; end += 1) {
    const beginning = text.slice(0, end);
    if (isCommonPassword(beginning) || isPattern(beginning)) return true;
  }
  return false;
}

/** The last time may be cut off. */
function isRepetition(characters: readonly string[]): boolean {
  for (let length = 1; length <= characters.length / 2; length += 1) {
    if (!characters.every((each, index) => index < length || each === characters[index - length])) continue;
    const unit = characters.slice(0, length);
    if (length < SHORTEST_UNIT || isCommonPassword(unit.join("")) || isMadeOfRuns(unit)) return true;
  }
  return false;
}

/** One run after the other, and nothing between them. */
function isMadeOfRuns(characters: readonly string[]): boolean {
  const isEnd = [true];
  for (let end = SHORTEST_RUN; end <= characters.length; end += 1) {
    for (let start = end - SHORTEST_RUN; start >= 0 && isEnd[end] !== true; start -= 1) {
      const run = characters.slice(start, end);
      // What is no run does not become one by being longer.
      if (!isRun(run)) break;
      isEnd[end] = isEnd[start] === true;
    }
  }
  return characters.length > 0 && isEnd[characters.length] === true;
}

/** One character again and again, neighbours in Unicode, as the letters of any alphabet are, or a part of a track. */
function isRun(characters: readonly string[]): boolean {
  const codes = characters.map((each) => each.codePointAt(0) ?? 0);
  const step = (codes[1] ?? 0) - (codes[0] ?? 0);
  const isEven =
    Math.abs(step) <= 1 && codes.every((code, index) => index === 0 || code - (codes[index - 1] ?? 0) === step);
  return isEven || TRACKS.some((track) => track.includes(characters.join("")));
}
