import { auditHourOf, auditHourStart, ROWS_OF_SEAL_PART, SEAL_GRACE_SECONDS } from "@lanyard/contracts";
import type { Log } from "@lanyard/messaging";
import { decideNextSeal } from "./decide-next-seal.ts";
import { type AuditSeal, lastOf, type SealStore } from "./seal-store.ts";

export interface SealsDueHours {
  readonly seals: SealStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

const HOUR_MS = 3600_000;
const hourAfter = (hour: string): string => auditHourOf(auditHourStart(hour, 1));

/**
 * Seals every hour that is due and has no seal yet, oldest first, and gives the newest hour that is sealed then. `seen`: what
 * it gave before; if that seal is gone, nothing more is sealed, so that the gap stays. Any number may run at once.
 */
export async function sealDueHours(
  { seals, now, log }: SealsDueHours,
  seen: string | undefined,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const begin = await seals.begin(auditHourOf(now()));
  let newest: Pick<AuditSeal, "hour" | "mac"> | undefined = await seals.newest();
  for (;;) {
    const newestDue = auditHourOf(now() - SEAL_GRACE_SECONDS * 1000 - HOUR_MS);
    const next = decideNextSeal({ begin, newest, seen, newestDue }, hourAfter);
    if (next.kind === "cut off") {
      log.error(
        { seen: next.seen, newest: newest?.hour },
        "seals of the security log are gone: nothing is sealed any more",
      );
      return seen;
    }
    if (next.kind === "wait" || signal?.aborted === true) return newest?.hour;
    newest = await sealHour({ seals, now, log }, next.hour, next.previous);
  }
}

async function sealHour(
  { seals, now, log }: SealsDueHours,
  hour: string,
  previous: string | undefined,
): Promise<AuditSeal> {
  const parts: string[] = [];
  const ends: (string | undefined)[] = [];
  let rows = 0;
  let forged = 0;
  for await (const portion of seals.recorded(hour, ROWS_OF_SEAL_PART)) {
    forged += portion.forged;
    if (portion.rows.length === 0) continue;
    parts.push(await seals.putPart(hour, portion.rows));
    ends.push(lastOf(portion.rows.map((row) => row.keptUntil)));
    rows += portion.rows.length;
  }
  if (forged > 0) log.error({ hour, forged }, "entries of the security log that no audit worker wrote are not sealed");
  const keptUntil = lastOf(ends);
  const { seal, isNew } = await seals.putSeal({
    hour,
    rows,
    parts,
    sealedAt: new Date(now()).toISOString(),
    ...(keptUntil !== undefined && { keptUntil }),
    ...(previous !== undefined && { previous }),
  });
  // In the log as well, where whoever may write the table cannot change it.
  if (isNew) log.info({ hour, rows, seal: seal.mac }, "sealed an hour of the security log");
  return seal;
}
