export { asyncApiDocument } from "./asyncapi.ts";
export { type Command, command, type WorkerName, workers } from "./command.ts";
export { allCommands, commands } from "./commands.ts";
export { dataModelPage, type TopologyFacts } from "./data-model-page.ts";
export {
  type Caller,
  type Client,
  type CommandMessage,
  caller,
  client,
  commandMessage,
  type EventMessage,
  eventMessage,
  type Outcome,
  outcome,
  type ProgressMessage,
  progressMessage,
  type RecordedOutcome,
  type ReplyMessage,
  recordedOutcome,
  replyMessage,
} from "./envelope.ts";
export { escapeHtml } from "./escape-html.ts";
export { type Event, event, type Occurrence, occurred } from "./event.ts";
export * as events from "./events.ts";
export { type Flow, type FlowBuilder, flow, type Step } from "./flow.ts";
export { flowPage } from "./flow-page.ts";
export * as flows from "./flows.ts";
export { generatedDocs } from "./generated-docs.ts";
export { isOfOneClient, type Limit, type LimitName, type LimitPart, limitNames, limits } from "./http/limits.ts";
export { type Route, type RouteAnswer, type RouteAuth, route } from "./http/route.ts";
export * as routes from "./http/routes.ts";
export * as httpSchemas from "./http/schemas.ts";
export {
  ADDRESS_ATTEMPTS,
  addressAttemptsItem,
  allItemKinds,
  bindingItem,
  CHALLENGE_ATTEMPTS,
  challengeItem,
  claimCounts,
  emailClaimItem,
  type ItemKind,
  inboxLeaseItem,
  limitsTable,
  mailItem,
  outcomeItem,
  REVOCATION_SHARDS,
  revocationHeadItem,
  revocationItem,
  revocationShardOf,
  type ServiceName,
  sessionItem,
  signingKeyItem,
  type TableName,
  tables,
  userEmailItem,
  userItem,
} from "./items.ts";
export { normalEmail } from "./normal-email.ts";
export { openApiDocument } from "./openapi.ts";
export {
  type ProblemCode,
  type ProblemDetails,
  problemCode,
  problemCodes,
  problemDetails,
  problems,
  problemType,
  wireCode,
} from "./problems.ts";
export { personal, redact, type Secrecy, sealed, sealedFields, sealedForm, secrecyOf } from "./secrecy.ts";
export {
  type ChallengeKind,
  challengeId,
  challengeKind,
  email,
  type Json,
  type JsonObject,
  json,
  jsonObject,
  type Locale,
  locale,
  operationId,
  type RevocationReason,
  revocationReason,
  type SignInMethod,
  sessionId,
  signInMethod,
  timestamp,
  traceparent,
  type UserKind,
  userId,
  userKind,
} from "./shapes.ts";
