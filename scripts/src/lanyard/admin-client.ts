import { problemDetails, type Route } from "@lanyard/contracts";
import type { z } from "zod";
import { exitStatus, LanyardMistake } from "./lanyard-mistake.ts";
import { opsKey } from "./ops-key.ts";
import type { Surroundings } from "./surroundings.ts";

const TIMEOUT_SECONDS = 15;

/** A gateway as its operators call it. */
export interface AdminClient {
  /** The 200 of a GET, by its schema. @throws LanyardMistake for every other answer, and for none */
  read<Body>(route: Route, query: Readonly<Record<string, string>>, body: z.ZodType<Body>): Promise<Body>;
}

/** Shows the operator's key with each request; never prints it. */
export function adminClient(surroundings: Pick<Surroundings, "env">, baseUrl: string): AdminClient {
  return {
    async read(route, query, body) {
      const key = await opsKey(surroundings, baseUrl);
      const response = await asked(baseUrl, `${route.path}?${new URLSearchParams(query)}`, key);
      if (response.status !== 200) throw await refusal(response, baseUrl);
      const parsed = body.safeParse(await response.json().catch(() => undefined));
      if (parsed.success) return parsed.data;
      throw new LanyardMistake(`${baseUrl} did not answer as Lanyard does: is it the gateway, and of this version?`);
    },
  };
}

async function asked(baseUrl: string, path: string, key: string): Promise<Response> {
  try {
    return await fetch(`${baseUrl}${path}`, {
      headers: { authorization: `Bearer ${key}`, accept: "application/json" },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
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
