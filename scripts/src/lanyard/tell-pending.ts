import type { Surroundings } from "./surroundings.ts";

/** What a command says that is carried out later than the gateway could wait. */
export function tellPending({ out, isTerminal }: Surroundings, json: boolean, operationId: string): void {
  if (json) return out(`${JSON.stringify({ operationId, status: "pending" })}\n`);
  out(isTerminal ? `under way; see: operations show ${operationId}\n` : `${operationId}\n`);
}
