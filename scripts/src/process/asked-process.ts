import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { compileCache } from "../stack/compile-cache.ts";
import { nodeFlags } from "../stack/node-flags.ts";

/** Work in a process of its own, so that it shares neither a core nor a heap with whoever asks for it. */
export interface AskedProcess<Question, Answer> {
  ask(question: Question): Promise<Answer>;
  /** What it has used of all cores since its start, milliseconds. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

interface Answered {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/** Starts a script that calls `answerQuestions`. It ends with this process, whatever happens to it. */
export function startAskedProcess<Question, Answer>(
  script: string,
  env: Readonly<Record<string, string>> = {},
): AskedProcess<Question, Answer> {
  const child = spawn(process.execPath, [...nodeFlags(), script], {
    env: { NODE_ENV: "production", ...compileCache, ...env },
    // What services log has to be written, and nobody reads it.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
  });
  const open = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  child.on("message", ({ id, answer, error }: Answered) => {
    const asked = open.get(id);
    open.delete(id);
    if (error === undefined) asked?.resolve(answer);
    else asked?.reject(new Error(error));
  });
  child.on("exit", (code, signal) => {
    for (const { reject } of open.values()) reject(new Error(`${script} ended: ${signal ?? code}`));
    open.clear();
  });
  let asked = 0;
  const send = <Told>(message: { readonly question?: Question; readonly cpu?: true }): Promise<Told> =>
    new Promise((resolve, reject) => {
      if (!isRunning(child)) return reject(new Error(`${script} has ended`));
      const id = asked++;
      open.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      child.send({ id, ...message });
    });
  return {
    ask: (question) => send<Answer>({ question }),
    cpuMs: () => send<number>({ cpu: true }),
    async stop() {
      if (!isRunning(child)) return;
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;
