import type { ChildProcess } from "node:child_process";
import http from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";

const readyTimeoutMs = 60_000;
const probeTimeoutMs = 2000;
const firstPauseMs = 20;
const longestPauseMs = 250;

export interface WhenReadyOptions {
  signal: AbortSignal | undefined;
  onListening: (url: string) => void;
}

/**
 * Resolves when the service has said over IPC where it listens and `/readyz` answers 200 there. Throws when it ends
 * before, after 60 s (with what it says is missing), or when `signal` is aborted.
 */
export async function whenReady(child: ChildProcess, { signal, onListening }: WhenReadyOptions): Promise<void> {
  const over = new AbortController();
  let reason = `it was not ready after ${readyTimeoutMs / 1000} s`;
  let missing = "it does not listen";
  const end = (why: string) => {
    reason = why;
    over.abort();
  };
  const timer = setTimeout(() => end(`${reason}: ${missing}`), readyTimeoutMs);
  const onAbort = () => end("the start was called off");
  // "close" and not "exit": by then its last words have been read.
  const onClose = (code: number | null, by: NodeJS.Signals | null) => end(`it ended (${by ?? `exit ${code}`})`);
  const onMessage = (message: unknown) => {
    if (isListening(message)) url = message.url;
  };
  let url: string | undefined;
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort);
  child.once("error", (error) => end(error.message));
  child.once("close", onClose);
  child.on("message", onMessage);
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
      if (url !== undefined) {
        onListening(url);
        missing = await missingOf(url, over.signal);
        if (missing === "") return;
      }
      await pause(pauseMs, undefined, { signal: over.signal });
    }
  } catch (error) {
    throw over.signal.aborted ? new Error(reason, { cause: error }) : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    child.off("close", onClose);
    child.off("message", onMessage);
  }
}

/** What `/readyz` says is missing; empty when it is ready. */
async function missingOf(url: string, signal: AbortSignal): Promise<string> {
  try {
    const { status, body } = await get(`${url}/readyz`, AbortSignal.any([signal, AbortSignal.timeout(probeTimeoutMs)]));
    return status === 200 ? "" : `/readyz answers ${status} ${body}`;
  } catch (error) {
    if (signal.aborted) throw error;
    return `/readyz does not answer (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** Not `fetch`: it refuses some ports (6000, 6666, …), which would look like a service that never gets ready. */
function get(url: string, signal: AbortSignal): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { signal, agent: false }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    request.on("error", reject);
  });
}

function isListening(message: unknown): message is { type: "listening"; url: string } {
  return (
    typeof message === "object" &&
    message !== null &&
    "type" in message &&
    message.type === "listening" &&
    "url" in message
  );
}
