import { commands, events, type Occurrence, occurred } from "@lanyard/contracts";
import { again, done, type Handler, handle, superseded } from "@lanyard/messaging";
import type { Stored } from "@lanyard/storage";
import { z } from "zod";
import type { Session } from "../session-store.ts";
import type { BulkRevocationInForce, BulkRevocationStore } from "./bulk-revocation-store.ts";
import { decideSweepOf, type SweepOfDecision } from "./decide-sweep-of.ts";
import { decideSweepStep, type SweepPage, type VoidedSession } from "./decide-sweep-step.ts";
import { isVoidBy } from "./is-void-by.ts";
import type { SweptSessions } from "./swept-sessions.ts";

export interface SweepRevokedDeps {
  readonly bulkRevocations: Pick<BulkRevocationStore, "load" | "advance">;
  readonly sweptSessions: SweptSessions;
  /** Milliseconds since the epoch, on the broker's time. */
  readonly brokerNow: () => number;
}

/** Items that a step reads, whatever they are. */
const STEP_SIZE = 100;
const MARKED_AT_ONCE = 4;

const cursor = z.object({ step: z.int().positive() });

/**
 * Marks what a pull has voided, a bounded number of items in each step. Which step's turn it is says the revocation's item,
 * so a message that comes again neither goes back nor begins a second sweep. A session that is opened behind the sweep
 * with a lower stamp is void all the same: nobody waits for its mark. What a step has marked stands in that item before it is
 * told, and is told before the next step can be sent: so each is told once, by an event that is the same whoever sweeps.
 */
export const sweepRevoked = (deps: SweepRevokedDeps): Handler =>
  handle(commands.session.sweepRevoked, async (run) => {
    const { revocationId } = run.input;
    const step = run.cursor === undefined ? 0 : cursor.parse(run.cursor).step;
    let revocation = await deps.bulkRevocations.load(revocationId);
    const turn = decideSweepStep(revocation.sweep, step);
    let own: readonly VoidedSession[] = [];
    if (turn.kind === "sweep") {
      const page = await sweepPage(deps, revocation, { after: turn.after, writtenBy: run.writtenBy });
      own = page.told;
      revocation = await deps.bulkRevocations.advance(revocationId, { step, ...page }, run);
    }
    const decision = decideSweepStep(revocation.sweep, step);
    switch (decision.kind) {
      case "sweep":
        throw new Error("a step of a sweep was not counted");
      case "next":
        return again({ step: decision.step }, voided(revocation, [...decision.told, ...own]));
      case "superseded":
        return superseded();
      case "done": {
        const { matched, swept, at } = decision;
        const { number } = revocation.effective;
        return done({ matched, swept }, [
          ...voided(revocation, [...decision.told, ...own]),
          occurred(events.andonSwept, at, { revocationId, number, matched, swept }),
        ]);
      }
    }
  });

/** Told as of the pull, in one order; a copy of the step may have marked one more than the one that was counted. */
function voided(
  { revocationId, effective }: BulkRevocationInForce,
  sessions: readonly VoidedSession[],
): readonly Occurrence[] {
  const each = new Map(sessions.map((session) => [session.sessionId, session]));
  return [...each.values()].map((session) => ({
    ...occurred(events.sessionVoided, effective.at, { ...session, revocationId }),
    once: `${revocationId} ${session.sessionId}`,
  }));
}

async function sweepPage(
  { sweptSessions, brokerNow }: SweepRevokedDeps,
  { scope, effective, operationId }: BulkRevocationInForce,
  { after, writtenBy }: { readonly after: string | undefined; readonly writtenBy: string },
): Promise<SweepPage> {
  const now = brokerNow();
  const { sessions, next } = await sweptSessions.page(scope, { after, limit: STEP_SIZE });
  const isVoid = (session: Session): boolean => isVoidBy({ number: effective.number, scope }, session);
  // By the operation that laid the revocation down, whichever sweeps: what one has marked counts for another.
  const decide = (session: Session | undefined): SweepOfDecision =>
    decideSweepOf(session, { isVoid, at: effective.at, operationId, now });
  const mark = (shown: Stored<Session>): Promise<SweepOfDecision> =>
    sweptSessions.change(shown, `${writtenBy}/${shown.value.sessionId}`, decide);

  const matched = sessions.filter(({ value }) => isMatch(decide(value)));
  let swept = 0;
  const told: VoidedSession[] = [];
  for (let from = 0; from < matched.length; from += MARKED_AT_ONCE) {
    const some = matched.slice(from, from + MARKED_AT_ONCE);
    const made = await Promise.all(some.map(async (shown) => ({ decision: await mark(shown), session: shown.value })));
    swept += made.filter(({ decision }) => decision.kind !== "gone").length;
    const ended = made.filter(({ decision }) => isMatch(decision)).map(({ session }) => session);
    told.push(...ended.map(({ userId, userKind, sessionId }) => ({ userId, userKind, sessionId })));
  }
  return { next, matched: matched.length, swept, told, at: new Date(now).toISOString() };
}

const isMatch = ({ kind }: SweepOfDecision): boolean => kind === "mark" || kind === "marked";
