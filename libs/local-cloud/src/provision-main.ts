/** Provisions the cloud that the AWS_* variables name: LANYARD_PREFIX (default "lanyard"), LANYARD_TOPOLOGY (a path). */
import { createDynamoClient, createSnsClient, createSqsClient } from "@lanyard/aws";
import { provision } from "./provision.ts";
import { readTopology } from "./topology.ts";

const { LANYARD_PREFIX: prefix = "lanyard", LANYARD_TOPOLOGY: path } = process.env;

// Making a table takes some clouds longer than a service may wait for an answer.
const clientOptions = { requestTimeoutMs: 30_000 };

try {
  const { created, updated, unchanged } = await provision({
    topology: readTopology(path),
    prefix,
    sqs: createSqsClient(clientOptions),
    sns: createSnsClient(clientOptions),
    dynamodb: createDynamoClient(clientOptions),
    log: (line) => console.log(line),
  });
  console.log(`${created.length} created, ${updated.length} updated, ${unchanged.length} unchanged`);
} catch (error) {
  console.error(`could not provision "${prefix}": ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
