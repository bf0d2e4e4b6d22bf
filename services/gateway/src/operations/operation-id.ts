import { routes } from "@lanyard/contracts";
import type { Derivation } from "@lanyard/secrets";

/** Where the operation can be read. */
export const locationOf = (operationId: string): string => `${routes.apiBase}/operations/${operationId}`;

/** What a caller without identity shows to read its operation: derived, so nothing is stored. */
export const operationSecret = (derivation: Derivation, operationId: string): string =>
  derivation.mac("operation-secret", operationId);

export const isOperationSecret = (derivation: Derivation, operationId: string, secret: string): boolean =>
  derivation.verifies(secret, "operation-secret", operationId);
