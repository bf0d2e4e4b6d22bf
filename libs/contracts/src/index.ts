export {
  ANDON_CORD,
  type CloudWatchAlarm,
  CORD_WINDOW,
  type CordMessage,
  type CordRefusal,
  cloudWatchAlarm,
  cordMessage,
  cordRefusal,
} from "./andon-cord.ts";
export { asyncApiDocument } from "./asyncapi.ts";
export {
  type BulkQueueName,
  bulkQueues,
  bulkQueuesOf,
  type Command,
  command,
  type EventConsumerName,
  eventConsumers,
  queueOf,
  type WorkerName,
  workers,
} from "./command.ts";
export { allCommands, commands, MOST_SESSIONS_TOLD } from "./commands.ts";
export {
  CHANGES_KEPT,
  closedVisitorItem,
  dataItem,
  dataSlotItem,
  itemOrigin,
  LATE_ITEMS_KEPT,
  MERGE_STEP_SIZE,
  type MergeCounts,
  MOST_VALUE_BYTES,
  mergeCounts,
  mergeItem,
} from "./data-items.ts";
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
export { type Flow, type FlowBuilder, type FlowStart, flow, type Step } from "./flow.ts";
export { flowPage } from "./flow-page.ts";
export * as flows from "./flows.ts";
export { generatedDocs } from "./generated-docs.ts";
export * as andonSchemas from "./http/andon-schemas.ts";
export { isOfOneClient, type Limit, type LimitName, type LimitPart, limitNames, limits } from "./http/limits.ts";
export { type Route, type RouteAnswer, type RouteAuth, route } from "./http/route.ts";
export * as routes from "./http/routes.ts";
export * as httpSchemas from "./http/schemas.ts";
export { type ItemKind, type ServiceName, type TableName, tables } from "./item-kind.ts";
export {
  ADDRESS_ATTEMPTS,
  addressAttemptsItem,
  allItemKinds,
  bindingItem,
  CHALLENGE_ATTEMPTS,
  challengeItem,
  claimCounts,
  emailClaimItem,
  inboxLeaseItem,
  limitsTable,
  mailItem,
  outcomeItem,
  REVOCATION_SHARDS,
  ROLE_CHANGES_KEPT,
  revocationHeadItem,
  revocationItem,
  revocationShardOf,
  sessionEndingItem,
  sessionItem,
  signingKeyItem,
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
export {
  bulkRevocationItem,
  pullConfirmationItem,
  pullHeadItem,
  pullItem,
  rosterItem,
} from "./pull-items.ts";
export { deadLetterQueueOf, type QueueName, queueName, queues } from "./queues.ts";
export { pulledBy, pullReason, type RevocationScope, revocationScope } from "./revocation-scope.ts";
export { personal, redact, type Secrecy, sealed, sealedFields, sealedForm, secrecyOf } from "./secrecy.ts";
export { securityEventItem, securityEventsOf, securityEventsOfNobody, typeAndDayOf } from "./security-event-item.ts";
export {
  type ChallengeKind,
  challengeId,
  challengeKind,
  dataKind,
  email,
  itemId,
  itemName,
  type Json,
  type JsonObject,
  json,
  jsonObject,
  keyId,
  type Locale,
  locale,
  operationId,
  operatorName,
  type RevocationReason,
  revocationReason,
  roles,
  type SignInClient,
  type SignInMethod,
  sessionId,
  signInClient,
  signInMethod,
  timestamp,
  traceparent,
  type UserKind,
  userId,
  userKind,
} from "./shapes.ts";
