import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "@playwright/test";
import { signInByMail } from "../support/account.ts";
import { openChromium } from "../support/chromium.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { settled } from "../support/settled.ts";

const ada = "ada@example.com";
const safari =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

describe("the page that mails about sign-ins lead to", () => {
  let browser: Browser;
  let system: InProcessSystem;
  let page: Page;
  let asked: string[];
  let complaints: string[];

  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(async () => browser.close());
  afterEach(async () => {
    await page.context().close();
    await system.stop();
  });

  /** An account with a sign-in from elsewhere; gives back the link of the mail about it. */
  const begin = async (locale = "en-US"): Promise<string> => {
    system = await inProcessSystem({ settings: { trustedProxies: ["127.0.0.1"] } });
    page = await (await browser.newContext({ locale, timezoneId: "UTC" })).newPage();
    asked = [];
    complaints = [];
    page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await signInByMail(system, ada, { "x-forwarded-for": "198.51.100.1" });
    await signInByMail(system, ada, { "user-agent": safari, "x-forwarded-for": "198.51.100.2" });
    await settled(system);
    const mail = system.mails.findLast(({ text }) => text.includes("/auth/not-me#token="));
    const link = /https?:\/\/\S+\/auth\/not-me#token=\S+/.exec(mail?.text ?? "")?.[0] ?? "";
    return link.replace(system.issuer, system.baseUrl);
  };
  const ended = () =>
    system
      .table("session")
      .dump()
      .filter(({ key, value }) => key.sk.startsWith("session#") && value["revoked"] !== undefined).length;

  it("names the sign-in, and ends nothing until its button is pressed", async () => {
    const link = await begin();
    await page.goto(link);
    await page.getByRole("button", { name: "This wasn't me" }).waitFor();

    expect(await page.getByRole("main").innerText()).toMatch(/Safari, iOS, France/);
    expect(asked).toEqual(["GET /auth/not-me", "GET /api/v2/auth/sessions/report"]);
    expect(ended()).toBe(0);
    await page.getByRole("button", { name: "This wasn't me" }).click();
    await page.getByRole("heading", { name: "The session has ended." }).waitFor();
    expect(asked.slice(2)).toEqual(["POST /api/v2/auth/sessions/report"]);
    expect(ended()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it("ends all others too when that is ticked", async () => {
    const link = await begin();
    await page.goto(link);
    await page.getByLabel("End all my other sessions too").check();
    await page.getByRole("button", { name: "This wasn't me" }).click();
    await page.getByRole("heading", { name: "The session has ended." }).waitFor();
    expect(ended()).toBe(2);
  });

  it("ends nothing by being opened and looked at, by a browser and by programs, and keeps no token in its address", async () => {
    const link = await begin();
    for (let visit = 0; visit < 3; visit += 1) {
      await page.goto("about:blank");
      await page.goto(link);
      await page.getByRole("button", { name: "This wasn't me" }).waitFor();
    }
    await system.request("HEAD", "/auth/not-me");
    await system.request("GET", "/auth/not-me");
    expect(ended()).toBe(0);
    expect(page.url()).toBe(`${system.baseUrl}/auth/not-me`);
    expect(await page.evaluate("document.documentElement.outerHTML")).not.toContain("nm_");
  });

  it("says when it was reported before, in the reader's language", async () => {
    const link = await begin("de-DE");
    await page.goto(link);
    await page.getByRole("button", { name: "Das war ich nicht" }).click();
    await page.getByRole("heading", { name: "Die Sitzung ist beendet." }).waitFor();
    await page.goto("about:blank");
    await page.goto(link);
    await page.getByRole("heading", { name: "Das wurde schon gemeldet." }).waitFor();
    expect(await page.getByRole("button").isVisible()).toBe(false);
  });
});
