import { LocalstackContainer } from "@testcontainers/localstack";
import { getContainerRuntimeClient } from "testcontainers";

/** A LocalStack that runs for as long as it is needed. */
export interface RunningLocalStack {
  endpoint: string;
  stop(): Promise<void>;
}

/** No Docker engine answers. */
export class NoDocker extends Error {
  override readonly name = "NoDocker";
}

/** Starts a container of `image`, ready when it resolves. @throws NoDocker */
export async function startLocalStack(image: string, log: (line: string) => void): Promise<RunningLocalStack> {
  await getContainerRuntimeClient().catch((cause: unknown) => {
    throw new NoDocker("no Docker engine answers", { cause });
  });
  log(`Starting ${image} …`);
  const container = await new LocalstackContainer(image)
    .withEnvironment({ SERVICES: "sqs,sns,dynamodb", EAGER_SERVICE_LOADING: "1", DISABLE_EVENTS: "1" })
    .start();
  return {
    endpoint: container.getConnectionUri(),
    async stop() {
      await container.stop();
    },
  };
}
