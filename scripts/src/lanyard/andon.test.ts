import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { andonSchemas, problems } from "@lanyard/contracts";
import { accepted, effectiveAt, followed, receipt, revocationId, sweeping } from "./testing/receipts.ts";
import { type Answer, refusal, type StandInGateway, standInGateway } from "./testing/stand-in-gateway.ts";

const userId = "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90";
const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
const counted = (matched: number): Answer => ({ status: 200, body: { matched } });
const pull = (...more: readonly string[]) => ["andon", "pull", "--scope", "anonymous", "--reason", "A script", ...more];

let gateway: StandInGateway;

beforeEach(async () => {
  gateway = await standInGateway();
});
afterEach(() => gateway.stop());

describe("lanyard andon pull", () => {
  it("counts, asks, pulls and follows the receipt to its end", async () => {
    gateway.answers.push(counted(24), accepted, followed);
    const told = await gateway.lanyard(pull(), { typed: "anonymous\n" });

    expect(told.questions).toEqual([
      "24 live sessions are in scope. They end now, on every gateway. Type anonymous to go on: ",
    ]);
    expect(gateway.asked()).toEqual([
      'POST /api/v2/admin/sessions/revoke?dryRun=true {"scope":{"kind":"anonymous"},"reason":"Counted only"}',
      'POST /api/v2/admin/sessions/revoke {"scope":{"kind":"anonymous"},"reason":"A script"}',
      `GET /api/v2/admin/revocations/${revocationId}`,
    ]);
    expect(gateway.accepts()[2]).toBe("text/event-stream");
    expect(told).toMatchObject({ status: 0, err: "" });
    expect(told.out.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
      expect.arrayContaining(["REVOCATION", "GATEWAYS", "P50 MS", "MAX MS"]),
      [revocationId, "done", "anonymous", effectiveAt, "24/24", "2/2", "12", "48", "48", "49"],
      [""],
    ]);
  });

  it("shows how far it is meanwhile, and takes that away at the end", async () => {
    gateway.answers.push(counted(24), accepted, followed);

    expect((await gateway.lanyard(pull(), { typed: "anonymous" })).shown).toEqual([
      "[############············]  sweeping  12 of about 24 sessions  1 of 2 gateways",
      "[########################]  done  24 of 24 sessions  2 of 2 gateways",
      "",
    ]);
  });

  it("pulls with --yes at once, without counting", async () => {
    gateway.answers.push(accepted, followed);

    expect(await gateway.lanyard(pull("--yes"))).toMatchObject({ status: 0, questions: [] });
    expect(gateway.asked()[0]).toContain("POST /api/v2/admin/sessions/revoke {");
  });

  it("pulls nothing unless the scope is typed again", async () => {
    for (const typed of ["", "y", "yes", "anonymou", "Anonymous", "all"]) {
      gateway.answers.push(counted(1));
      expect(await gateway.lanyard(pull(), { typed })).toMatchObject({ status: 1, err: "Nothing was done.\n" });
    }
    expect(gateway.asked().filter((each) => !each.includes("dryRun=true"))).toEqual([]);
  });

  it("asks nobody for anything when no person can be asked, and --yes is not said", async () => {
    expect(await gateway.lanyard(pull())).toMatchObject({ status: 2, err: expect.stringContaining("--yes") });
    expect(gateway.asked()).toEqual([]);
  });

  it("can be pulled while nothing can be counted, and not by whom the count was refused", async () => {
    gateway.answers.push(refusal("service_unavailable"), accepted, followed);
    const told = await gateway.lanyard(pull(), { typed: "anonymous" });
    expect(told).toMatchObject({ status: 0, questions: [expect.stringContaining("could not be counted")] });

    gateway.answers.push(refusal("admin_required"));
    expect(await gateway.lanyard(pull(), { typed: "anonymous" })).toMatchObject({ status: 3, questions: [] });
  });

  it.each([
    ["all", { kind: "all" }],
    [`user:${userId}`, { kind: "user", userId }],
    ["anonymous", { kind: "anonymous" }],
    ["accounts", { kind: "accounts" }],
    ["method:magic_link", { kind: "method", method: "magic_link" }],
    [`opened-before:${effectiveAt}`, { kind: "openedBefore", at: effectiveAt }],
    ["ip:203.0.113.0/24", { kind: "ipRange", cidr: "203.0.113.0/24" }],
    ["ip:2001:db8::/32", { kind: "ipRange", cidr: "2001:db8::/32" }],
  ])("takes the scope %s, asks for it as it was typed, and shows it alike", async (text, scope) => {
    gateway.answers.push(counted(0), accepted, { events: [["done", { ...receipt, scope }]] });
    const told = await gateway.lanyard(["andon", "pull", "--scope", text, "--reason", "r"], { typed: text });

    expect(told).toMatchObject({ status: 0, questions: [expect.stringContaining(`Type ${text} to go on`)] });
    expect(gateway.asked()[1]).toContain(JSON.stringify({ scope }).slice(1, -1));
    expect(told.out).toContain(text);
  });

  it.each([
    "",
    "everyone",
    "All",
    "all:",
    "user",
    "user:",
    "user:ada@example.com",
    "method:fax",
    "opened-before:yesterday",
    "ip:203.0.113.0",
    "ip:203.0.113.0/33",
    "ipRange:203.0.113.0/24",
  ])("knows no scope %j, and asks nobody", async (text) => {
    for (const command of ["pull", "preview"]) {
      const told = await gateway.lanyard(["andon", command, "--scope", text, "--reason", "r", "--yes"]);

      expect(told).toMatchObject({ status: 2, out: "" });
    }
    expect(gateway.asked()).toEqual([]);
  });

  it.each([
    ["no scope", ["--reason", "r"]],
    ["no reason", ["--scope", "all"]],
    ["an empty reason", ["--scope", "all", "--reason", ""]],
    ["a reason without end", ["--scope", "all", "--reason", "x".repeat(501)]],
  ])("is wrong usage with %s", async (_, args) => {
    expect(await gateway.lanyard(["andon", "pull", "--yes", ...args])).toMatchObject({ status: 2 });
    expect(gateway.asked()).toEqual([]);
  });

  it("says with --no-follow that it is in force, and nothing more", async () => {
    gateway.answers.push(accepted, accepted, accepted);

    expect((await gateway.lanyard(pull("--yes", "--no-follow"))).out).toContain(
      `revocations show ${revocationId} --follow`,
    );
    expect((await gateway.lanyard(pull("--yes", "--no-follow"), { isTerminal: false })).out).toBe(`${revocationId}\n`);
    expect(JSON.parse((await gateway.lanyard(pull("--yes", "--no-follow", "--json"))).out)).toEqual({ revocationId });
    expect(gateway.asked().filter((each) => each.startsWith("GET"))).toEqual([]);
  });

  it("has tabs for scripts, and the receipt as JSON", async () => {
    gateway.answers.push(accepted, followed, accepted, followed);
    const tabs = await gateway.lanyard(pull("--yes"), { isTerminal: false });
    const json = await gateway.lanyard(pull("--yes", "--json"));

    expect(tabs.out.split("\t").slice(0, 3)).toEqual([revocationId, "done", "anonymous"]);
    expect(andonSchemas.revocationReceipt.parse(JSON.parse(json.out))).toEqual(receipt);
  });

  it("says which operation it is when that takes longer", async () => {
    gateway.answers.push({ status: 202, body: { operationId, status: "pending" } });

    expect((await gateway.lanyard(pull("--yes"))).out).toBe(`under way; see: operations show ${operationId}\n`);
  });

  it.each([
    ["refused", refusal("service_unavailable"), "503 service_unavailable"],
    ["cut", { events: [["receipt", sweeping]], cut: true }, "broke"],
    ["ended before its time", { events: [["receipt", sweeping]] }, "ended the stream"],
    [
      "ended by a problem",
      { events: [["problem", { problem: refusal("admin_required").body }]] },
      problems.admin_required.title,
    ],
  ] as const)("says that it is in force when the stream is %s", async (_, stream, why) => {
    gateway.answers.push(accepted, stream);
    const told = await gateway.lanyard(pull("--yes"));

    expect(told).toMatchObject({ status: 1, out: "" });
    expect(told.err).toContain(`It is in force; see: revocations show ${revocationId} --follow`);
    expect(told.err).toContain(why);
    expect(told.shown.at(-1)).toBe("");
  });

  it("says nothing of the kind when the gateway refuses", async () => {
    gateway.answers.push(refusal("admin_required"));

    const told = await gateway.lanyard(pull("--yes"));
    expect(told).toMatchObject({ status: 3, err: expect.not.stringContaining("in force") });
  });
});

describe("lanyard andon preview", () => {
  it("counts, and changes nothing", async () => {
    gateway.answers.push(counted(7), counted(7), counted(7));

    expect((await gateway.lanyard(["andon", "preview", "--scope", "accounts"])).out).toBe("7 live sessions\n");
    expect((await gateway.lanyard(["andon", "preview", "--scope", "accounts"], { isTerminal: false })).out).toBe("7\n");
    expect((await gateway.lanyard(["andon", "preview", "--scope", "accounts", "--json"])).out).toBe('{"matched":7}\n');
    expect(new Set(gateway.asked().map((each) => each.split(" ")[1]))).toEqual(
      new Set(["/api/v2/admin/sessions/revoke?dryRun=true"]),
    );
  });
});
