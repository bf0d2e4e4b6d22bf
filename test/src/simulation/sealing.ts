import { sealDueHours, sealStore } from "@lanyard/audit-service";
import { AUDIT_SEALS, SEAL_PREFIX } from "@lanyard/contracts";
import { sealedLog, verification } from "@lanyard/gateway-service";
import { silentLog } from "@lanyard/messaging";
import { auditMarks } from "@lanyard/secrets";
import type { ItemStore } from "@lanyard/storage";
import type { WorkerPorts } from "./worker-process.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** How long sealing goes on: until then nearly all of a run has happened, and the hours of weeks would make it long. */
const SEALED_HOURS = 26;
/** How likely a call for a seal fails, before it has taken effect; and after. Also in calm weather, in which most seals are made. */
const FALTERS = 0.05;

/** When every audit worker seals what is due, in milliseconds from the start of the world. */
export function sealingTimes({ random }: World): readonly number[] {
  const times = [0];
  for (let at = 0; at < SEALED_HOURS * HOUR_MS; times.push(at)) at += random.between(HOUR_MS, 4 * HOUR_MS);
  return times;
}

/** What an audit worker does beside its loop, each time it is told to. */
export function sealingOf({ world, clock, table }: WorkerPorts): () => Promise<void> {
  const seals = sealStore(faltering(world, table("audit")), auditMarks(world.derivation));
  const now = world.mutant?.sealingClock?.(clock.now) ?? clock.now;
  let seen: string | undefined;
  return async () => {
    seen = await sealDueHours({ seals, now, log: silentLog }, seen);
    world.sealedAt = world.time.now();
  };
}

/** What fails is tried again a minute later, by whichever process is there then. */
export function sealAt(world: World, at: number, seal: () => Promise<void>): void {
  const { time, random } = world;
  time.after(at + random.between(0, random.pick([20, MINUTE_MS])), () => {
    seal().catch(() => sealAt(world, MINUTE_MS, seal));
  });
}

function faltering({ random, isFair }: World, store: ItemStore): ItemStore {
  const falters = async <T>(run: () => Promise<T>): Promise<T> => {
    const roll = isFair ? 1 : random.next();
    if (roll < FALTERS) throw new Error("faltered before");
    const result = await run();
    if (roll < 2 * FALTERS) throw new Error("faltered after");
    return result;
  };
  return {
    ...store,
    load: (key) => falters(() => store.load(key)),
    list: (pk, options) => falters(() => store.list(pk, options)),
    putIfAbsent: (key, value, options) => falters(() => store.putIfAbsent(key, value, options)),
  };
}

/** What `lanyard audit verify` would say at the end of a run, as of when sealing ended. */
export interface VerifiedLog {
  readonly findings: readonly string[];
  /** Rows that the seals name, and rows that came to the list of an hour when it was sealed. */
  readonly rows: number;
  readonly late: number;
  readonly hours: ReadonlySet<string>;
}

export async function verifiedLog({ stores, derivation, sealedAt }: World): Promise<VerifiedLog | undefined> {
  const store = stores.get("audit");
  if (store === undefined || sealedAt === undefined) return undefined;
  const findings: string[] = [];
  const hours = new Set<string>();
  let [rows, late] = [0, 0];
  for await (const line of verification({ log: sealedLog(store, auditMarks(derivation)), now: sealedAt })) {
    if ("findings" in line && Array.isArray(line.findings))
      findings.push(...line.findings.map((each) => JSON.stringify(each)));
    if (line.line === "hour") hours.add(line.hour);
    if (line.line === "end") ({ rows, late } = line);
  }
  return { findings, rows, late, hours };
}

/** Whether an item is the seal of an hour. */
export const isSeal = ({ pk, sk }: { readonly pk: string; readonly sk: string }): boolean =>
  pk === AUDIT_SEALS && sk.startsWith(SEAL_PREFIX);
