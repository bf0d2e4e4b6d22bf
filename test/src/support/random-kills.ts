import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "@lanyard/messaging/testing";
import type { ServiceId, Stack } from "@lanyard/scripts/stack";
import type { Random } from "../simulation/random.ts";
import type { Load } from "./load.ts";

/** One SIGKILL, and the work that it broke off. */
export interface Kill {
  readonly id: ServiceId;
  /** What a worker had received and nobody has settled or prolonged since: it comes back. */
  readonly messages: number;
  /** Sign-ins that a gateway had not yet answered: their clients saw the connection end. */
  readonly requests: number;
}

export const hadWork = ({ messages, requests }: Kill): boolean => messages + requests > 0;

export interface RandomKills {
  /** Kills the next one, at a random moment, also while others are still coming back. */
  next(): Promise<{ readonly id: ServiceId; readonly brokeOff: Promise<Kill> }>;
}

/** Longer than a message is still hidden at the second look for it, so that none counts for two kills. */
const SHORTEST_PAUSE_MS = 700;
const LONGEST_PAUSE_MS = 1800;
/** Another is killed while so many are not back yet; while more are, those that are left have little to do. */
const MOST_DOWN = 1;
/** A worker that lives settles a message or prolongs it within half its visibility timeout. */
const LIVING_WITHIN_SHARE = 0.7;

/**
 * Kills services of a stack that starts them again: in rounds, each in random order, of every one that is up. The workers'
 * `visibilitySeconds` are 2 at most.
 */
export function randomKills(options: {
  readonly stack: Stack;
  readonly load: Pick<Load, "answered">;
  readonly random: Random;
  readonly visibilitySeconds: number;
}): RandomKills {
  const { stack, load, random } = options;
  const livingWithinMs = options.visibilitySeconds * 1000 * LIVING_WITHIN_SHARE;
  const drawn = new Set<ServiceId>();
  const draw = () => {
    const ready = stack.services.filter(({ state }) => state === "ready");
    if (stack.services.length - ready.length > MOST_DOWN) return undefined;
    // Those that are still down are not waited for: the next round begins.
    if (ready.every(({ id }) => drawn.has(id))) drawn.clear();
    const left = ready.filter(({ id }) => !drawn.has(id));
    if (left.length === 0) return undefined;
    const victim = random.pick(left);
    drawn.add(victim.id);
    return victim;
  };

  const messagesOf = async (queue: string): Promise<number> => {
    const lookAgainAt = Date.now() + livingWithinMs;
    const hidden = await hiddenIn(stack.env, queue);
    await pause(livingWithinMs);
    const later = await hiddenIn(stack.env, queue);
    return [...hidden].filter(([receipt, until]) => until > lookAgainAt && later.get(receipt) === until).length;
  };
  const requestsOf = async (baseUrl: string | undefined, killedAt: number): Promise<number> => {
    await pause(livingWithinMs);
    return load.answered.filter(
      (each) =>
        each.baseUrl === baseUrl &&
        each.status === "broken" &&
        each.askedAt < killedAt &&
        each.askedAt + each.tookMs >= killedAt,
    ).length;
  };

  return {
    async next() {
      await pause(random.between(SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS));
      const { id, name, index } = await eventually("a service is ready to be killed", draw, { timeoutMs: 60_000 });
      const killedAt = Date.now();
      await stack.kill(id, "SIGKILL");
      const brokeOff = async (): Promise<Kill> =>
        name === "gateway"
          ? { id, messages: 0, requests: await requestsOf(stack.baseUrls[index], killedAt) }
          : { id, messages: await messagesOf(name), requests: 0 };
      return { id, brokeOff: brokeOff() };
    },
  };
}

/** Messages that were received and not settled: by receipt, when each is shown again. */
async function hiddenIn(env: Readonly<Record<string, string>>, queue: string): Promise<Map<string, number>> {
  // Only the embedded queues tell: SQS itself says how many there are, and not which.
  const url = `${env["AWS_ENDPOINT_URL_SQS"]}/_fauxqs/queues/${env["LANYARD_PREFIX"]}-${queue}`;
  const { messages } = (await (await fetch(url)).json()) as {
    readonly messages: {
      readonly inflight: readonly { readonly receiptHandle: string; readonly visibilityDeadline: number }[];
    };
  };
  return new Map(messages.inflight.map(({ receiptHandle, visibilityDeadline }) => [receiptHandle, visibilityDeadline]));
}
