import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { makeReportToken } from "@lanyard/session-manager";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";
import {
  changePassword,
  GOOD_PASSWORD,
  login,
  OTHER_PASSWORD,
  registered,
  reset,
  resetLink,
  signedInBy,
} from "../support/passwords.ts";
import { settled } from "../support/settled.ts";
import { signInMailTo } from "../support/sign-in-mail.ts";
import type { Visitor } from "../support/visitor.ts";

const [ADA, EVE, LOVELACE] = ["ada@example.com", "eve@example.com", "lovelace@example.com"] as const;
let system: InProcessSystem;
let owner: Visitor;
let thief: Visitor;

beforeEach(async () => {
  system = await inProcessSystem();
  owner = await registered(system, ADA);
  thief = signedInBy(await login(system, ADA, GOOD_PASSWORD));
});
afterEach(() => system.stop());

/** The link of a change of address, asked for in a session. */
const changeAsked = async (email: string, { bearer }: Visitor): Promise<string> => {
  await system.call("PATCH", "/api/v2/auth/me", { json: { email }, headers: bearer });
  await settled(system);
  return signInMailTo(system.mails, email).token;
};
const confirm = (token: string) => system.call("POST", "/api/v2/auth/email-changes/verify", { json: { token } });
const report = ({ userId, sessionId }: Visitor) =>
  system.whileTimePasses(
    system.call("POST", "/api/v2/auth/sessions/report", {
      json: { token: makeReportToken(system.derivation, { userId, sessionId }), others: true },
    }),
  );

describe("a change of address that a stranger has asked for in a session of the account", () => {
  it("comes to nothing once the owner has set a new password by mail", async () => {
    const link = await changeAsked(EVE, thief);
    await reset(system, await resetLink(system, ADA), OTHER_PASSWORD);

    await confirm(link);

    expect((await login(system, EVE, OTHER_PASSWORD)).status).toBe(401);
    expect((await login(system, ADA, OTHER_PASSWORD)).status).toBe(200);
  });

  it("comes to nothing once the owner has changed the password", async () => {
    const link = await changeAsked(EVE, thief);
    await changePassword(system, owner, { currentPassword: GOOD_PASSWORD, newPassword: OTHER_PASSWORD });

    await confirm(link);

    expect((await login(system, ADA, OTHER_PASSWORD)).status).toBe(200);
  });

  it("comes to nothing once the owner has reported the session", async () => {
    const link = await changeAsked(EVE, thief);
    expect((await report(thief)).status).toBe(200);

    expect((await confirm(link)).status).not.toBe(200);
  });

  it("comes to nothing once the owner has changed to another address", async () => {
    const link = await changeAsked(EVE, thief);
    expect((await confirm(await changeAsked(LOVELACE, owner))).status).toBe(200);

    expect((await confirm(link)).status).not.toBe(200);
  });
});

describe("a reset link that lies in a mailbox", () => {
  it("opens nothing once a later one has set the password", async () => {
    const [earlier, later] = [await resetLink(system, ADA), await resetLink(system, ADA)];
    expect((await reset(system, later, OTHER_PASSWORD)).status).toBe(204);

    expect((await reset(system, earlier, "a third horse battery")).status).not.toBe(204);
    expect((await login(system, ADA, OTHER_PASSWORD)).status).toBe(200);
  });
});
