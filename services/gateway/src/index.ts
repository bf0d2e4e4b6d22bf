export { type Gateway, type GatewayCounts, type GatewayParts, gateway } from "./gateway.ts";
export { gatewayMetrics } from "./gateway-metrics.ts";
export type { ServedRequest } from "./http/request-context.ts";
export { Inbox, type InboxOptions } from "./inbox/inbox.ts";
export { type Dispatcher, type DispatcherOptions, dispatcher, type Submission } from "./operations/dispatcher.ts";
export { newOperationId } from "./operations/operation-id.ts";
