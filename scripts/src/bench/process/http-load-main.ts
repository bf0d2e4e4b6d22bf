import { setTimeout } from "node:timers/promises";
import { answerQuestions } from "../../process/answer-questions.ts";
import { closedLoop } from "../measure/closed-loop.ts";
import { eachOnce } from "../measure/each-once.ts";
import { HttpConnection } from "./http-connection.ts";
import type { AnsweredSeries, HttpLoadAnswer, HttpLoadQuestion, HttpTarget } from "./http-load.ts";
import { requestText } from "./request-text.ts";

interface Prepared extends HttpTarget {
  readonly requests: readonly string[];
  next: number;
}
type Asked<Kind extends HttpLoadQuestion["kind"]> = Extract<HttpLoadQuestion, { kind: Kind }>;

const prepared = new Map<string, Prepared>();

answerQuestions<HttpLoadQuestion, HttpLoadAnswer>(async (question) => {
  switch (question.kind) {
    case "prepare":
      return prepare(question);
    case "run":
      return { run: await run(question) };
    case "each":
      return { series: await each(question) };
  }
});

function prepare({ name, target }: Asked<"prepare">): HttpLoadAnswer {
  const { port, headers, ...rest } = target;
  const own = headers.length === 0 ? [[]] : headers.map((header) => [header]);
  prepared.set(name, {
    ...target,
    requests: own.map((lines) => requestText(port, { ...rest, headers: lines })),
    next: 0,
  });
  return {};
}

async function run({ name, connections, seconds }: Asked<"run">) {
  const target = prepared.get(name);
  if (target === undefined) throw new Error(`${name} is not prepared`);
  const open = Array.from({ length: connections }, () => new HttpConnection(target.port));
  try {
    return await closedLoop(
      open.map((connection) => async () => {
        const { status } = await connection.send(target.requests[target.next++ % target.requests.length] ?? "");
        if (status !== target.expectedStatus) throw new Error(`${name}: answered ${status}`);
      }),
      seconds,
    );
  } finally {
    for (const connection of open) connection.close();
  }
}

async function each({ port, requests, connections, pauseMs, expectedStatus }: Asked<"each">): Promise<AnsweredSeries> {
  const open = Array.from({ length: connections }, () => new HttpConnection(port));
  const texts = requests.map((request) => requestText(port, request));
  try {
    await Promise.all(open.map((connection) => connection.connected));
    const startedAt = performance.now();
    const answers = await eachOnce(
      texts,
      open.map((connection) => async (text: string) => {
        const { status, body } = await connection.send(text);
        if (status !== expectedStatus) throw new Error(`answered ${status} instead of ${expectedStatus}: ${body}`);
        return body;
      }),
      pauseMs === undefined ? undefined : async () => setTimeout(pauseMs),
    );
    return { answers, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    for (const connection of open) connection.close();
  }
}
