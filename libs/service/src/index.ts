export {
  ConfigMistakes,
  challengeLifetimes,
  type Environment,
  httpUrl,
  issuerConfig,
  issuerOf,
  publicUrlMistake,
  publicUrlNeeded,
  readConfig,
  type ServiceConfig,
  serviceConfig,
  wholeNumber,
} from "./config.ts";
export { eventConsumerService } from "./event-consumer-service.ts";
export { type HealthOptions, healthListener } from "./health-listener.ts";
export { createLogger } from "./logger.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { EXIT_CONFIG, type RunningService, runService, type ServiceContext } from "./run-service.ts";
export { untilItSucceeds } from "./worker-life.ts";
export { type WorkerLoop, workerLoops } from "./worker-loops.ts";
export { type WorkerMaterials, type WorkerParts, workerService } from "./worker-service.ts";
