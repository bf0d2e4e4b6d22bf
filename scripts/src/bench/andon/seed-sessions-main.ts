import { randomUUID } from "node:crypto";
import { createDynamoClient } from "@lanyard/aws";
import { sessionItem } from "@lanyard/contracts";
import { dynamoItemStore, typedItems } from "@lanyard/storage";
import { answerQuestions } from "../../process/answer-questions.ts";
import { eachOnce } from "../measure/each-once.ts";

const DAY_MS = 24 * 3600_000;
const together = 48;

const sessions = typedItems(
  dynamoItemStore({ client: createDynamoClient(), tableName: `${process.env["LANYARD_PREFIX"]}-session` }),
  sessionItem,
);

answerQuestions<{ readonly count: number }, null>(async ({ count }) => {
  await eachOnce(
    Array.from({ length: count }, (_, index) => index),
    Array.from({ length: together }, () => put),
  );
  return null;
});

async function put(): Promise<void> {
  const [userId, sessionId] = [randomUUID(), randomUUID()];
  const expiresAt = new Date(Date.now() + 29 * DAY_MS).toISOString();
  await sessions.putIfAbsent(
    {
      sessionId,
      userId,
      userKind: "anonymous",
      method: "anonymous",
      amr: [],
      openedAt: new Date(Date.now() - DAY_MS).toISOString(),
      expiresAt,
      generation: 1,
      jti: randomUUID(),
      client: { ip: "203.0.113.7", os: "Linux", browser: "Firefox", device: "desktop" },
      pull: 0,
      rotations: [],
    },
    [userId, sessionId],
    { writtenBy: "bench", ttlEpochSeconds: Math.floor(Date.parse(expiresAt) / 1000) },
  );
}
