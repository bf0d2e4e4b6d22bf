import { describe, expect, it } from "@jest/globals";
import { deviceOf } from "./device-of.ts";

describe("the device of a User-Agent", () => {
  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
      "Edge, Windows",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
      "Safari, iPhone",
    ],
    [
      "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
      "Chrome, Android",
    ],
  ])("of %s is %s", (userAgent, device) => {
    expect(deviceOf(userAgent)).toBe(device);
  });

  it.each([undefined, "", "curl/8.5.0", "Your account is locked, call +1 555 0100"])(
    "is not told of what says nothing of the kind, and nobody's words are quoted: %s",
    (userAgent) => {
      expect(deviceOf(userAgent)).toBeUndefined();
    },
  );
});
