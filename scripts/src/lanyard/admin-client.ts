import { httpSchemas, problemDetails, type Route } from "@lanyard/contracts";
import type { z } from "zod";
import { type SentEvent, sentEvents } from "./event-source.ts";
import { exitStatus, LanyardMistake } from "./lanyard-mistake.ts";
import { opsKey } from "./ops-key.ts";
import { sentLines } from "./sent-lines.ts";
import type { Surroundings } from "./surroundings.ts";

const TIMEOUT_SECONDS = 15;
/** A stream that says nothing for so long is broken: gateways send a comment every 15 s. */
const SILENCE_SECONDS = 45;

/** A gateway as its operators call it. */
export interface AdminClient {
  /** The 200 of a GET, by its schema. @throws LanyardMistake for every other answer, and for none */
  read<Body>(route: Route, query: Readonly<Record<string, string>>, body: z.ZodType<Body>): Promise<Body>;
  /** The body of any 2xx, by its schema; of a command that is still under way, its operation. @throws LanyardMistake */
  ask<Body>(route: Route, asking: Asking, body: z.ZodType<Body>): Promise<Answered<Body>>;
  /** The server-sent events of a GET, until the gateway ends them. @throws LanyardMistake also when the stream breaks */
  stream(route: Route, asking: Pick<Asking, "path">): AsyncIterable<SentEvent>;
  /** The lines of JSON of a GET, until the gateway ends them. @throws LanyardMistake likewise */
  lines(route: Route, asking: Pick<Asking, "query">): AsyncIterable<unknown>;
}

export interface Asking {
  /** What stands for `{name}` in the path. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: object;
  /** The status of the answer that is wanted; default: the first of the route. */
  readonly status?: number;
}

export type Answered<Body> =
  | { readonly kind: "done"; readonly body: Body }
  | { readonly kind: "pending"; readonly operationId: string };

/** Shows the operator's key with each request; never prints it. */
export function adminClient(surroundings: Pick<Surroundings, "env">, baseUrl: string): AdminClient {
  const understood = async <Body>(response: Response, body: z.ZodType<Body>): Promise<Body> => {
    const text = await response.text().catch(() => "");
    const parsed = body.safeParse(text === "" ? undefined : jsonOf(text));
    if (parsed.success) return parsed.data;
    throw new LanyardMistake(`${baseUrl} did not answer as Lanyard does: is it the gateway, and of this version?`);
  };
  /** What an answer that takes its time says, as it comes; `ofAnswer` is to call `heard` for whatever comes. */
  async function* heardFrom<Heard>(
    path: string,
    accept: string,
    ofAnswer: (response: Response, heard: () => void) => AsyncIterable<Heard>,
  ): AsyncGenerator<Heard> {
    const key = await opsKey(surroundings, baseUrl);
    const hungUp = new AbortController();
    const silence = setTimeout(
      () => hungUp.abort(new Error(`silent for ${SILENCE_SECONDS} s`)),
      SILENCE_SECONDS * 1000,
    );
    try {
      const response = await asked(baseUrl, path, key, { accept, signal: hungUp.signal });
      if (response.status !== 200) throw await refusal(response, baseUrl);
      yield* ofAnswer(response, () => silence.refresh());
    } catch (error) {
      if (error instanceof LanyardMistake) throw error;
      throw new LanyardMistake(`the stream of ${baseUrl} broke: ${reasonOf(error)}`);
    } finally {
      clearTimeout(silence);
      hungUp.abort();
    }
  }
  return {
    async read(route, query, body) {
      const key = await opsKey(surroundings, baseUrl);
      const response = await asked(baseUrl, `${route.path}?${new URLSearchParams(query)}`, key);
      if (response.status !== 200) throw await refusal(response, baseUrl);
      return understood(response, body);
    },
    async ask(route, { path, query, json, status = route.answers[0]?.status }, body) {
      const key = await opsKey(surroundings, baseUrl);
      const at = `${filledIn(route, path)}${query === undefined ? "" : `?${new URLSearchParams(query)}`}`;
      const response = await asked(baseUrl, at, key, { method: route.method, json });
      if (response.status === status) return { kind: "done", body: await understood(response, body) };
      if (response.status !== 202) throw await refusal(response, baseUrl);
      const { operationId } = await understood(response, httpSchemas.pendingOperation);
      return { kind: "pending", operationId };
    },
    stream: (route, { path }) => heardFrom(filledIn(route, path), "text/event-stream", sentEvents),
    lines: (route, { query }) =>
      heardFrom(`${route.path}?${new URLSearchParams(query)}`, "application/x-ndjson", sentLines),
  };
}

const filledIn = (route: Route, path: Asking["path"] = {}): string =>
  route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ""));

interface Call {
  readonly method?: string;
  readonly json?: object | undefined;
  readonly accept?: string;
  /** Default: one that gives up after 15 s. */
  readonly signal?: AbortSignal;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function asked(
  baseUrl: string,
  path: string,
  key: string,
  {
    method = "GET",
    json,
    accept = "application/json",
    signal = AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
  }: Call = {},
): Promise<Response> {
  try {
    return await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        accept,
        ...(json === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      redirect: "manual",
      signal,
    });
  } catch (error) {
    throw new LanyardMistake(`${baseUrl} cannot be reached: ${reasonOf(error)}`);
  }
}

/** What a status means to an operator; the gateway's own words for the rest. */
async function refusal(response: Response, baseUrl: string): Promise<LanyardMistake> {
  const problem = problemDetails.safeParse(await response.json().catch(() => undefined));
  const said = problem.success
    ? `${problem.data.title} (${response.status} ${problem.data.code})`
    : `${response.status}`;
  const wrong = problem.data?.errors?.map(({ path, message }) => `${path}: ${message}`).join("; ");
  switch (response.status) {
    case 400:
      return new LanyardMistake(wrong ?? said, exitStatus.usage);
    case 401:
      return new LanyardMistake(`${baseUrl} does not know this key: ${said}`, exitStatus.notAllowed);
    case 403:
      return new LanyardMistake(`not allowed: ${said}`, exitStatus.notAllowed);
    case 404:
      // Without a problem of its own, it is the address that is not there.
      if (problem.data?.code === "not_found" || !problem.success) {
        return new LanyardMistake(`${baseUrl} has no such route: is it the gateway, and of this version?`);
      }
      return new LanyardMistake(said, exitStatus.notFound);
    case 429:
    case 503: {
      const retryAfter = response.headers.get("retry-after");
      return new LanyardMistake(retryAfter === null ? said : `${said}; try again in ${retryAfter} s`);
    }
    default:
      return new LanyardMistake(`${baseUrl} answered ${said}`);
  }
}

function reasonOf(error: unknown): string {
  // By their shape: fetch says "fetch failed", and why in its cause.
  const { name, message, cause } = error as Partial<Error> & { readonly cause?: { code?: string; message?: string } };
  if (name === "TimeoutError") return `no answer in ${TIMEOUT_SECONDS} s`;
  return cause?.code ?? cause?.message ?? message ?? String(error);
}
