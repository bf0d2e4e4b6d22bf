import type { CommandMessage } from "@lanyard/contracts";
import { BLUR_MS, type Invariant, lastStates, operationOf, sessionWrites, stateOf, writesOf } from "./evidence.ts";
import { stepOf } from "./noted-runs.ts";
import {
  askingOperations,
  isVoidedBy,
  lastRevocations,
  openings,
  overdueRevocations,
  pullWrites,
  standingPulls,
} from "./pull-evidence.ts";

/** What is true of the sweeps that mark what pulls have voided. */
export const sweepInvariants: readonly Invariant[] = [
  {
    name: "every sweep ends, and marks all that it has matched",
    violations: (evidence) =>
      [...lastRevocations(evidence).values()].flatMap(({ revocationId, effective, sweep }) => {
        if (overdueRevocations(evidence).has(revocationId)) return [];
        const found: string[] = [];
        if (sweep?.doneAt === undefined) found.push(`the sweep of ${revocationId} never ended`);
        if (sweep?.matched !== sweep?.swept)
          found.push(`${revocationId}: ${sweep?.matched} matched, ${sweep?.swept} swept`);
        const pull = standingPulls(evidence).find(({ number }) => number === effective?.number);
        const named = [...openings(evidence).values()].filter(
          ({ session }) => pull !== undefined && isVoidedBy(pull, session),
        );
        if ((sweep?.matched ?? 0) > named.length)
          found.push(`${revocationId}: ${sweep?.matched} matched of ${named.length}`);
        return found;
      }),
  },
  {
    name: "a session that stood when a pull voided it has ended when the sweep has",
    violations(evidence) {
      const last = lastStates(evidence);
      return standingPulls(evidence).flatMap((pull) => {
        const { sweep, operationId } = lastRevocations(evidence).get(pull.revocationId) ?? {};
        if (sweep?.doneAt === undefined) return [];
        const doneAt = Date.parse(sweep.doneAt);
        const stood = [...openings(evidence).values()].filter(
          ({ at, session }) => at < pull.stoodAt && isVoidedBy(pull, session),
        );
        const missed = stood.flatMap(({ session: { sessionId } }) => {
          const { revoked, expiresAt = "" } = last.get(sessionId) ?? {};
          return revoked === undefined && Date.parse(expiresAt) > doneAt + BLUR_MS
            ? [`pull ${pull.number} has left out ${sessionId}`]
            : [];
        });
        const marked = [...last.values()].filter(({ revoked }) => revoked?.operationId === operationId);
        if (marked.length > sweep.matched) missed.push(`pull ${pull.number}: ${marked.length} of ${sweep.matched}`);
        return missed;
      });
    },
  },
  {
    name: "a sweep writes no log entry, tells of no single session, and makes no session",
    violations(evidence) {
      if (pullWrites(evidence).length === 0) return [];
      const isOfPull = (writtenBy: string): boolean => askingOperations(evidence).has(writtenBy.split("/")[0] ?? "");
      const first = new Set<string>();
      const made = sessionWrites(evidence).filter((write) => {
        const isFirst = !first.has(stateOf(write).sessionId);
        first.add(stateOf(write).sessionId);
        return isFirst && isOfPull(operationOf(write));
      });
      return [
        ...writesOf(evidence, "session", "entry#")
          .filter(({ writtenBy }) => isOfPull(writtenBy))
          .map(({ writtenBy }) => `${writtenBy} wrote the log`),
        ...made.map(({ key }) => `${key.sk} was made by a pull`),
        ...evidence.world.broker.published("events").flatMap(({ attributes, body }) => {
          if (attributes["type"] !== "session.revoked") return [];
          const { operationid, id } = JSON.parse(body) as { operationid: string; id: string };
          return askingOperations(evidence).has(operationid)
            ? [`${id} tells of one session that a pull has ended`]
            : [];
        }),
      ];
    },
  },
  {
    name: "a step of a sweep that others have gone past sends nothing on",
    violations({ world }) {
      const { sweepRuns } = world;
      if (sweepRuns.length === 0) return [];
      return world.sent.flatMap(({ at, queue, message, process }) => {
        if (queue !== "session-bulk") return [];
        const command = JSON.parse(message.body) as CommandMessage;
        const step = stepOf(command);
        if (step === 0) return [];
        const sender = sweepRuns.find(
          (run) =>
            run.operationId === command.operationId &&
            run.process === process &&
            run.step === step - 1 &&
            run.stepsDone <= step &&
            run.beganAt <= at &&
            (run.endedAt ?? Number.POSITIVE_INFINITY) >= at,
        );
        return sender === undefined ? [`${command.operationId}: step ${step} was sent by a copy that came late`] : [];
      });
    },
  },
];
