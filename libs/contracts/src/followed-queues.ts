import type { WorkerName } from "./command.ts";
import type { Event } from "./event.ts";
import {
  sessionOpened,
  sessionRefreshReuseDetected,
  sessionRevoked,
  sessionVoided,
  userBackupCodesMade,
  userBackupCodeUsed,
  userEmailChanged,
  userPasswordSet,
  userSecondFactorDisabled,
  userSecondFactorEnabled,
} from "./events.ts";

/** A queue of events that a worker follows beside its commands: of the topic it gets these and no others. */
export interface FollowedQueue {
  readonly worker: WorkerName;
  readonly events: readonly Event[];
}

/** By name; each has dead letters like every other. */
export const followedQueues = {
  "security-mails": {
    worker: "notification",
    events: [
      sessionOpened,
      sessionRevoked,
      sessionRefreshReuseDetected,
      sessionVoided,
      userPasswordSet,
      userEmailChanged,
      userSecondFactorEnabled,
      userSecondFactorDisabled,
      userBackupCodesMade,
      userBackupCodeUsed,
    ],
  },
} as const satisfies Readonly<Record<string, FollowedQueue>>;

export type FollowedQueueName = keyof typeof followedQueues;
export const followedQueueNames = Object.keys(followedQueues) as [FollowedQueueName, ...FollowedQueueName[]];

/** The types of the events that come to a queue. */
export const typesFollowedBy = (queue: FollowedQueueName): readonly string[] =>
  followedQueues[queue].events.map(({ type }) => type);
