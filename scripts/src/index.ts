export { answerQuestions } from "./process/answer-questions.ts";
export { type AskedProcess, startAskedProcess } from "./process/asked-process.ts";
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
