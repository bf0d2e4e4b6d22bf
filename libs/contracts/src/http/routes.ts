import { listRevocations, readRevocation, revokeAllTokens, revokeSessions, revokeUserTokens } from "./andon-routes.ts";
import { createItem, listItems, mergeVisitor, readItem, removeItem, replaceItem } from "./data-routes.ts";
import {
  findSecurityEvents,
  findUsers,
  listDeadLetters,
  listKeys,
  lookupUser,
  redriveDeadLetters,
  removeKey,
  rotateKeys,
  setRoles,
  showDeadLetters,
  showOperation,
} from "./operator-routes.ts";
import {
  readHealth,
  readJwks,
  readMailbox,
  readMetrics,
  readOpenApi,
  readOperation,
  readReadiness,
} from "./running-routes.ts";
import {
  listSessions,
  logout,
  readMe,
  readSecurityEvents,
  readSession,
  refreshSession,
  revokeOwnSession,
  revokeOwnSessions,
  revokeOwnTokens,
} from "./session-routes.ts";
import {
  continuePage,
  createAnonymousSession,
  readMagicLink,
  requestEmailCode,
  requestMagicLink,
  verifyEmailCode,
  verifyMagicLink,
} from "./sign-in-routes.ts";

export * from "./andon-routes.ts";
export * from "./data-routes.ts";
export * from "./operator-routes.ts";
export { apiBase } from "./route-parts.ts";
export * from "./running-routes.ts";
export * from "./session-routes.ts";
export * from "./sign-in-routes.ts";

/** Every route there is, in the order the documentation shows them. */
export const allRoutes = [
  createAnonymousSession,
  requestMagicLink,
  readMagicLink,
  verifyMagicLink,
  requestEmailCode,
  verifyEmailCode,
  continuePage,
  readMe,
  readSession,
  refreshSession,
  logout,
  listSessions,
  revokeOwnSession,
  revokeOwnSessions,
  revokeOwnTokens,
  readSecurityEvents,
  mergeVisitor,
  listItems,
  createItem,
  readItem,
  replaceItem,
  removeItem,
  readOperation,
  lookupUser,
  findUsers,
  setRoles,
  listDeadLetters,
  showDeadLetters,
  redriveDeadLetters,
  showOperation,
  listKeys,
  rotateKeys,
  removeKey,
  findSecurityEvents,
  revokeSessions,
  listRevocations,
  readRevocation,
  revokeUserTokens,
  revokeAllTokens,
  readMailbox,
  readJwks,
  readHealth,
  readReadiness,
  readMetrics,
  readOpenApi,
];
