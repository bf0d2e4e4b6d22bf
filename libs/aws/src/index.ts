export { asDependencyError, guard } from "./as-dependency-error.ts";
export { type AwsClientOptions, createDynamoClient, createSnsClient, createSqsClient } from "./aws-clients.ts";
export { type Dependency, DependencyUnavailable } from "./dependency-unavailable.ts";
