import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { oathtoolPath } from "../support/find-oathtool.ts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import { GOOD_PASSWORD, login, registered } from "../support/passwords.ts";
import { answered, waitingIn } from "../support/second-factor.ts";
import { type Visitor, wordsOf } from "../support/visitor.ts";

const ADA = "ada@example.com";
const STEP_MS = 30_000;
const run = promisify(execFile);

let system: InProcessSystem;
let ada: Visitor;
beforeEach(async () => {
  system = await inProcessSystem();
  ada = await registered(system, ADA);
});
afterEach(() => system.stop());

/** What somebody else's program shows for a secret, so many steps from now. */
async function shownByOathtool(secret: string, steps = 0): Promise<string> {
  if (oathtoolPath === undefined) throw new Error("no oathtool: install the package oathtool");
  const at = new Date(system.clock.now() + steps * STEP_MS).toISOString().replace("T", " ").replace(/\..*/, " UTC");
  return (await run(oathtoolPath, ["--totp", "--base32", "--now", at, secret])).stdout.trim();
}

const post = (path: string, json: object) =>
  system.call("POST", `/api/v2/auth/2fa${path}`, { json, headers: ada.bearer });
const waiting = async () => waitingIn(await login(system, ADA, GOOD_PASSWORD));

describe("a code of oathtool", () => {
  let secret: string;
  beforeEach(async () => {
    secret = ((await post("/setup", {})).body as { secret: string }).secret;
  });

  it("turns the second factor on, signs in once, and is refused the second time", async () => {
    expect((await post("/enable", { code: await shownByOathtool(secret) })).status).toBe(200);
    await system.clock.advance(STEP_MS);
    const code = await shownByOathtool(secret);
    const [one, two] = [await waiting(), await waiting()];

    expect(wordsOf(await answered(system, one, code))).toBe("200");
    expect(wordsOf(await answered(system, two, code))).toBe("401 totp_invalid");
  });

  it("counts a step early or late, and no further", async () => {
    await post("/enable", { code: await shownByOathtool(secret) });
    await system.clock.advance(10 * STEP_MS);
    const said: string[] = [];
    for (const steps of [-2, 2, -1, 1]) {
      said.push(wordsOf(await answered(system, await waiting(), await shownByOathtool(secret, steps))));
    }
    expect(said).toEqual(["401 totp_invalid", "401 totp_invalid", "200", "200"]);
  });
});
