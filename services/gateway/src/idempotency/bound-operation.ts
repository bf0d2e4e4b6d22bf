import type { Client, RecordedOutcome } from "@lanyard/contracts";
import type { Outcomes } from "@lanyard/messaging";
import { ProblemError } from "../http/problem.ts";
import type { Admission } from "../limits/admission.ts";
import type { BindingRequest, BindingResult, Bindings } from "./bindings.ts";

/** A binding whose operation has not ended for this long may never have been sent. */
const SENT_AGAIN_AFTER_MS = 2000;

/** The operation a request stands for, as it was first received. */
export interface BoundOperation {
  readonly operationId: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly client: Client;
  readonly traceparent: string;
  readonly derivationKid?: string;
  /** How it ended; `undefined`: it is to be sent, for the first time or again. */
  readonly ended: RecordedOutcome | undefined;
}

export interface BoundOperationDeps {
  readonly bindings: Bindings;
  readonly outcomes: Pick<Outcomes, "read">;
  /** Told which operation the request stands for, before it is refused for being under way. */
  readonly onBound?: (operationId: string) => void;
  /** Counts the request against its limits; not asked for a replay. Default: nothing is counted. */
  readonly admit?: () => Promise<Admission>;
}

/**
 * The operation that an idempotency key stands for. One that has not ended soon is sent again as it was: the gateway that
 * bound it may have died before sending, and every step of it knows its own work.
 * A replay takes nothing of any limit, and a request over its limit binds nothing: its retry has not been counted yet.
 * @throws ProblemError `idempotency_key_reused`, `operation_in_progress`, `rate_limited`
 */
export async function boundOperation(
  { bindings, outcomes, onBound, admit }: BoundOperationDeps,
  request: BindingRequest,
): Promise<BoundOperation> {
  const bound = await bindCounted(bindings, request, admit);
  if (bound.kind === "other") throw new ProblemError("idempotency_key_reused");
  const { operationId, client, traceparent, derivationKid } = bound.binding;
  onBound?.(operationId);
  const receivedAt = Date.parse(bound.binding.receivedAt);
  const operation = { operationId, receivedAt, client, traceparent, derivationKid };
  if (bound.kind === "bound") return { ...operation, ended: undefined };
  const ended = await outcomes.read(operationId);
  if (ended === undefined && request.receivedAt - receivedAt <= SENT_AGAIN_AFTER_MS) {
    throw new ProblemError("operation_in_progress");
  }
  return { ...operation, ended };
}

/**
 * Copies that come at once are counted once at a gateway; when they come to several, each may count one, and those that
 * do not bind the key are uncounted again.
 */
function bindCounted(
  bindings: Bindings,
  request: BindingRequest,
  admit: BoundOperationDeps["admit"],
): Promise<BindingResult> {
  return admit === undefined
    ? bindings.bind(request)
    : bindings.once(request, () => countAndBind(bindings, request, admit));
}

async function countAndBind(
  bindings: Bindings,
  request: BindingRequest,
  admit: () => Promise<Admission>,
): Promise<BindingResult> {
  if ((await bindings.find(request)).kind !== "none") return bindings.bind(request);
  const admission = await admit();
  if (admission.kind === "refused") {
    const found = await bindings.find(request);
    if (found.kind === "same") return found;
    throw admission.problem;
  }
  let isFirst = false;
  try {
    const bound = await bindings.bind(request);
    isFirst = bound.kind === "bound";
    return bound;
  } finally {
    if (!isFirst) await admission.giveBack();
  }
}
