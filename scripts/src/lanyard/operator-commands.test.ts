import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { problems, problemType } from "@lanyard/contracts";
import { runLanyard } from "./run-lanyard.ts";

const key = Buffer.alloc(32, 7).toString("base64url");
const userId = "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90";
const kid = "k".repeat(43);
/** One in 64 begins like an option. */
const dashed = `-${"k".repeat(42)}`;
const operationId = `op_${"0".repeat(32)}${"A".repeat(22)}`;
const at = "2026-11-21T12:00:00.000Z";

let asked: string[];
let answers: { status: number; body?: unknown }[];
let server: Server;
let baseUrl: string;

beforeEach(async () => {
  asked = [];
  answers = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      asked.push([request.method, request.url, body].filter(Boolean).join(" "));
      const answer = answers.shift() ?? { status: 500 };
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** `typed`: what whoever sits there answers; absent: nobody does. */
async function lanyard(args: string, { isTerminal = true, typed }: { isTerminal?: boolean; typed?: string } = {}) {
  let out = "";
  let err = "";
  const questions: string[] = [];
  const status = await runLanyard([...args.split(" "), `--base-url=${baseUrl}`], {
    env: { LANYARD_OPS_KEY: key },
    isTerminal,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    ...(typed !== undefined && {
      question: async (text: string) => {
        questions.push(text);
        return typed;
      },
    }),
  });
  return { status, out, err, questions };
}
const refusal = (
  code: "key_not_found" | "operation_not_found" | "queue_not_found" | "user_not_found" | "totp_not_set_up",
) => {
  const { status, title } = problems[code];
  return { status, body: { type: problemType(code), title, status, code, instance: "urn:x" } };
};

describe("what cannot be undone", () => {
  it.each([
    ["keys remove", kid, "DELETE", `/api/v2/admin/keys/${kid}`, { status: 204 }],
    ["keys remove", dashed, "DELETE", `/api/v2/admin/keys/${dashed}`, { status: 204 }],
    [
      "dead-letters redrive",
      "token",
      "POST",
      "/api/v2/admin/dead-letters/token/redrive",
      { status: 202, body: { operationId, status: "pending" } },
    ],
  ] as const)(
    "is done when the thing is typed again, or with --yes: %s",
    async (command, thing, method, path, answer) => {
      answers = [answer, answer];
      const typed = await lanyard(`${command} ${thing}`, { typed: `${thing}\n` });

      expect(typed).toMatchObject({ status: 0, err: "" });
      expect(typed.questions).toEqual([expect.stringContaining(`Type ${thing} to go on`)]);
      expect(await lanyard(`${command} ${thing} --yes`)).toMatchObject({ status: 0, questions: [] });
      expect(asked).toEqual(Array(2).fill(`${method} ${path} {}`));
    },
  );

  it.each([`keys remove ${kid}`, "dead-letters redrive token"])("is not done otherwise: %s", async (command) => {
    for (const typed of ["", "yes", "y", "toke"]) {
      expect(await lanyard(command, { typed })).toMatchObject({ status: 1, err: "Nothing was done.\n" });
    }
    expect(await lanyard(command)).toMatchObject({ status: 2, err: expect.stringContaining("--yes") });
    expect(asked).toEqual([]);
  });
});

describe("lanyard admin", () => {
  it("gives the role by id, and takes it away", async () => {
    answers = [
      { status: 200, body: { userId, roles: ["admin"] } },
      { status: 200, body: { userId, roles: [] } },
    ];

    expect((await lanyard(`admin grant ${userId}`)).out).toContain("is an operator");
    expect((await lanyard(`admin revoke ${userId}`)).out).toContain("is no operator");
    expect(asked).toEqual([
      `PUT /api/v2/admin/users/${userId}/roles {"roles":["admin"]}`,
      `PUT /api/v2/admin/users/${userId}/roles {"roles":[]}`,
    ]);
  });

  it("finds whose an address is", async () => {
    answers = [
      { status: 200, body: { userId } },
      { status: 200, body: { userId, roles: ["admin"] } },
    ];

    expect(await lanyard("admin grant ada@example.com --json")).toMatchObject({
      status: 0,
      out: `${JSON.stringify({ userId, roles: ["admin"] })}\n`,
    });
    expect(asked[0]).toBe("GET /api/v2/users/lookup?email=ada%40example.com");
  });

  it("says which operation it is when that takes longer", async () => {
    answers = [{ status: 202, body: { operationId, status: "pending" } }];

    expect(await lanyard(`admin grant ${userId}`)).toMatchObject({
      status: 0,
      out: `under way; see: operations show ${operationId}\n`,
    });
  });
});

describe("lanyard users lift-second-factor", () => {
  const lift = `users lift-second-factor ${userId} --reason Lost`;
  const request = `DELETE /api/v2/admin/users/${userId}/second-factor {"reason":"Lost"}`;

  it("lifts it when the user is typed again, or with --yes", async () => {
    answers = [{ status: 204 }, { status: 204 }];
    const typed = await lanyard(lift, { typed: `${userId}\n` });

    expect(typed).toMatchObject({ status: 0, err: "", out: expect.stringContaining("no second factor any more") });
    expect(typed.questions).toEqual([expect.stringContaining(`Type ${userId} to go on`)]);
    expect((await lanyard(`${lift} --yes --json`)).out).toBe(`${JSON.stringify({ userId, lifted: true })}\n`);
    expect(asked).toEqual([request, request]);
  });

  it("finds whose an address is", async () => {
    answers = [{ status: 200, body: { userId } }, { status: 204 }];

    expect((await lanyard("users lift-second-factor ada@example.com --reason Lost --yes")).status).toBe(0);
    expect(asked).toEqual(["GET /api/v2/users/lookup?email=ada%40example.com", request]);
  });

  it("asks no gateway for anything otherwise, nor without a reason", async () => {
    for (const typed of ["", "yes", "ada@example.com"]) {
      expect(await lanyard(lift, { typed })).toMatchObject({ status: 1, err: "Nothing was done.\n" });
    }
    expect(await lanyard(lift)).toMatchObject({ status: 2, err: expect.stringContaining("--yes") });
    expect(await lanyard(`users lift-second-factor ${userId} --yes`)).toMatchObject({ status: 2 });
    expect(asked).toEqual([]);
  });

  it("ends with 4 when there is no such user, with 1 when there is no second factor", async () => {
    answers = [
      refusal("user_not_found"),
      refusal("totp_not_set_up"),
      { status: 202, body: { operationId, status: "pending" } },
    ];

    expect(await lanyard(`${lift} --yes`)).toMatchObject({ status: 4, out: "" });
    expect(await lanyard(`${lift} --yes`)).toMatchObject({
      status: 1,
      err: expect.stringContaining("no second factor"),
    });
    expect((await lanyard(`${lift} --yes`)).out).toBe(`under way; see: operations show ${operationId}\n`);
  });
});

describe("lanyard dead-letters", () => {
  const letter = {
    messageId: "m1",
    reason: "failed",
    sentAt: at,
    bytes: 9,
    genuine: true,
    type: "session.open",
    flow: "f/1",
  };

  it("lists queues with reasons", async () => {
    const body = { queues: [{ queue: "token", count: 3, oldestAt: at, reasons: { failed: 2, mac_invalid: 1 } }] };
    answers = [
      { status: 200, body },
      { status: 200, body },
    ];

    expect((await lanyard("dead-letters list")).out).toContain(`token  3      ${at}  failed 2, mac_invalid 1`);
    expect(JSON.parse((await lanyard("dead-letters list --json")).out)).toEqual(body);
  });

  it("shows those of a queue, and how many more there are", async () => {
    answers = [
      { status: 200, body: { queue: "token", count: 7, letters: [letter] } },
      { status: 200, body: { queue: "token", count: 0, letters: [] } },
    ];

    const { out } = await lanyard("dead-letters show token");
    expect(out).toContain("session.open");
    expect(out).toContain("1 of about 7");
    expect((await lanyard("dead-letters show token")).out).toBe("token has no dead letters\n");
  });

  it("knows which queues there are, and asks nobody for others", async () => {
    expect((await lanyard("dead-letters show tokens")).status).toBe(2);
    expect(asked).toEqual([]);
  });
});

describe("lanyard operations show", () => {
  it("says how it ended", async () => {
    const problem = { code: "otp_expired", status: 410, title: "The code has expired." };
    answers = [
      { status: 200, body: { operationId, status: "failed", flow: "verifyEmailCode/1", finishedAt: at, problem } },
    ];

    expect((await lanyard(`operations show ${operationId}`)).out).toBe(
      `verifyEmailCode/1 failed at ${at}\nThe code has expired. (410 otp_expired)\n`,
    );
  });

  it("ends with 4 when there is none", async () => {
    answers = [refusal("operation_not_found")];

    expect(await lanyard("operations show x/../y")).toMatchObject({ status: 4, out: "" });
    expect(asked).toEqual(["GET /api/v2/admin/operations/x%2F..%2Fy"]);
  });
});

describe("lanyard keys", () => {
  it("lists every generation", async () => {
    const keys = [{ kid, generation: 1, state: "signs", createdAt: at, activeFrom: at }];
    answers = [{ status: 200, body: { keys } }];

    expect((await lanyard("keys list", { isTerminal: false })).out).toBe(`${kid}\t1\tsigns\t${at}\n`);
  });

  it("rotates, and says from when the next one signs", async () => {
    answers = [{ status: 200, body: { kid, activeFrom: at } }];

    expect((await lanyard("keys rotate")).out).toBe(`${kid} signs from ${at}\n`);
    expect(asked).toEqual(["POST /api/v2/admin/keys/rotate {}"]);
  });

  it("ends with 4 when there is no such key", async () => {
    answers = [refusal("key_not_found")];

    expect(await lanyard("keys remove none --yes")).toMatchObject({ status: 4 });
  });
});
