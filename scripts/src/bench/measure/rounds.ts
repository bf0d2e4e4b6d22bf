import type { Finding, LatencySeries } from "../benchmark.ts";
import { latencyOf, median, sorted } from "./statistics.ts";

/** What one variant did in one round. */
export interface Sample {
  /** How much was done in a second. */
  readonly perSecond: number;
  readonly latenciesMs?: Iterable<number>;
  /** What its processes used of all cores, for each thing done. */
  readonly cpuMsEach?: number;
}

export interface Variant {
  readonly name: string;
  readonly measure: () => Promise<Sample>;
  /** The name of the variant that it is compared with. */
  readonly comparedWith?: string;
}

/** The samples of each variant, one for each round, by its name. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/**
 * Measures variants in turns, so that whatever else the machine does meets all of them alike: one round to warm up, which
 * does not count, then the others, every second one in reverse order.
 */
export async function inRounds(
  variants: readonly Variant[],
  { rounds, progress }: { readonly rounds: number; readonly progress: (line: string) => void },
): Promise<Samples> {
  const samples = new Map<string, Sample[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, measure } of round % 2 === 0 ? variants : variants.toReversed()) {
      const sample = await measure();
      progress(`${round === 0 ? "warm-up" : `round ${round}/${rounds}`}  ${name}: ${Math.round(sample.perSecond)}/s`);
      if (round > 0) samples.get(name)?.push(sample);
    }
  }
  return samples;
}

/** A line for each variant: medians, and the median of what was compared within each round. */
export function findingsOf(
  variants: readonly Variant[],
  samples: Samples,
  figure: { readonly unit: Finding["figure"]["unit"]; readonly of?: (perSecond: number) => number },
): readonly Finding[] {
  const { unit, of = (perSecond) => perSecond } = figure;
  const speeds = (name: string): readonly number[] => (samples.get(name) ?? []).map(({ perSecond }) => perSecond);
  return variants.map(({ name, comparedWith }) => {
    const own = speeds(name);
    const waited = latenciesOf(name, samples);
    return {
      what: name,
      figure: { value: of(median(own)), unit },
      ...(comparedWith !== undefined && { speed: { ...spread(own, speeds(comparedWith)), of: comparedWith } }),
      ...(waited.sortedMs.length > 0 && { latencyMs: latencyOf(waited.sortedMs) }),
    };
  });
}

/** The same rounds, looked at by how much one second of CPU does: what else the machine does matters less to it. */
export const byCpu = (samples: Samples): Samples =>
  new Map(
    [...samples].map(([name, all]) => [
      name,
      all.flatMap(({ cpuMsEach }) => (cpuMsEach === undefined ? [] : [{ perSecond: 1000 / cpuMsEach }])),
    ]),
  );

/** Every waiting time of a variant, all rounds together. */
export const latenciesOf = (name: string, samples: Samples): LatencySeries => ({
  name,
  sortedMs: sorted((samples.get(name) ?? []).flatMap(({ latenciesMs = [] }) => [...latenciesMs])),
});

function spread(own: readonly number[], base: readonly number[]) {
  const ratios = own.map((value, round) => value / (base[round] ?? Number.NaN));
  return { ratio: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}
