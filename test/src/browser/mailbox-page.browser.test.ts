import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContext, Page } from "@playwright/test";
import { openChromium } from "../support/chromium.ts";
import { type SystemWithMailbox, systemWithMailbox } from "../support/system-with-mailbox.ts";

const ada = "ada+7f3a@example.com";

describe("the mailbox in a browser", () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let own: SystemWithMailbox;

  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(async () => browser.close());
  beforeEach(async () => {
    own = await systemWithMailbox();
    context = await browser.newContext();
    context.setDefaultTimeout(10_000);
    page = await context.newPage();
  });
  afterEach(async () => {
    await context.close();
    await own.stop();
  });

  const mailed = async (count = 1): Promise<void> => {
    await own.system.call("POST", "/api/v2/auth/magic-link", { json: { email: ada } });
    await own.mailTo(ada, count);
  };
  const opened = (search = `?to=${ada}`) => page.goto(`${own.system.baseUrl}/dev/mailbox${search}`);

  it("shows a mail whose button opens a tab of its own, where a press signs in", async () => {
    await mailed();
    await opened();
    const button = page.frameLocator("iframe").getByRole("link", { name: "Sign in", exact: true });
    const [tab] = await Promise.all([context.waitForEvent("page"), button.click()]);

    await tab.getByRole("heading", { name: `Sign in as ${ada}?` }).waitFor();
    expect(tab.url()).toBe(`${own.system.baseUrl}/auth/continue`);
    expect(await tab.evaluate("window.opener")).toBeNull();
    await tab.getByRole("button", { name: "Sign in" }).click();
    await tab.getByRole("heading", { name: `You are signed in as ${ada}.` }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/dev/mailbox");
  });

  it("finds the mail by the address that is put into the search field", async () => {
    await mailed();
    await opened("");
    await page.getByRole("searchbox").fill(ada);
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(/\?to=/);
    expect(await page.locator("article").count()).toBe(1);
  });

  it("shows a mail that comes while it waits for one, without being asked", async () => {
    await opened();
    await page.getByText("No mail to this address.").waitFor();
    await mailed();
    await page.locator("article").waitFor();
  });

  it("lets a mail be read in peace, and looks again when it is asked to", async () => {
    await mailed();
    await opened();
    await page.getByText("As text").click();
    expect(await page.locator("details").getAttribute("open")).toBe("");
    expect(await page.locator("meta[http-equiv=refresh]").count()).toBe(0);
    await mailed(2);
    await page.getByRole("link", { name: "Look again" }).click();
    await page.locator("article").nth(1).waitFor();
    expect(await page.locator("article").count()).toBe(2);
  });
});
