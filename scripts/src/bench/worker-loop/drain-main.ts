import { DeleteMessageBatchCommand, GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { createSnsClient, createSqsClient } from "@lanyard/aws";
import { awsTransport, realClock, type Transport, Worker } from "@lanyard/messaging";
import { createLogger } from "@lanyard/service";
import { answerQuestions } from "../../process/answer-questions.ts";
import type { DrainAnswer, Drainer, DrainQuestion } from "./drain.ts";
import { noopFlow } from "./noop-flow.ts";

const queue = "identity";
const pollers = 2;
const sendTogether = 200;
/** No drain takes longer, and no process waits for ever. */
const longestMs = 60_000;

const prefix = process.env["LANYARD_PREFIX"] ?? "";
const transport = awsTransport({ sqs: createSqsClient(), sns: createSnsClient(), prefix });
const log = createLogger({ service: "bench", level: "info" });
const { handle, message } = noopFlow(transport, log);
const bare = new SQSClient({ useQueueUrlAsEndpoint: false, md5: false });

answerQuestions<DrainQuestion, DrainAnswer>(async (question) => {
  const startedAt = performance.now();
  if (question.kind === "fill") await fill(question.count);
  else return drain(question.by, question.count);
  return (performance.now() - startedAt) / 1000;
});

async function fill(count: number): Promise<void> {
  for (let left = count; left > 0; left -= sendTogether) {
    const together = Array.from({ length: Math.min(left, sendTogether) }, () => transport.send(queue, message()));
    await Promise.all(together);
  }
}

function drain(by: Drainer, count: number): Promise<number> {
  switch (by) {
    case "SDK loop":
      return drainBare(count);
    case "worker":
      return drainByWorker(count, async () => ({ kind: "delete" }));
    case "worker and runtime":
      return drainByWorker(count, handle);
  }
}

async function drainByWorker(count: number, each: typeof handle): Promise<number> {
  const all = Promise.withResolvers<void>();
  let deleted = 0;
  const counting: Transport = {
    ...transport,
    async delete(...args) {
      await transport.delete(...args);
      deleted += 1;
      if (deleted === count) all.resolve();
    },
  };
  const options = { queue, deadLetterQueue: null, transport: counting, clock: realClock, log, waitSeconds: 1, pollers };
  const worker = new Worker({ ...options, handle: each, probe: async () => undefined });
  const startedAt = performance.now();
  worker.start();
  await inTime(all.promise);
  const seconds = (performance.now() - startedAt) / 1000;
  await worker.stop();
  return seconds;
}

async function drainBare(count: number): Promise<number> {
  const { QueueUrl } = await bare.send(new GetQueueUrlCommand({ QueueName: `${prefix}-${queue}` }));
  const startedAt = performance.now();
  const endsAt = startedAt + longestMs;
  let deleted = 0;
  const poll = async (): Promise<void> => {
    while (deleted < count) {
      if (performance.now() > endsAt) throw new Error("not drained in time");
      const { Messages = [] } = await bare.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ["All"],
          MessageSystemAttributeNames: ["ApproximateReceiveCount", "SentTimestamp"],
        }),
      );
      if (Messages.length === 0) continue;
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await bare.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      deleted += Messages.length;
    }
  };
  await Promise.all(Array.from({ length: pollers }, poll));
  return (performance.now() - startedAt) / 1000;
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("not drained in time")), longestMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
