import { describe, expect, it } from "@jest/globals";
import { readConfig } from "@lanyard/service";
import { mailFromOf, notificationConfig, smtpOptionsOf } from "./config.ts";

const key = `k1:${Buffer.alloc(32, 1).toString("base64url")}`;
const environment = {
  LANYARD_SEALING_KEYS: key,
  LANYARD_DERIVATION_KEYS: key,
  LANYARD_PUBLIC_URL: "https://login.example.com:8443/x",
  LANYARD_SMTP_URL: "smtps://mail.example.com",
};
const read = (more: Record<string, string>) => readConfig(notificationConfig, { ...environment, ...more });
const smtp = (url: string, mode = "production") => smtpOptionsOf(read({ LANYARD_SMTP_URL: url, LANYARD_MODE: mode }));

describe("LANYARD_SMTP_URL", () => {
  it("is encrypted, one way or the other, unless it says otherwise", () => {
    expect(smtp("smtps://mail.example.com")).toEqual({ host: "mail.example.com", port: 465, tls: "always" });
    expect(smtp("smtp://mail.example.com")).toEqual({ host: "mail.example.com", port: 587, tls: "upgrade" });
    expect(smtp("smtp://mail:1025?tls=none")).toEqual({ host: "mail", port: 1025, tls: "never" });
  });

  it("is upgraded in development where that is offered", () => {
    expect(smtp("smtp://127.0.0.1:25", "development").tls).toBe("if-offered");
    expect(smtp("smtps://127.0.0.1:25", "development").tls).toBe("always");
  });

  it("carries user and password, encoded as in any URL", () => {
    expect(smtp("smtps://a%40b:p%3Aw@[::1]:2465").auth).toEqual({ user: "a@b", pass: "p:w" });
    expect(smtp("smtps://a%40b:p%3Aw@[::1]:2465").host).toBe("::1");
  });

  it.each([
    "",
    "mail.example.com",
    "https://mail.example.com",
    "smtp://",
    "smtp://h/path",
    "smtp://h?tls=no",
    "smtps://h?tls=none",
    "smtp://us%er:x@h",
    "smtp://user:%ff@h",
  ])("is a mistake with its name when it is %j", (url) => {
    expect(() => smtp(url)).toThrow(/LANYARD_SMTP_URL: (is required|must be smtp:)/);
  });

  it("never shows its password in a mistake", () => {
    expect(() => smtp("smtp://user:hush@host/path")).toThrow(expect.not.stringContaining("hush") as unknown as Error);
  });
});

describe("LANYARD_MAIL_FROM", () => {
  it("is no-reply at the host of the public URL by default", () => {
    expect(mailFromOf(read({}))).toEqual({ name: "Lanyard", address: "no-reply@login.example.com" });
  });

  it("is an address, with a name or without", () => {
    expect(mailFromOf(read({ LANYARD_MAIL_FROM: "Ada & Söhne <hi@example.com>" }))).toEqual({
      name: "Ada & Söhne",
      address: "hi@example.com",
    });
    expect(mailFromOf(read({ LANYARD_MAIL_FROM: "hi@example.com" })).address).toBe("hi@example.com");
  });

  it.each(["nobody", "a@b c", "A <a@b.c>\r\nBcc: d@e.f", `"A" <a@b.c>`, "<a@b.c>"])(
    "is a mistake when it is %j",
    (from) => {
      expect(() => read({ LANYARD_MAIL_FROM: from })).toThrow("LANYARD_MAIL_FROM: must be an address");
    },
  );

  it("is required in production when nothing else names a host", () => {
    expect(() => read({ LANYARD_PUBLIC_URL: "" })).toThrow("LANYARD_MAIL_FROM: is required in production");
    expect(mailFromOf(read({ LANYARD_PUBLIC_URL: "", LANYARD_MODE: "development" })).address).toBe(
      "no-reply@localhost",
    );
  });
});
