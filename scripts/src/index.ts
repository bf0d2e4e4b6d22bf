export {
  PortTaken,
  type ServiceId,
  type ServiceName,
  type ServiceState,
  type Stack,
  type StackOptions,
  type StackService,
  startStack,
  type WorkerName,
} from "./stack.ts";
