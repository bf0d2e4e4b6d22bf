import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { GetQueueUrlCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createSqsClient } from "@lanyard/aws";
import { eventually } from "@lanyard/messaging/testing";
import { type Stack, startStack } from "@lanyard/scripts/stack";
import { answerOf, openCall } from "../support/http-call.ts";

const script = join(import.meta.dirname, "../../../scripts/src/lanyard.ts");

const prefix = `cli-${randomUUID().slice(0, 8)}`;
let stack: Stack;

beforeAll(async () => {
  const ofTheCloud = Object.entries(process.env).filter(([name]) => name.startsWith("AWS_"));
  stack = await startStack({
    dataDir: "memory",
    prefix,
    mode: "development",
    env: Object.fromEntries(ofTheCloud),
    log: () => undefined,
    superviseRestarts: false,
  });
});

afterAll(() => stack.stop());

/** `npm run lanyard -- …`, as an operator of the stack or with a key of its own. */
async function lanyard(args: readonly string[], key = stack.env["LANYARD_OPS_KEY"]) {
  const run = promisify(execFile)(process.execPath, [script, ...args, "--base-url", stack.baseUrl], {
    env: { ...process.env, LANYARD_OPS_KEY: key },
  });
  return run.then(
    ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ status: code, stdout, stderr }),
  );
}

/** Signs an address in as a person does, by the code in its mail. */
async function signInByCode(email: string): Promise<string> {
  const post = async (path: string, json: object) =>
    answerOf(await openCall(stack.baseUrl, "POST", `/api/v2/auth/${path}`, { json }));
  const asked = await post("otp", { email });
  const { challengeId } = asked.body as { readonly challengeId: string };
  const code = await eventually("the mail is there", async () => {
    const answer = await answerOf(await openCall(stack.baseUrl, "GET", `/dev/mailbox?to=${email}`, {}));
    const { messages } = answer.body as { readonly messages: readonly { readonly codes: readonly string[] }[] };
    return messages[0]?.codes[0];
  });
  const signedIn = await post("otp/verify", { challengeId, code });
  return (signedIn.body as { readonly user: { readonly id: string } }).user.id;
}

describe("the operator's command line", () => {
  it("finds the account of an address that has signed in, and nobody for another", async () => {
    const email = `${randomUUID()}@example.com`;
    const userId = await signInByCode(email);
    const found = await lanyard(["users", "find", email.toUpperCase(), "--json"]);

    expect(JSON.parse(found.stdout)).toEqual({ users: [{ userId, since: expect.any(String), current: true }] });
    expect(await lanyard(["users", "lookup", email])).toEqual({ status: 0, stdout: `${userId}\n`, stderr: "" });
    expect(await lanyard(["users", "lookup", `other-${email}`])).toMatchObject({ status: 4, stdout: "" });
  });

  it("gives an account the role, and takes it away", async () => {
    const email = `${randomUUID()}@example.com`;
    const userId = await signInByCode(email);
    const granted = await lanyard(["admin", "grant", email, "--json"]);
    const revoked = await lanyard(["admin", "revoke", userId, "--json"]);

    expect(JSON.parse(granted.stdout)).toEqual({ userId, roles: ["admin"] });
    expect(JSON.parse(revoked.stdout)).toEqual({ userId, roles: [] });
  });

  it("counts, shows and redrives what queues have given up", async () => {
    const dead = async () => {
      const { queues } = JSON.parse((await lanyard(["dead-letters", "list", "--json"])).stdout) as {
        readonly queues: readonly { readonly queue: string; readonly count: number; readonly reasons: object }[];
      };
      return queues.find(({ queue }) => queue === "session");
    };
    const sqs = createSqsClient();
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${prefix}-session` }));
    for (const MessageBody of ["one", "two"]) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    sqs.destroy();
    await eventually("both are dead", async () => (await dead())?.count === 2);

    expect(await dead()).toMatchObject({ count: 2, reasons: { mac_invalid: 2 } });
    const shown = await lanyard(["dead-letters", "show", "session"]);
    expect(shown.stdout.trim().split("\n")).toHaveLength(2);
    expect(await lanyard(["dead-letters", "redrive", "session"])).toMatchObject({ status: 2 });
    const { stdout: operationId } = await lanyard(["dead-letters", "redrive", "session", "--yes"]);
    const operation = await eventually("it has ended", async () => {
      const { status, stdout } = await lanyard(["operations", "show", operationId.trim(), "--json"]);
      return status === 0 && (JSON.parse(stdout) as { readonly result: unknown });
    });
    expect(operation.result).toEqual({ queue: "session", moved: 2 });
    await eventually("they are dead again, and stay", async () => (await dead())?.count === 2);
  });

  it("rotates the signing key, and removes one", async () => {
    const states = async () =>
      (await lanyard(["keys", "list"])).stdout
        .trim()
        .split("\n")
        .map((row) => row.split("\t"));
    expect((await states()).map(([, , state]) => state)).toEqual(["signs"]);
    expect(await lanyard(["keys", "rotate"])).toMatchObject({ status: 0 });
    const [[next = ""] = []] = await states();

    expect(await lanyard(["keys", "remove", next, "--yes"])).toMatchObject({ status: 0, stderr: "" });
    expect((await states()).map(([, , state]) => state)).toEqual(["removed", "signs"]);
  });

  it("is let in with the key of the stack, and with no other", async () => {
    const other = Buffer.alloc(32, 1).toString("base64url");
    const { status, stderr } = await lanyard(["users", "find", "a@example.com"], other);

    expect([status, stderr]).toEqual([3, expect.stringContaining("does not know this key")]);
    expect(stderr).not.toContain(other);
  });
});
