import { type ClosedLoopRun, closedLoop } from "../measure/closed-loop.ts";
import { answerQuestions } from "./answer-questions.ts";
import { HttpConnection } from "./http-connection.ts";
import type { HttpLoadQuestion, HttpTarget } from "./http-load.ts";

interface Prepared extends HttpTarget {
  readonly requests: readonly string[];
  next: number;
}

const prepared = new Map<string, Prepared>();

answerQuestions<HttpLoadQuestion, ClosedLoopRun | undefined>(async (question) => {
  if (question.kind === "run") return run(question);
  const { name, target } = question;
  const { method, path, headers } = target;
  const start = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nAccept: application/json\r\n`;
  const length = method === "POST" ? "Content-Length: 0\r\n" : "";
  const lines = headers.length === 0 ? [""] : headers.map((header) => `${header}\r\n`);
  prepared.set(name, { ...target, requests: lines.map((line) => `${start}${length}${line}\r\n`), next: 0 });
  return undefined;
});

async function run({ name, connections, seconds }: Extract<HttpLoadQuestion, { kind: "run" }>): Promise<ClosedLoopRun> {
  const target = prepared.get(name);
  if (target === undefined) throw new Error(`${name} is not prepared`);
  const open = Array.from({ length: connections }, () => new HttpConnection(target.port));
  try {
    return await closedLoop(
      open.map((connection) => async () => {
        const status = await connection.send(target.requests[target.next++ % target.requests.length] ?? "");
        if (status !== target.expectedStatus) throw new Error(`${name}: answered ${status}`);
      }),
      seconds,
    );
  } finally {
    for (const connection of open) connection.close();
  }
}
