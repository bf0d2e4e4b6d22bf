import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "@playwright/test";
import { openChromium } from "../support/chromium.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { settled } from "../support/settled.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";

const ada = "ada@example.com";
const MINUTE = 60_000;

describe("the page a link leads to", () => {
  let browser: Browser;
  let system: InProcessSystem;
  let page: Page;
  /** Everything the page asked for, and what it complained of. */
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

  const mailedLink = async (json: object = { email: ada }): Promise<string> => {
    await system.call("POST", "/api/v2/auth/magic-link", { json });
    await settled(system, ["token", "notification"]);
    return (signInMailTo(system.mails, ada).link ?? "").replace(system.issuer, system.baseUrl);
  };
  const begin = async (locale = "en-US"): Promise<string> => {
    system = await inProcessSystem();
    page = await (await browser.newContext({ locale })).newPage();
    asked = [];
    complaints = [];
    page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
    page.on("pageerror", (error) => complaints.push(String(error)));
    return mailedLink();
  };
  const sessions = () =>
    system
      .table("session")
      .dump()
      .filter(({ key }) => key.sk.startsWith("session#")).length;
  const used = () =>
    system
      .table("token")
      .dump()
      .filter(({ value }) => value["used"] !== undefined).length;

  it("names the account, and signs nobody in until its button is pressed", async () => {
    const link = await begin();
    await page.goto(link);
    await page.getByRole("heading", { name: `Sign in as ${ada}?` }).waitFor();

    expect([used(), sessions()]).toEqual([0, 0]);
    expect(asked).toEqual(["GET /auth/continue", "GET /api/v2/auth/magic-link"]);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: `You are signed in as ${ada}.` }).waitFor();
    expect([used(), sessions()]).toEqual([1, 1]);
    expect(await page.getByRole("button").isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  });

  it("is not used up by being opened and looked at, by a browser and by programs", async () => {
    const link = await begin();
    for (let visit = 0; visit < 5; visit += 1) {
      await page.goto("about:blank");
      await page.goto(link);
      await page.getByRole("button", { name: "Sign in" }).waitFor();
    }
    await system.request("HEAD", "/auth/continue");
    for (let look = 0; look < 5; look += 1) await system.request("GET", "/auth/continue");

    expect([used(), sessions()]).toEqual([0, 0]);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "You are signed in" }).waitFor();
  });

  it("takes the token out of the address, so that neither history nor referrer has it", async () => {
    const link = await begin();
    await page.goto(link);
    await page.getByRole("button", { name: "Sign in" }).waitFor();

    expect(page.url()).toBe(`${system.baseUrl}/auth/continue`);
    expect(await page.evaluate("document.documentElement.outerHTML")).not.toContain("ml_");
  });

  it("runs nothing but its own script, and is framed nowhere", async () => {
    const link = await begin();
    const response = await page.goto(link);
    const policy = response?.headers()["content-security-policy"] ?? "";

    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[^ ]+'; style-src 'sha256-[^ ]+'; connect-src 'self';/,
    );
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(response?.headers()["referrer-policy"]).toBe("no-referrer");
    await page.evaluate(
      "document.body.append(Object.assign(document.createElement('script'), {text: 'window.evil = 1'}))",
    );
    expect(await page.evaluate("window.evil")).toBeUndefined();
  });

  it.each([
    ["was used", async () => page.getByRole("button", { name: "Sign in" }).click(), "This link has been used."],
    ["has expired", async () => system.clock.advance(61 * MINUTE), "This link has expired"],
  ])("says so when the link %s", async (_, before, title) => {
    const link = await begin();
    await page.goto(link);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await before();
    await page
      .getByRole("heading", { name: title === "This link has expired" ? "Sign in as" : "You are signed in" })
      .waitFor();
    await page.goto("about:blank");
    await page.goto(link);

    await page.getByRole("heading", { name: title }).waitFor();
    expect(await page.getByRole("button").isVisible()).toBe(false);
  });

  it.each(["#token=ml_x", "#token=%3Cimg%20src=x%20onerror=alert(1)%3E"])(
    "says that a link is none (%j), as text",
    async (fragment) => {
      await begin();
      await page.goto(`${system.baseUrl}/auth/continue${fragment}`);

      await page.getByRole("heading", { name: "This link is not valid." }).waitFor();
      expect(await page.locator("img").count()).toBe(0);
    },
  );

  it.each(["", "#token="])(
    "asks for the link when it is opened without one (%j), as after a reload",
    async (fragment) => {
      await begin();
      await page.goto(`${system.baseUrl}/auth/continue${fragment}`);

      await page.getByRole("heading", { name: "Open the link from the mail once more." }).waitFor();
      expect(asked).toEqual(["GET /auth/continue"]);
    },
  );

  it("hands the tokens to the tabs of its own origin", async () => {
    const link = await begin();
    const other = await page.context().newPage();
    await other.goto(`${system.baseUrl}/auth/continue`);
    const told = other.evaluate(
      "new Promise((resolve) => { new BroadcastChannel('lanyard').onmessage = ({ data }) => resolve(data); })",
    );
    await page.goto(link);
    await page.getByRole("button", { name: "Sign in" }).click();

    expect(await told).toMatchObject({
      type: "signed-in",
      result: { user: { email: ada }, tokens: expect.anything() },
    });
    await other.close();
  });

  it("keeps the link when the press meets an outage, and signs in on the next", async () => {
    const link = await begin();
    await page.goto(link);
    system.faults.queuesDown.add("token");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "This did not work right now." }).waitFor();
    expect(used()).toBe(0);
    system.faults.queuesDown.delete("token");
    // A press at once would be told that the first is still under way, and go on by itself.
    await system.clock.advance(3000);
    await page.getByRole("button", { name: "Sign in" }).click();

    await page.getByRole("heading", { name: "You are signed in" }).waitFor();
  });

  it("speaks the browser's language", async () => {
    const link = await begin("de-DE");
    await page.goto(link);

    await page.getByRole("heading", { name: `Als ${ada} anmelden?` }).waitFor();
    expect(await page.getAttribute("html", "lang")).toBe("de");
  });
});
