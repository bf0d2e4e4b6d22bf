import { bulkRevocationItem, pullHeadItem, pullItem } from "@lanyard/contracts";
import { compareAndSet, type Decision, type ItemStore, type ItemValue, raiseHead, typedItems } from "@lanyard/storage";
import { decideCandidate, decideEffect } from "./decide-number.ts";
import { advanced, decideSweepStep, type SweepPage } from "./decide-sweep-step.ts";

export type BulkRevocation = ItemValue<typeof bulkRevocationItem>;
export type BulkRevocationInForce = BulkRevocation & { readonly effective: NonNullable<BulkRevocation["effective"]> };
export type AskedRevocation = Omit<BulkRevocation, "candidate" | "effective" | "sweep">;

/** Longer than any session that the pull can void: one lives at most 400 d. */
const PULL_KEPT_SECONDS = 402 * 24 * 3600;

/** Bulk revocations by their ids, and the numbers under which their pulls stand. */
export interface BulkRevocationStore {
  /**
   * Puts a pull in force, under the next number. The same id ever again is the same pull, whoever asks and for whatever
   * scope: what was asked for first stays. A candidate moves only past a number that another holds, so one id never has two;
   * and each number is put if absent after the one before it was seen to stand, so that there are no gaps. `now`: milliseconds
   * since the epoch, on the broker's time. @throws DependencyUnavailable
   */
  putInForce(
    asked: AskedRevocation,
    options: { readonly writtenBy: string; readonly now: () => number },
  ): Promise<BulkRevocationInForce>;
  /** @throws Error when no such pull is in force. */
  load(revocationId: string): Promise<BulkRevocationInForce>;
  /** Counts a step of the sweep as done, unless it was; gives what stands. */
  advance(
    revocationId: string,
    done: SweepPage & { readonly step: number },
    options: { readonly writtenBy: string },
  ): Promise<BulkRevocationInForce>;
}

export function bulkRevocationStore(sessionTable: ItemStore): BulkRevocationStore {
  const revocations = typedItems(sessionTable, bulkRevocationItem);
  const pulls = typedItems(sessionTable, pullItem);
  const heads = typedItems(sessionTable, pullHeadItem);

  const newestNumber = async (): Promise<number> => (await heads.load())?.value.last ?? 0;

  const layDown = async (asked: AskedRevocation, candidate: number, writtenBy: string): Promise<BulkRevocation> => {
    const { stored } = await revocations.putIfAbsent({ ...asked, candidate }, [asked.revocationId], { writtenBy });
    if (stored === undefined) throw new Error("the bulk revocation that stood has vanished");
    return stored.value;
  };

  /** Puts the pull under its candidate; gives what stands there. */
  const put = async (
    { revocationId, scope, candidate: number }: BulkRevocation,
    { writtenBy, now }: { readonly writtenBy: string; readonly now: () => number },
  ) => {
    const at = now();
    const pull = { number, revocationId, scope, at: new Date(at).toISOString() };
    const ttlEpochSeconds = Math.floor(at / 1000) + PULL_KEPT_SECONDS;
    return (await pulls.putIfAbsent(pull, [number], { writtenBy, ttlEpochSeconds })).stored?.value;
  };

  const change = (
    revocationId: string,
    writtenBy: string,
    decide: (revocation: BulkRevocation) => BulkRevocation | undefined,
  ): Promise<BulkRevocation> =>
    compareAndSet(revocations, [revocationId], writtenBy, (current): Decision<BulkRevocation, BulkRevocation> => {
      if (current === undefined) throw new Error("the bulk revocation that stood has vanished");
      const next = decide(current.value);
      return next === undefined
        ? { kind: "keep", result: current.value }
        : { kind: "write", value: next, result: ({ value }) => value };
    });

  return {
    async putInForce(asked, options) {
      const { revocationId } = asked;
      const { writtenBy } = options;
      const [known, head] = await Promise.all([revocations.load(revocationId), newestNumber()]);
      let last = head;
      let revocation = known?.value ?? (await layDown(asked, last + 1, writtenBy));
      while (!isInForce(revocation)) {
        const { candidate } = revocation;
        // Readers have gone past what the head counts: nothing may come to stand there any more.
        const standing = candidate > last ? await put(revocation, options) : (await pulls.load(candidate))?.value;
        if (standing?.revocationId === revocationId) {
          await raiseHead(heads, [], candidate, writtenBy);
          revocation = await change(revocationId, `${writtenBy}/effective`, (each) => decideEffect(each, standing));
        } else {
          last = Math.max(await newestNumber(), standing?.number ?? 0);
          revocation = await change(revocationId, `${writtenBy}/${candidate}`, (each) =>
            decideCandidate(each, { tried: candidate, last }),
          );
        }
      }
      return revocation;
    },
    async load(revocationId) {
      const revocation = (await revocations.load(revocationId))?.value;
      return inForce(revocation);
    },
    async advance(revocationId, { step, ...page }, { writtenBy }) {
      return inForce(
        await change(revocationId, writtenBy, (each) =>
          decideSweepStep(each.sweep, step).kind === "sweep"
            ? { ...each, sweep: advanced(each.sweep, page) }
            : undefined,
        ),
      );
    },
  };
}

const isInForce = (revocation: BulkRevocation): revocation is BulkRevocationInForce =>
  revocation.effective !== undefined;

function inForce(revocation: BulkRevocation | undefined): BulkRevocationInForce {
  if (revocation === undefined || !isInForce(revocation)) throw new Error("no such pull is in force");
  return revocation;
}
