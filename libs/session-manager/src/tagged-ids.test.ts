import { describe, expect, it } from "@jest/globals";
import { derivation, parseKeyring } from "@lanyard/secrets";
import { makeDeviceToken, readDeviceToken } from "./device-token.ts";
import { makeEmailUndoToken, readEmailUndoToken } from "./email-undo-token.ts";
import { makeReportToken, readReportToken } from "./report-token.ts";

const key = (kid: string, fill: number): string => `${kid}:${Buffer.alloc(32, fill).toString("base64url")}`;
const ours = derivation(parseKeyring(key("k1", 1)));
const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const deviceId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const device = { userId, deviceId };
const asked = { userId, sessionId: deviceId };

describe("a device's token", () => {
  const token = makeDeviceToken(ours, device);

  it("names the device to whoever has made it, also after the key was rotated", () => {
    expect(token).toMatch(/^dv_[A-Za-z0-9_-]{64}$/);
    expect(readDeviceToken(ours, token)).toEqual(device);
    const rotated = derivation(parseKeyring(`${key("k2", 2)},${key("k1", 1)}`));
    expect(readDeviceToken(rotated, token)).toEqual(device);
    expect(makeDeviceToken(rotated, device)).not.toBe(token);
  });

  it.each([
    ["nothing", ""],
    ["another prefix", token.replace("dv_", "nm_")],
    ["one of a foreign deployment", makeDeviceToken(derivation(parseKeyring(key("k1", 3))), device)],
    ["one that asks about a session", makeReportToken(ours, asked)],
    ["that in its clothes", makeReportToken(ours, asked).replace("nm_", "dv_")],
    ["a shorter one", token.slice(0, -4)],
    ["a longer one", `${token}AAAA`],
    ["another spelling", `${token}=`],
  ])("is not %s", (_, text) => {
    expect(readDeviceToken(ours, text)).toBeUndefined();
  });

  it("is void with any of its characters changed", () => {
    for (let at = 3; at < token.length; at += 1) {
      const other = token[at] === "A" ? "B" : "A";
      expect(readDeviceToken(ours, `${token.slice(0, at)}${other}${token.slice(at + 1)}`)).toBeUndefined();
    }
  });
});

describe("a token that asks about a session", () => {
  it("names the session, and no device's token passes for it", () => {
    expect(readReportToken(ours, makeReportToken(ours, asked))).toEqual(asked);
    expect(readReportToken(ours, makeDeviceToken(ours, device).replace("dv_", "nm_"))).toBeUndefined();
  });
});

describe("a token that undoes a change of address", () => {
  const change = { userId, changeId: `op_${"0123456789abcdef".repeat(2)}ABCDEFGHIJKLMNOPQRSTUQ` };
  const token = makeEmailUndoToken(ours, change);

  it("names the change, operation and all, also after the key was rotated", () => {
    expect(token).toMatch(/^eu_[A-Za-z0-9_-]{86}$/);
    expect(readEmailUndoToken(ours, token)).toEqual(change);
    expect(readEmailUndoToken(derivation(parseKeyring(`${key("k2", 2)},${key("k1", 1)}`)), token)).toEqual(change);
  });

  it.each([
    ["one that asks about a session", makeReportToken(ours, asked).replace("nm_", "eu_")],
    ["one of a foreign deployment", makeEmailUndoToken(derivation(parseKeyring(key("k1", 3))), change)],
    ["a shorter one", token.slice(0, -4)],
    ["a longer one", `${token}AAAA`],
    ["another spelling", `${token}=`],
  ])("is not %s", (_, text) => {
    expect(readEmailUndoToken(ours, text)).toBeUndefined();
  });

  it("is void with any of its characters changed, and reports no session", () => {
    for (let at = 3; at < token.length; at += 1) {
      const other = token[at] === "A" ? "B" : "A";
      expect(readEmailUndoToken(ours, `${token.slice(0, at)}${other}${token.slice(at + 1)}`)).toBeUndefined();
    }
    expect(readReportToken(ours, token.replace("eu_", "nm_"))).toBeUndefined();
  });

  it("is made of an operation's id, and of nothing else", () => {
    expect(() => makeEmailUndoToken(ours, { userId, changeId: "op_1" })).toThrow(TypeError);
  });
});
