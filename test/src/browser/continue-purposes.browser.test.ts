import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "@playwright/test";
import { openChromium } from "../support/chromium.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { login, OTHER_PASSWORD, registered } from "../support/passwords.ts";
import { settled } from "../support/settled.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import { totpCode, totpStepAt, wrongTotpCode } from "../support/virtual-authenticator.ts";
import { type Visitor, wordsOf } from "../support/visitor.ts";

const ada = "ada@example.com";
const lovelace = "lovelace@example.com";
const PASSWORD = "quiet green lantern";

let browser: Browser;
let system: InProcessSystem;
let page: Page;
let complaints: string[];
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(async () => browser.close());
beforeEach(async () => {
  system = await inProcessSystem();
  await open();
});
afterEach(async () => {
  await page.context().close();
  await system.stop();
});

async function open(locale = "en-US", javaScriptEnabled = true): Promise<void> {
  page = await (await browser.newContext({ locale, javaScriptEnabled })).newPage();
  complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
}
const post = (path: string, json: object, headers: Readonly<Record<string, string>> = {}) =>
  system.call("POST", `/api/v2/auth/${path}`, { json, headers });
const linkTo = async (address: string): Promise<string> => {
  await settled(system);
  return (signInMailTo(system.mails, address).link ?? "").replace(system.issuer, system.baseUrl);
};
const resetLink = async (): Promise<string> => {
  await post("password-resets", { email: ada });
  return linkTo(ada);
};
const changeLink = async ({ bearer }: Visitor, email = lovelace): Promise<string> => {
  await system.call("PATCH", "/api/v2/auth/me", { json: { email }, headers: bearer });
  return linkTo(email);
};
const heading = (name: string) => page.getByRole("heading", { name }).waitFor();
const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
const spent = () =>
  system
    .table("token")
    .dump()
    .filter(({ value }) => value["used"] !== undefined).length;

describe("the page of a link to choose a password", () => {
  const field = () => page.getByLabel("New password");

  it("asks for it, sets it, and says that every device is signed out", async () => {
    const before = await registered(system, ada, OTHER_PASSWORD);
    const spentBefore = spent();
    await page.goto(await resetLink());
    await heading(`A new password for ${ada}`);
    expect(spent()).toBe(spentBefore);
    expect(await page.title()).toBe("Choose a new password");
    await field().fill(PASSWORD);
    await press("Set the password");
    await heading("Your new password is set.");

    expect(wordsOf(await login(system, ada, PASSWORD))).toBe("200");
    expect(wordsOf(await login(system, ada, OTHER_PASSWORD))).toBe("401 credentials_invalid");
    const session = await system.call("GET", "/api/v2/auth/session", { headers: before.bearer });
    expect(session.status).toBe(403);
    expect(await page.locator("form").isVisible()).toBe(false);
    expect(await page.locator("#password").inputValue()).toBe("");
    expect(complaints).toEqual([]);
  });

  it("is a form that password managers know: an address, and a new password, hidden until it is to be shown", async () => {
    await page.goto(await resetLink());
    await heading(`A new password for ${ada}`);
    const attributes = (id: string) =>
      page.evaluate(`[...document.querySelector("${id}").attributes].map(({ name, value }) => name + "=" + value)`);

    expect(await attributes("#password")).toContain("autocomplete=new-password");
    expect(await attributes("#username")).toContain("autocomplete=username");
    expect(await page.locator("#username").inputValue()).toBe(ada);
    expect(await field().evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true);
    await field().fill("quiet");
    expect(await page.locator("#count").textContent()).toBe("5 / 15");
    expect(await attributes("#password")).toContain("type=password");
    await press("Show");
    expect(await attributes("#password")).toContain("type=text");
    await press("Hide");
    expect(await attributes("#password")).toContain("type=password");
    await field().fill(PASSWORD);
    expect(await page.locator("#count").textContent()).toBe("19 ✓");
  });

  it.each([
    ["nothing", "", "That is too short: it takes 15 characters or more."],
    ["a short one", "quiet", "That is too short: it takes 15 characters or more."],
    ["one with the address", `my mail ${ada} is it`, "It holds your address, which is tried first. Choose another."],
    ["a long one", "quiet green lantern ".repeat(7), "That is too long: 128 characters are the most."],
  ])("says what is wrong with %s, and spends nothing: the next one counts", async (_, weak, said) => {
    await page.goto(await resetLink());
    await heading(`A new password for ${ada}`);
    await field().fill(weak);
    await press("Set the password");
    await page.getByRole("alert").filter({ hasText: said }).waitFor();

    expect(await field().getAttribute("aria-invalid")).toBe("true");
    expect(await field().evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true);
    expect(spent()).toBe(0);
    await field().fill(PASSWORD);
    await field().press("Enter");
    await heading("Your new password is set.");
    expect(wordsOf(await login(system, ada, PASSWORD))).toBe("200");
  });

  it("sends the same password under the same key again after an outage, and sets it once", async () => {
    await page.goto(await resetLink());
    await field().fill(PASSWORD);
    system.faults.queuesDown.add("identity-hash");
    await press("Set the password");
    await heading("This did not work right now.");
    expect(await field().inputValue()).toBe(PASSWORD);
    system.faults.queuesDown.delete("identity-hash");
    await system.clock.advance(3000);
    await press("Set the password");
    await heading("Your new password is set.");
    expect(spent()).toBe(1);
  });

  it("says so when the link was used meanwhile", async () => {
    const link = await resetLink();
    await page.goto(link);
    await field().fill(PASSWORD);
    const token = link.split("#token=")[1];
    await system.call("PATCH", "/api/v2/auth/password-resets", { json: { token, password: OTHER_PASSWORD } });
    await press("Set the password");

    await heading("This link has been used.");
    expect(await page.locator("form").isVisible()).toBe(false);
  });
});

describe("the page of a link to a new address", () => {
  it("names it, and changes nothing until its button is pressed", async () => {
    const account = await registered(system, ada);
    const before = spent();
    await page.goto(await changeLink(account));
    await heading(`Make ${lovelace} the address of your account?`);
    expect(spent()).toBe(before);
    expect(await page.locator("input:visible").count()).toBe(0);
    await press("Confirm the address");
    await heading(`${lovelace} is the address of your account now.`);

    const { body } = await system.call("GET", "/api/v2/auth/me", { headers: account.bearer });
    expect(body).toMatchObject({ user: { email: lovelace } });
    expect(complaints).toEqual([]);
  });

  it("says so when another account has it", async () => {
    const account = await registered(system, ada);
    await registered(system, lovelace);
    await page.goto(await changeLink(account));
    await press("Confirm the address");

    await heading("Another account has this address.");
    expect(await page.getByRole("button").isVisible()).toBe(false);
  });
});

describe("the page of a registration's link", () => {
  it("confirms the address and signs in, in the browser's language", async () => {
    await page.context().close();
    await open("de-DE");
    await post("password/register", { email: ada, password: PASSWORD });
    await page.goto(await linkTo(ada));
    await heading(`${ada} bestätigen und anmelden?`);
    await press("Bestätigen und anmelden");
    await heading(`Du bist als ${ada} angemeldet.`);

    expect(wordsOf(await login(system, ada, PASSWORD))).toBe("200");
  });
});

describe("the page of a link that signs in to an account with a second factor", () => {
  it("asks for its code, takes another after a wrong one, and hands the tokens to its own tabs", async () => {
    const { bearer } = await registered(system, ada);
    const { body } = await post("2fa/setup", {}, bearer);
    const { secret } = body as { readonly secret: string };
    const step = (): number => totpStepAt(system.clock.now());
    await post("2fa/enable", { code: totpCode(secret, step()) }, bearer);
    await system.clock.advance(60_000);
    await post("magic-link", { email: ada });
    await page.goto(await linkTo(ada));
    const other = await page.context().newPage();
    await other.goto(`${system.baseUrl}/auth/continue`);
    const told = other.evaluate(
      "new Promise((resolve) => { new BroadcastChannel('lanyard').onmessage = ({ data }) => resolve(data); })",
    );
    await press("Sign in");
    await heading("One more step");
    expect(await page.getByLabel("Code").getAttribute("autocomplete")).toBe("one-time-code");
    await page.getByLabel("Code").fill(wrongTotpCode(secret, step()));
    await press("Go on");
    await page.getByRole("alert").filter({ hasText: "The code is not right." }).waitFor();
    await system.clock.advance(30_000);
    await page.getByLabel("Code").fill(totpCode(secret, step()));
    await press("Go on");
    await heading(`You are signed in as ${ada}.`);

    expect(await told).toMatchObject({ result: { user: { email: ada }, tokens: expect.anything() } });
    expect(complaints).toEqual([]);
  });
});

describe("the page without scripts", () => {
  it("says in text that it needs them, and shows no form", async () => {
    await page.context().close();
    await open("en-US", false);
    await page.goto(await resetLink());

    expect(await page.locator("#hint").innerText()).toContain("This page needs JavaScript");
    expect(await page.locator("form").isVisible()).toBe(false);
    expect(spent()).toBe(0);
  });
});
