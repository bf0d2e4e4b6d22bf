import { type DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import { DependencyUnavailable, guard } from "@lanyard/aws";
import { RateLimiterDynamo, RateLimiterRes } from "rate-limiter-flexible";
import type { WindowCounters, WindowOf } from "./window-counters.ts";

export interface DynamoWindowCountersOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Milliseconds after which the table counts as down; what was sent may yet be applied. */
  readonly answerWithinMs: number;
}

/**
 * Window counters in a DynamoDB table with the key `key` and the attributes `points` and `expire` (Unix seconds, its
 * TTL). One update counts, or two where the window had begun. The limiter's own memory of keys that are over their quota
 * is not used: it knows nothing of what is given back. An update that the SDK sends again may count twice: a limit errs
 * on the strict side. The client stays its owner's to destroy.
 */
export function dynamoWindowCounters(options: DynamoWindowCountersOptions): WindowCounters {
  const { client, tableName, answerWithinMs } = options;
  // All that the limiter calls of a client whose table is there; it takes no other kind of client than this.
  const storeClient = {
    updateItem: (update: UpdateItemCommandInput) => client.send(new UpdateItemCommand(update)),
  };
  const limiters = new Map<string, RateLimiterDynamo>();
  const limiterOf = ({ quota, windowSeconds }: WindowOf): RateLimiterDynamo => {
    const name = `${quota}/${windowSeconds}`;
    const made =
      limiters.get(name) ??
      new RateLimiterDynamo({
        storeClient,
        tableName,
        tableCreated: true,
        ttlSet: true,
        keyPrefix: "",
        points: quota,
        duration: windowSeconds,
      });
    limiters.set(name, made);
    return made;
  };
  const answered = <Result>(work: () => Promise<Result>): Promise<Result> =>
    guard("dynamodb", () => inTime(answerWithinMs, () => onceMore(work)));

  return {
    add: (window, amount) =>
      answered(async () => {
        const { consumedPoints, msBeforeNext } = await consumed(limiterOf(window), window.key, amount);
        return { total: consumedPoints, endsInMs: msBeforeNext };
      }),
    async subtract(window, amount) {
      await answered(() => limiterOf(window).reward(window.key, amount));
    },
  };
}

/** The limiter throws what it counted when that is over the quota. */
async function consumed(limiter: RateLimiterDynamo, key: string, amount: number): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key, amount);
  } catch (error) {
    if (error instanceof RateLimiterRes) return error;
    throw error;
  }
}

/**
 * The limiter begins a window under one condition and adds to it under the opposite one: it is lost between the two when
 * the window ended meanwhile, or when the first attempt failed for another reason.
 */
async function onceMore<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isFailedCondition(error)) throw error;
  }
  try {
    return await work();
  } catch (error) {
    throw isFailedCondition(error) ? new DependencyUnavailable("dynamodb", error) : error;
  }
}

const isFailedCondition = (error: unknown): boolean =>
  error instanceof Error && error.name === "ConditionalCheckFailedException";

async function inTime<Result>(ms: number, work: () => Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DependencyUnavailable("dynamodb", new Error("not answered in time"))), ms);
  });
  try {
    return await Promise.race([work(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
