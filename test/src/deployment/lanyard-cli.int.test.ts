import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { ListTopicsCommand, PublishCommand } from "@aws-sdk/client-sns";
import { GetQueueUrlCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createSnsClient, createSqsClient } from "@lanyard/aws";
import { ANDON_CORD, type CordMessage } from "@lanyard/contracts";
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
const signInByCode = async (email: string): Promise<string> => (await signedInByCode(email)).userId;

async function signedInByCode(email: string): Promise<{ readonly userId: string; readonly accessToken: string }> {
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
  const { user, tokens } = signedIn.body as {
    readonly user: { readonly id: string };
    readonly tokens: { readonly accessToken: string };
  };
  return { userId: user.id, accessToken: tokens.accessToken };
}

/** What the gateway says to an access token. */
async function statusOf(accessToken: string): Promise<number | undefined> {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await answerOf(await openCall(stack.baseUrl, "GET", "/api/v2/auth/session", { headers }))).status;
}

/** As operations do with `aws sns publish`. */
async function publish(message: CordMessage | string): Promise<void> {
  const sns = createSnsClient();
  const { Topics = [] } = await sns.send(new ListTopicsCommand());
  const TopicArn = Topics.map((topic) => topic.TopicArn).find((arn) => arn?.endsWith(`:${prefix}-${ANDON_CORD}`));
  const Message = typeof message === "string" ? message : JSON.stringify(message);
  await sns.send(new PublishCommand({ TopicArn, Message }));
  sns.destroy();
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

  it("pulls the andon cord, and follows it to the end", async () => {
    const { userId, accessToken } = await signedInByCode(`${randomUUID()}@example.com`);
    const other = await signedInByCode(`${randomUUID()}@example.com`);
    const scope = ["--scope", `user:${userId}`];
    expect((await lanyard(["andon", "preview", ...scope])).stdout).toBe("1\n");
    expect(await lanyard(["andon", "pull", ...scope, "--reason", "r"])).toMatchObject({ status: 2, stdout: "" });
    expect(await statusOf(accessToken)).toBe(200);
    const pulled = await lanyard(["andon", "pull", ...scope, "--reason", "A lost laptop", "--yes", "--json"]);

    expect([await statusOf(accessToken), await statusOf(other.accessToken)]).toEqual([403, 200]);
    expect(pulled).toMatchObject({ status: 0, stderr: "" });
    const receipt = JSON.parse(pulled.stdout) as { readonly revocationId: string };
    expect(receipt).toMatchObject({ state: "done", matched: 1, swept: 1, gateways: { known: 1, confirmed: 1 } });
    const { stdout: shown } = await lanyard(["revocations", "show", receipt.revocationId]);
    expect(shown.split("\t").slice(0, 3)).toEqual([receipt.revocationId, "done", `user:${userId}`]);
    expect((await lanyard(["revocations", "list"])).stdout).toContain("A lost laptop");
    expect((await lanyard(["andon", "preview", ...scope])).stdout).toBe("0\n");
  });

  it("ends every session of a user", async () => {
    const { userId, accessToken } = await signedInByCode(`${randomUUID()}@example.com`);

    expect(await lanyard(["users", "revoke-tokens", userId, "--yes"])).toMatchObject({ status: 0, stderr: "" });
    expect(await statusOf(accessToken)).toBe(403);
  });

  it("shows what was pulled on the topic, and what could not be", async () => {
    const { userId, accessToken } = await signedInByCode(`${randomUUID()}@example.com`);
    const id = randomUUID();
    const pulledAt = new Date().toISOString();
    await publish("pull it!");
    await publish({ version: 1, id, scope: { kind: "user", userId }, reason: "r", pulledBy: "on-call", pulledAt });
    await eventually("the topic has been heard", async () => (await lanyard(["revocations", "show", id])).status === 0);
    const { stdout } = await lanyard(["revocations", "show", id, "--follow", "--json"]);

    expect(JSON.parse(stdout)).toMatchObject({ state: "done", pulledBy: "on-call", matched: 1, swept: 1 });
    expect(await statusOf(accessToken)).toBe(403);
    const letters = await lanyard(["dead-letters", "show", ANDON_CORD]);
    expect(letters.stdout.split("\t")[1]).toBe("not_json");
  });

  it("replaces every key and ends every session", async () => {
    const { accessToken } = await signedInByCode(`${randomUUID()}@example.com`);
    const rotated = await lanyard(["andon", "rotate-everything", "--reason", "A leak", "--yes", "--json"]);

    expect(rotated).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(rotated.stdout)).toMatchObject({ state: "done", scope: { kind: "all" } });
    expect(await statusOf(accessToken)).not.toBe(200);
    const { accessToken: next } = await signedInByCode(`${randomUUID()}@example.com`);
    expect(await statusOf(next)).toBe(200);
  });

  it("verifies the security log, of which no hour is over yet", async () => {
    const { status, stdout } = await lanyard(["audit", "verify", "--json"]);
    const told = JSON.parse(stdout) as { readonly looked: number };

    expect([status, told]).toEqual([0, expect.objectContaining({ hours: 0, unmarked: 0, findings: [] })]);
    expect(told.looked).toBeGreaterThan(0);
  });

  it("is let in with the key of the stack, and with no other", async () => {
    const other = Buffer.alloc(32, 1).toString("base64url");
    const { status, stderr } = await lanyard(["users", "find", "a@example.com"], other);

    expect([status, stderr]).toEqual([3, expect.stringContaining("does not know this key")]);
    expect(stderr).not.toContain(other);
  });
});
