import { bindingItem, type Caller, type Client } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";
import { type ItemStore, type ItemValue, typedItems } from "@lanyard/storage";
import { joinedCalls } from "./joined-calls.ts";

const KEPT_SECONDS = 25 * 3600;

export type Binding = ItemValue<typeof bindingItem>;

export interface BindingRequest {
  readonly key: string;
  readonly caller: Caller;
  /** What makes two requests the same: method, path, what was understood of the body, and what the flow is given. */
  readonly request: readonly string[];
  readonly operationId: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly client: Client;
  readonly traceparent: string;
}

/** `bound`: this request is the first with its key. `same`: it has been made before. `other`: the key was for another. */
export type BindingResult =
  | { readonly kind: "bound"; readonly binding: Binding }
  | { readonly kind: "same"; readonly binding: Binding }
  | { readonly kind: "other" };

/** Idempotency keys and the operations they stand for. Keys are stored as keyed hashes over caller and key. */
export interface Bindings {
  /** What the key of a request stands for already; `none`: nothing. Binds nothing. */
  find(request: BindingRequest): Promise<BindingResult | { readonly kind: "none" }>;
  bind(request: BindingRequest): Promise<BindingResult>;
  /**
   * Does `work` for the first of requests of one client that are the same and come while it is under way at this gateway;
   * the others end as it does, as its replays.
   */
  once(request: BindingRequest, work: () => Promise<BindingResult>): Promise<BindingResult>;
}

export function bindings(operationsTable: ItemStore, derivation: Derivation): Bindings {
  const items = typedItems(operationsTable, bindingItem);
  const hashOf = (kid: string, { key, caller }: BindingRequest): string =>
    derivation
      .bytes(kid, "idempotency-key", caller.kind, caller.kind === "user" ? caller.userId : "", key)
      .toString("base64url");
  const fingerprintOf = (kid: string, { request }: BindingRequest): string =>
    derivation.bytes(kid, "request-fingerprint", ...request).toString("base64url");
  const compare = (kid: string, binding: Binding, request: BindingRequest): BindingResult =>
    binding.fingerprint === fingerprintOf(kid, request) ? { kind: "same", binding } : { kind: "other" };

  const findUnder = async (kids: readonly string[], request: BindingRequest): Promise<BindingResult | undefined> => {
    for (const kid of kids) {
      const stored = await items.load(hashOf(kid, request));
      if (stored !== undefined && !isOver(stored.value, request)) return compare(kid, stored.value, request);
    }
    return undefined;
  };

  const joined = joinedCalls<BindingResult>();

  return {
    async once(request, work) {
      const { key, caller, client } = request;
      const id = JSON.stringify([key, caller, client.ip, ...request.request]);
      const { result, isFirst } = await joined(id, work);
      return result.kind === "bound" && !isFirst ? { ...result, kind: "same" } : result;
    },

    find: async (request) => (await findUnder(derivation.kids, request)) ?? { kind: "none" },

    async bind(request) {
      // By name, not by which is current: while keys are being rotated, gateways differ in that, and two of them must not
      // bind one key in two places. What was bound when other keys were configured still counts.
      const [kid = derivation.currentKid, ...others] = derivation.kids.toSorted();
      const found = await findUnder(others, request);
      if (found !== undefined) return found;
      const binding: Binding = {
        operationId: request.operationId,
        fingerprint: fingerprintOf(kid, request),
        receivedAt: new Date(request.receivedAt).toISOString(),
        client: request.client,
        traceparent: request.traceparent,
        derivationKid: derivation.currentKid,
      };
      const options = {
        writtenBy: `${request.operationId}/binding`,
        ttlEpochSeconds: Math.floor(request.receivedAt / 1000) + KEPT_SECONDS,
      };
      let written = await items.putIfAbsent(binding, [hashOf(kid, request)], options);
      if (written.kind === "lost" && written.stored !== undefined && isOver(written.stored.value, request)) {
        written = await items.replace(written.stored, binding, options);
      }
      if (written.stored === undefined) throw new Error("the binding that stood has vanished");
      return written.kind === "lost"
        ? compare(kid, written.stored.value, request)
        : { kind: "bound", binding: written.stored.value };
    },
  };
}

/** A key is free again after its time, whether or not the table has deleted it. */
const isOver = ({ receivedAt }: Binding, request: BindingRequest): boolean =>
  request.receivedAt > Date.parse(receivedAt) + KEPT_SECONDS * 1000;
