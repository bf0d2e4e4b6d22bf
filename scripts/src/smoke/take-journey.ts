import type { Journey, Step } from "./journey.ts";
import { Unexpected } from "./unexpected.ts";

export interface StepReport {
  name: string;
  ok: boolean;
  milliseconds: number;
  /** With a step that failed. */
  expected?: string;
  /** With a step that failed. */
  seen?: string;
}

export interface JourneyOptions {
  steps: readonly Step[];
  journey: Journey;
  /** Told of every step as it ends. */
  onStep: (report: StepReport) => void;
  /** Called before each step. */
  onNext: () => void;
  /** Milliseconds of a clock that only goes forward. */
  now: () => number;
}

/** Takes the steps in their order up to the first that fails; what is not the deployment's fault is thrown. */
export async function takeJourney({ steps, journey, onStep, onNext, now }: JourneyOptions): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  for (const { name, run } of steps) {
    onNext();
    const startedAt = now();
    const failure = await run(journey).then(() => undefined, unexpectedOf);
    const report = {
      name,
      ok: failure === undefined,
      milliseconds: Math.round(now() - startedAt),
      ...(failure && { expected: failure.expected, seen: failure.seen }),
    };
    reports.push(report);
    onStep(report);
    if (!report.ok) break;
  }
  return reports;
}

function unexpectedOf(error: unknown): Unexpected {
  if (error instanceof Unexpected) return error;
  throw error;
}
