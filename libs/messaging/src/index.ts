export { type BrokerTime, brokerTime } from "./broker-time.ts";
export { type Clock, realClock, steadyTime } from "./clock.ts";
export { type Disposition, retriesExhausted, retryDelaySeconds } from "./disposition.ts";
export { type Envelopes, envelopes, MAX_ENVELOPE_BYTES, PoisonMessage } from "./envelope.ts";
export { type EventConsumerOptions, eventConsumer, type Heard } from "./event-consumer.ts";
export { eventMessages } from "./event-messages.ts";
export { firstCommand } from "./first-command.ts";
export { type FlowRuntimeOptions, flowRuntime, messageGroup } from "./flow-runtime.ts";
export {
  again,
  type CommandRun,
  done,
  ended,
  type Handler,
  handle,
  problem,
  type StepResult,
  superseded,
} from "./handler.ts";
export { type Log, silentLog } from "./log.ts";
export { NotNow } from "./not-now.ts";
export { isOperationOf, newOperationId, OPERATION_KEPT_MS, receivedAtOf } from "./operation-id.ts";
export { type Outcomes, outcomes } from "./outcomes.ts";
export { peek } from "./peek.ts";
export { type Redrive, redrive } from "./redrive.ts";
export { openFields, sealedPlace, sealFields } from "./sealed-fields.ts";
export { type SettleOptions, settle } from "./settle.ts";
export { childSpan, traceIdOf } from "./trace.ts";
export { awsTransport } from "./transport.aws.ts";
export { type MemoryTransport, memoryTransport } from "./transport.memory.ts";
export {
  type OutgoingMessage,
  QueueGone,
  type ReceivedMessage,
  type ReceiveOptions,
  type Transport,
} from "./transport.ts";
export { Worker, type WorkerOptions, type WorkerState } from "./worker.ts";
