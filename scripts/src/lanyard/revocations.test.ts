import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { accepted, effectiveAt, followed, receipt, revocationId } from "./testing/receipts.ts";
import { refusal, type StandInGateway, standInGateway } from "./testing/stand-in-gateway.ts";

const userId = "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90";

let gateway: StandInGateway;

beforeEach(async () => {
  gateway = await standInGateway();
});
afterEach(() => gateway.stop());

describe("what ends everything of a kind", () => {
  const cases: readonly (readonly [readonly string[], string, string])[] = [
    [["users", "revoke-tokens", userId], userId, `DELETE /api/v2/admin/users/${userId}/tokens {}`],
    [
      ["users", "revoke-tokens", userId, "--reason", "Asked to"],
      userId,
      `DELETE /api/v2/admin/users/${userId}/tokens {"reason":"Asked to"}`,
    ],
    [
      ["andon", "rotate-everything", "--reason", "A leak"],
      "rotate everything",
      'DELETE /api/v2/admin/tokens {"reason":"A leak"}',
    ],
  ];

  it.each(cases)("is done when the words are typed again, or with --yes: %j", async (command, words, request) => {
    gateway.answers.push(accepted, followed, accepted);
    const typed = await gateway.lanyard(command, { typed: `${words}\n` });
    const yes = await gateway.lanyard([...command, "--yes", "--no-follow"]);

    expect(typed).toMatchObject({ status: 0, err: "", out: expect.stringContaining("2/2") });
    expect(typed.questions).toEqual([expect.stringContaining(`Type ${words} to go on`)]);
    expect(yes).toMatchObject({ status: 0, questions: [] });
    expect(gateway.asked()).toEqual([request, `GET /api/v2/admin/revocations/${revocationId}`, request]);
  });

  it.each(cases)("is not done otherwise: %j", async (command) => {
    for (const typed of ["", "yes", "rotate", "all"]) {
      expect(await gateway.lanyard(command, { typed })).toMatchObject({ status: 1, err: "Nothing was done.\n" });
    }
    expect(await gateway.lanyard(command)).toMatchObject({ status: 2, err: expect.stringContaining("--yes") });
    expect(gateway.asked()).toEqual([]);
  });

  it("needs a reason to rotate everything", async () => {
    expect(await gateway.lanyard(["andon", "rotate-everything", "--yes"])).toMatchObject({ status: 2 });
    expect(gateway.asked()).toEqual([]);
  });

  it("ends with 4 when there is no such user", async () => {
    gateway.answers.push(refusal("user_not_found"));

    expect(await gateway.lanyard(["users", "revoke-tokens", "nobody", "--yes"])).toMatchObject({ status: 4, out: "" });
  });
});

describe("lanyard revocations", () => {
  it("shows a receipt as it stands, and follows it when asked", async () => {
    const early = { ...receipt, state: "effective", gateways: { known: 2, confirmed: 0 }, propagationMs: null };
    gateway.answers.push({ status: 200, body: early }, followed);
    const shown = await gateway.lanyard(["revocations", "show", revocationId], { isTerminal: false });
    const last = await gateway.lanyard(["revocations", "show", revocationId, "--follow", "--json"]);

    expect(shown.out).toBe(
      `${[revocationId, "effective", "anonymous", effectiveAt, "24/24", "0/2"].join("\t")}\t-\t-\t-\t-\n`,
    );
    expect(JSON.parse(last.out)).toEqual(receipt);
    expect(gateway.accepts()).toEqual(["application/json", "text/event-stream"]);
  });

  it.each([[], ["--follow"]])("ends with 4 when there is none: %j", async (...more) => {
    gateway.answers.push(refusal("revocation_not_found"));

    expect(await gateway.lanyard(["revocations", "show", "x/../y", ...more])).toMatchObject({ status: 4, out: "" });
    expect(gateway.asked()).toEqual(["GET /api/v2/admin/revocations/x%2F..%2Fy"]);
  });

  it("lists them with who pulled and why, and says how to read on", async () => {
    const { gateways: _, propagationMs: __, ...summary } = receipt;
    gateway.answers.push(
      { status: 200, body: { revocations: [summary], cursor: "c+1" } },
      { status: 200, body: { revocations: [] } },
    );
    const told = await gateway.lanyard(["revocations", "list"]);

    expect(told.out).toContain("24/24     key:deploy  Visitors made by a script");
    expect(told.out).toContain("more: revocations list --cursor c+1\n");
    expect((await gateway.lanyard(["revocations", "list", "--cursor", "c+1"])).out).toBe(
      "nobody has pulled the cord\n",
    );
    expect(gateway.asked()[1]).toBe("GET /api/v2/admin/revocations?cursor=c%2B1");
  });

  it("lets no reason move the cursor, end the row or hide what it says", async () => {
    const { gateways: _, propagationMs: __, ...summary } = receipt;
    const reason = "quiet\u001B[2K\r\nnothing\there\u202E\u2028\u009B1A";
    gateway.answers.push({ status: 200, body: { revocations: [{ ...summary, reason, pulledBy: "a\tb" }] } });
    const { out } = await gateway.lanyard(["revocations", "list"], { isTerminal: false });

    expect(out.split("\t").slice(-2)).toEqual(["a b", "quiet [2K nothing here 1A\n"]);
  });
});
