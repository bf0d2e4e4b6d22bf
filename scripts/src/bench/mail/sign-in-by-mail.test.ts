import { describe, expect, it } from "@jest/globals";
import { routes } from "@lanyard/contracts";
import type { HttpRequest } from "../process/request-text.ts";
import { answerTo, signInByMail } from "./sign-in-by-mail.ts";

const mail = {
  links: ["https://example.com/help", "https://example.com/auth/continue#token=ml_a-b"],
  codes: ["012345"],
};

describe("what a mail is answered with", () => {
  it("is the token of the link", () => {
    expect(answerTo(mail, "link", "ch_1")).toEqual({
      method: "POST",
      path: routes.verifyMagicLink.path,
      body: '{"token":"ml_a-b"}',
    });
  });

  it("is the code, with the challenge that it belongs to", () => {
    expect(answerTo(mail, "code", "ch_1")).toEqual({
      method: "POST",
      path: routes.verifyEmailCode.path,
      body: '{"challengeId":"ch_1","code":"012345"}',
    });
  });

  it("has to be in it", () => {
    expect(() => answerTo({ links: ["https://example.com/"], codes: [] }, "link", "ch_1")).toThrow("without a link");
    expect(() => answerTo({ links: [], codes: [] }, "code", "ch_1")).toThrow("without a code");
  });
});

describe("a sign-in by mail", () => {
  it("ends at the first answer that is not the expected one", async () => {
    const asked: HttpRequest[] = [];
    const limited = async (request: HttpRequest) => {
      asked.push(request);
      return { status: 429, body: "{}" };
    };
    await expect(signInByMail(limited, "a@example.com", "code")).rejects.toThrow("/auth/otp answered 429");
    expect(asked).toHaveLength(1);
  });
});
