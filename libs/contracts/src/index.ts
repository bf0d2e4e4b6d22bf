export {
  ACCOUNT_CHANGES_KEPT,
  BACKUP_CODES,
  COUNTRIES_KEPT,
  DEVICES_KEPT,
  EMAIL_UNDO_SECONDS,
  knownDevicesItem,
  PASSWORD_FAILURES,
  REPORT_SECONDS,
  SECOND_FACTOR_ATTEMPTS,
  SECOND_FACTOR_FAILURES,
  SECOND_FACTOR_SECONDS,
  secondFactorChallengeItem,
  secondFactorItem,
  sessionReportItem,
} from "./account-items.ts";
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
  AUDIT_SEALS,
  auditHour,
  auditHourOf,
  auditHourStart,
  auditSealBeginItem,
  auditSealItem,
  auditSealPartItem,
  RECORDED_EVENT_DAYS,
  ROWS_OF_SEAL_PART,
  recordedEventItem,
  recordedEventsOf,
  SEAL_GRACE_SECONDS,
  SEAL_PREFIX,
} from "./audit-seal-items.ts";
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
export { emailChangeItem, emailUndoItem, hasFailed, isUndone } from "./email-items.ts";
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
export {
  type FollowedQueue,
  type FollowedQueueName,
  followedQueueNames,
  followedQueues,
  typesFollowedBy,
} from "./followed-queues.ts";
export { generatedDocs } from "./generated-docs.ts";
export * as accountSchemas from "./http/account-schemas.ts";
export * as andonSchemas from "./http/andon-schemas.ts";
export * as auditSchemas from "./http/audit-schemas.ts";
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
  claimChanges,
  claimCounts,
  emailClaimItem,
  inboxLeaseItem,
  limitsTable,
  mailItem,
  outcomeItem,
  ROLE_CHANGES_KEPT,
  signingKeyItem,
  userEmailItem,
  userItem,
} from "./items.ts";
export { normalEmail } from "./normal-email.ts";
export { openApiDocument } from "./openapi.ts";
export { foundAccountItem, passwordFailuresItem, passwordItem, passwordTryItem } from "./password-items.ts";
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
export { REGISTRATIONS_KEPT, registrationsItem } from "./registrations-item.ts";
export { pulledBy, pullReason, type RevocationScope, revocationScope } from "./revocation-scope.ts";
export { personal, redact, type Secrecy, sealed, sealedFields, sealedForm, secrecyOf } from "./secrecy.ts";
export { securityEventItem, securityEventsOf, securityEventsOfNobody, typeAndDayOf } from "./security-event-item.ts";
export {
  REVOCATION_SHARDS,
  revocationHeadItem,
  revocationItem,
  revocationShardOf,
  STEP_UPS_KEPT,
  sessionEndingItem,
  sessionItem,
} from "./session-items.ts";
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
  type MailTemplate,
  mailTemplate,
  operationId,
  operatorName,
  type ProfileField,
  profileField,
  type RevocationReason,
  type Risk,
  type RiskReason,
  revocationReason,
  risk,
  riskReason,
  roles,
  type SecondFactorMethod,
  type SignInClient,
  type SignInMethod,
  secondFactorChallengeId,
  secondFactorMethod,
  sessionId,
  signInClient,
  signInMethod,
  timestamp,
  traceparent,
  type UserKind,
  userId,
  userKind,
} from "./shapes.ts";
