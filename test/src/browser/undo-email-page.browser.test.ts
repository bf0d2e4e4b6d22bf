import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "@playwright/test";
import { signInByMail } from "../support/account.ts";
import { openChromium } from "../support/chromium.ts";
import { moveTo, undoTokenTo } from "../support/email-undo.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";

const ada = "ada@example.com";
const thief = "thief@example.com";
const UNDO = "/api/v2/auth/email-changes/undo";

describe("the page that mails about a changed address lead to", () => {
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

  /** An account whose address was changed; gives back the link of the mail about it. */
  const begin = async (locale = "en-US"): Promise<string> => {
    system = await inProcessSystem();
    page = await (await browser.newContext({ locale, timezoneId: "UTC" })).newPage();
    asked = [];
    complaints = [];
    page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await moveTo(system, await signInByMail(system, ada), thief);
    return `${system.baseUrl}/auth/undo-email-change#token=${undoTokenTo(system.mails, ada)}`;
  };
  const emails = () =>
    system
      .table("identity")
      .dump()
      .flatMap(({ key, value }) => (key.sk === "profile" ? [value["email"]] : []));

  it("says when it was changed and until when that can be undone, and changes nothing until its button is pressed", async () => {
    const link = await begin();
    await page.goto(link);
    const button = page.getByRole("button", { name: "This wasn't me: undo it" });
    await button.waitFor();

    expect(await page.getByRole("main").innerText()).toMatch(/was changed on January 1, 2026.*until January 8, 2026/);
    expect(asked).toEqual(["GET /auth/undo-email-change", `GET ${UNDO}`]);
    expect(emails()).toEqual([thief]);
    await button.click();
    await page.getByRole("heading", { name: "Your account has its old address back." }).waitFor();
    expect(asked.slice(2)).toEqual([`POST ${UNDO}`]);
    expect(await button.isVisible()).toBe(false);
    expect(emails()).toEqual([ada]);
    expect(complaints).toEqual([]);
  });

  it("changes nothing by being opened and looked at, and keeps no token in its address", async () => {
    const link = await begin();
    for (let visit = 0; visit < 3; visit += 1) {
      await page.goto("about:blank");
      await page.goto(link);
      await page.getByRole("button", { name: "This wasn't me: undo it" }).waitFor();
    }
    await system.request("HEAD", "/auth/undo-email-change");
    expect(emails()).toEqual([thief]);
    expect(page.url()).toBe(`${system.baseUrl}/auth/undo-email-change`);
    expect(await page.evaluate("document.documentElement.outerHTML")).not.toContain("eu_");
  });

  it("says in the reader's language that another account carries the address by now", async () => {
    const link = await begin("de-DE");
    await signInByMail(system, ada);
    await page.goto(link);
    const button = page.getByRole("button", { name: "Das war ich nicht: rückgängig machen" });
    await button.click();
    await page.getByRole("heading", { name: "Inzwischen trägt ein anderes Konto deine alte Adresse." }).waitFor();
    expect(await button.isVisible()).toBe(false);
    expect(emails()).toContain(thief);
  });
});
