import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Message } from "@aws-sdk/client-sqs";
import { answerQuestions } from "../../process/answer-questions.ts";
import { type ClosedLoopRun, closedLoop } from "../measure/closed-loop.ts";
import type { FloorQuestion, FloorRole } from "./floor.ts";
import { deleteAll, publishAll, putIfAbsent, queueUrl, receive, sendAll, topicArn } from "./floor-calls.ts";

const pollers = 2;
const eventBytes = 500;

/** Who waits for the end of a flow, by its id. */
const waiting = new Map<string, () => void>();
let send: (id: string) => Promise<void> = () => Promise.reject(new Error("not started"));

answerQuestions<FloorQuestion, ClosedLoopRun | undefined>(async (question) => {
  switch (question.kind) {
    case "work":
      return work(question.role);
    case "start":
      return start(question.role);
    case "run":
      return closedLoop(
        Array.from({ length: question.concurrent }, () => runFlow),
        question.seconds,
      );
  }
});

/** A worker: write, then publish and forward, then delete; what is received together goes on together. */
async function work({ queue, table, topic, sendsTo, bodyBytes }: FloorRole): Promise<undefined> {
  const from = await queueUrl(queue);
  const to = await queueUrl(sendsTo);
  const events = topic === undefined ? undefined : await topicArn(topic);
  poll(from, async (messages) => {
    const ids = messages.map(idOf);
    if (table !== undefined) await Promise.all(ids.map((id) => putIfAbsent(table, id, "v".repeat(eventBytes))));
    await Promise.all([
      sendAll(
        to,
        ids.map((id) => bodyOf(id, bodyBytes)),
      ),
      events !== undefined &&
        publishAll(
          events,
          ids.map((id) => bodyOf(id, eventBytes)),
        ),
    ]);
    await deleteAll(from, messages);
  });
  return undefined;
}

/** The first and the last: sends what is asked for at the same moment together, and wakes who waits. */
async function start({ queue, sendsTo, bodyBytes }: FloorRole): Promise<undefined> {
  const from = await queueUrl(queue);
  const to = await queueUrl(sendsTo);
  let together: { readonly ids: string[]; readonly sent: Promise<void> } | undefined;
  send = (id) => {
    if (together === undefined) {
      const ids: string[] = [];
      const sent = setImmediate().then(() => {
        together = undefined;
        return sendAll(
          to,
          ids.map((each) => bodyOf(each, bodyBytes)),
        );
      });
      together = { ids, sent };
    }
    together.ids.push(id);
    return together.sent;
  };
  poll(from, async (messages) => {
    for (const id of messages.map(idOf)) {
      waiting.get(id)?.();
      waiting.delete(id);
    }
    await deleteAll(from, messages);
  });
  return undefined;
}

async function runFlow(): Promise<void> {
  const id = randomUUID();
  const ended = new Promise<void>((resolve) => waiting.set(id, resolve));
  await send(id);
  await ended;
}

/** Receives on and on; what was received does not keep from receiving more. A failure ends the process, and the run. */
function poll(url: string, handle: (messages: readonly Message[]) => Promise<void>): void {
  const loop = async (): Promise<void> => {
    for (;;) {
      const messages = await receive(url);
      if (messages.length > 0) void handle(messages);
    }
  };
  for (let count = 0; count < pollers; count++) void loop();
}

const bodyOf = (id: string, bytes: number): string => JSON.stringify({ id, pad: "p".repeat(bytes - 55) });
const idOf = ({ Body = "" }: Message): string => (JSON.parse(Body) as { readonly id: string }).id;
