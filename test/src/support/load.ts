import { setTimeout as pause } from "node:timers/promises";
import { answerOf, type HttpAnswer, openCall } from "./http-call.ts";

/** The AuthResult that an operation ended with. */
export interface SignedIn {
  readonly user: { readonly id: string };
  readonly session: { readonly id: string };
  readonly tokens: { readonly accessToken: string; readonly refreshToken: string };
}

/** What a client was told of one sign-in. */
export interface Told {
  /** The gateway that was asked. */
  readonly baseUrl: string;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** Until the answer, or the end of the connection. */
  readonly tookMs: number;
  /** "broken": the connection ended first. "hanging": there was no answer for a minute. */
  readonly status: number | "broken" | "hanging";
  /** Absent when there was none. */
  readonly answer?: HttpAnswer;
  readonly operationId?: string;
  /** How the operation ended: told at once, or by reading it. Absent when nobody could say. */
  readonly signedIn?: SignedIn;
}

export interface Load {
  /** One for each sign-in whose client has heard all that it will hear; grows. */
  readonly told: readonly Told[];
  /** One for each answer to a sign-in as it came; grows. A 202 is followed from then on. */
  readonly answered: readonly Told[];
  /** Starts no more sign-ins; resolves when those under way have ended. */
  stop(): Promise<void>;
  /** Starts no more sign-ins, and reads no operation any more. */
  abandon(): void;
}

const PATH = "/api/v2/auth/anonymous";
const HANGING_MS = 60_000;
/** A refused client comes back sooner than it is asked to: the more of them, the more is seen of the outage. */
const BEFORE_ANOTHER_TRY_MS = 100;

/**
 * A closed loop of visitors that sign in over and over: each waits for its answer, and every third asks for the answer
 * later and reads the operation until it has ended (for at most a minute), wherever a gateway answers.
 */
export function startLoad({
  baseUrls,
  clients = 20,
}: {
  readonly baseUrls: readonly string[];
  readonly clients?: number;
}): Load {
  const told: Told[] = [];
  const answered: Told[] = [];
  let stopping = false;
  const abandoned = new AbortController();
  let begun = 0;

  const gateway = (): string => baseUrls[begun++ % baseUrls.length] ?? "";
  const visit = async (): Promise<void> => {
    while (!stopping) {
      const first = await signInOnce(gateway(), begun % 3 === 0);
      answered.push(first);
      told.push(first.status === 202 ? { ...first, ...(await followed(gateway, first, abandoned.signal)) } : first);
      if (typeof first.status !== "number" || first.status >= 400) await pause(BEFORE_ANOTHER_TRY_MS);
    }
  };
  const visitors = Array.from({ length: clients }, visit);
  return {
    told,
    answered,
    async stop() {
      stopping = true;
      await Promise.all(visitors);
    },
    abandon() {
      stopping = true;
      abandoned.abort();
    },
  };
}

/** One sign-in; what becomes of the connection is an answer too. */
export async function signInOnce(baseUrl: string, respondAsync = false): Promise<Told> {
  const askedAt = Date.now();
  const answer = await heard(
    openCall(baseUrl, "POST", PATH, { headers: respondAsync ? { prefer: "respond-async" } : {} }),
  );
  const tookMs = Date.now() - askedAt;
  if (typeof answer === "string") return { baseUrl, askedAt, tookMs, status: answer };
  const operationId = answer.headers["x-operation-id"];
  return {
    baseUrl,
    askedAt,
    tookMs,
    status: answer.status,
    answer,
    ...(operationId === undefined ? {} : { operationId }),
    ...(answer.status === 201 ? { signedIn: answer.body as SignedIn } : {}),
  };
}

/** Reads the operation of a 202 until it has ended, whatever is down meanwhile. */
export async function followed(
  gateway: () => string,
  { answer }: Pick<Told, "answer">,
  abandoned?: AbortSignal,
): Promise<Pick<Told, "signedIn">> {
  const { operationSecret } = (answer?.body ?? {}) as { readonly operationSecret?: string };
  const headers = { "x-operation-secret": operationSecret ?? "" };
  for (const until = Date.now() + HANGING_MS; Date.now() < until && abandoned?.aborted !== true; ) {
    const read = await heard(openCall(gateway(), "GET", answer?.headers["location"] ?? "", { headers }));
    if (typeof read !== "string" && read.status === 200) {
      const { result } = read.body as { readonly result?: SignedIn };
      return result === undefined ? {} : { signedIn: result };
    }
    // Whoever is not let in will not be later either.
    if (typeof read !== "string" && read.status >= 400 && read.status < 500) return {};
    await pause(BEFORE_ANOTHER_TRY_MS);
  }
  return {};
}

async function heard(opened: ReturnType<typeof openCall>): Promise<HttpAnswer | "broken" | "hanging"> {
  const enough = new AbortController();
  const hanging = pause(HANGING_MS, "hanging" as const, { signal: enough.signal });
  hanging.catch(() => undefined);
  try {
    return await Promise.race([opened.then(answerOf), hanging]);
  } catch {
    return "broken";
  } finally {
    enough.abort();
  }
}
