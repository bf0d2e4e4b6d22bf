import { describe, expect, it } from "@jest/globals";
import { describeUserAgent } from "./describe-user-agent.ts";

const windowsChrome =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
const iPhone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
const iPad =
  "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1";
const linuxFirefox = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
const crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

describe("a user agent", () => {
  it.each([
    [windowsChrome, { os: "Windows", browser: "Chrome", device: "desktop" }],
    [iPhone, { os: "iOS", browser: "Safari", device: "mobile" }],
    [iPad, { os: "iOS", browser: "Safari", device: "tablet" }],
    [linuxFirefox, { os: "Linux", browser: "Firefox", device: "desktop" }],
    [crawler, { browser: "Googlebot", device: "bot" }],
  ])("names system, browser and device: %s", (userAgent, described) => {
    expect(describeUserAgent(userAgent)).toEqual(described);
  });

  it.each([undefined, "", " ", "curl/8.5.0", "x".repeat(512), "\u0000"])(
    "names nothing that is not known: %j",
    (userAgent) => {
      expect(describeUserAgent(userAgent)).toEqual({});
    },
  );

  it.each(["<script>alert(1)</script>/1 x", "Your bank: call 555/1 now"])("is never quoted: %s", (userAgent) => {
    expect(describeUserAgent(userAgent)).toEqual({});
  });
});
