import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { Attachments } from "./attachments.ts";
import { hearMoves, subscribed } from "./merge-events.ts";

const prefix = process.env["LANYARD_PREFIX"] ?? "lanyard";
// An emulator may name queues by hosts that nobody resolves.
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
const sns = new SNSClient();
const attachments = new Attachments(process.env["ATTACHMENTS_FILE"] ?? "attachments.sqlite");
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

const queueUrl = await subscribed({ sns, sqs }, { topicName: `${prefix}-events`, queueName: `${prefix}-attachments` });
console.log(`hearing account.itemMoved at ${queueUrl}`);
await hearMoves(sqs, {
  queueUrl,
  signal: stop.signal,
  move: (move) => {
    attachments.move(move);
    console.log(`merge ${move.mergeId} ${move.sequence}: ${move.fromItemId} is ${move.toItemId} now`);
  },
});
attachments.close();
