import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ProblemCode, problems, problemType, wireCode } from "@lanyard/contracts";
import { runLanyard } from "../run-lanyard.ts";

/** JSON, or the events or lines of a stream; `cut`: whose connection then breaks. */
export type Answer =
  | { readonly status: number; readonly body?: unknown }
  | { readonly events: readonly (readonly [string, object])[]; readonly cut?: true }
  | { readonly lines: readonly object[]; readonly cut?: true };

export interface Run {
  /** Default true. */
  readonly isTerminal?: boolean;
  /** What whoever sits there answers; absent: nobody does. */
  readonly typed?: string;
}

const key = Buffer.alloc(32, 7).toString("base64url");

/** A server that answers in the order that `answers` has, and the command line that asks it. */
export async function standInGateway() {
  const asked: { readonly what: string; readonly accept: string | undefined }[] = [];
  const answers: Answer[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const { method, url, headers } = request;
      asked.push({ what: [method, url, body].filter(Boolean).join(" "), accept: headers.accept });
      give(answers.shift() ?? { status: 500 }, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    answers,
    /** Every request, as method, path and body. */
    asked: (): readonly string[] => asked.map(({ what }) => what),
    /** What each request would accept. */
    accepts: () => asked.map(({ accept }) => accept),
    async lanyard(args: readonly string[], { isTerminal = true, typed }: Run = {}) {
      let out = "";
      let err = "";
      const questions: string[] = [];
      const shown: string[] = [];
      const status = await runLanyard([...args, `--base-url=${baseUrl}`], {
        env: { LANYARD_OPS_KEY: key },
        isTerminal,
        out: (text) => void (out += text),
        err: (text) => void (err += text),
        progress: (line) => void shown.push(line),
        ...(typed !== undefined && {
          question: async (text: string) => {
            questions.push(text);
            return typed;
          },
        }),
      });
      return { status, out, err, questions, shown };
    },
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type StandInGateway = Awaited<ReturnType<typeof standInGateway>>;

/** A problem as gateways answer it. */
export const refusal = (code: ProblemCode) => {
  const { status, title } = problems[code];
  return { status, body: { type: problemType(code), title, status, code: wireCode(code), instance: "urn:x" } };
};

function give(answer: Answer, response: ServerResponse): void {
  if ("status" in answer) {
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
    return;
  }
  if ("lines" in answer) {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    response.write(answer.lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    if (answer.cut) response.write('{"line":"e', () => response.destroy());
    else response.end();
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(": still here\n\n");
  for (const [type, data] of answer.events) {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  }
  if (answer.cut) response.write("event: rec", () => response.destroy());
  else response.end();
}
