import { describe, expect, it } from "@jest/globals";
import { preferencesOf } from "./preferences.ts";

describe("a Prefer header", () => {
  it.each([
    [undefined, false, undefined],
    ["", false, undefined],
    ["respond-async", true, undefined],
    ["Respond-Async", true, undefined],
    ["respond-async; foo=bar", true, undefined],
    ["respond-asynchronously", false, undefined],
    ["wait=5", false, 5],
    ["wait=0", false, 0],
    ["WAIT = 5", false, 5],
    ['wait="5"', false, 5],
    ["wait=5, wait=6", false, 5],
    ["wait=-1", false, undefined],
    ["wait=1.5", false, undefined],
    ["wait=99999999999", false, undefined],
    ["wait", false, undefined],
    ["await=5", false, undefined],
    ["handling=lenient, respond-async, wait=10", true, 10],
    [" , ,respond-async, ", true, undefined],
  ])("says %p", (header, respondAsync, waitSeconds) => {
    expect(preferencesOf(header)).toEqual({ respondAsync, waitSeconds });
  });
});
