import { NoDocker, type RunningLocalStack } from "./start-localstack.ts";

export interface IntegrationRun {
  env: Readonly<Record<string, string | undefined>>;
  /** For jest: paths, `-t`, … */
  args: readonly string[];
  startLocalStack: () => Promise<RunningLocalStack>;
  /** Resolves to its exit status. */
  runJest: (args: readonly string[], env: Record<string, string | undefined>) => Promise<number>;
  log: (line: string) => void;
}

const needsDocker = `npm run test:localstack needs Docker, and no Docker engine answers here: nothing was tested. Start Docker, or
set AWS_ENDPOINT_URL to a LocalStack that runs already. npm test runs the same tests on the embedded cloud, without Docker.`;

/**
 * Runs every integration test on LocalStack: on one of its own, or on what AWS_ENDPOINT_URL names. Resolves to the exit status:
 * jest's, or 1 when nothing could be tested.
 */
export async function runIntegrationTests(run: IntegrationRun): Promise<number> {
  const { env, log } = run;
  const given = cloudIn(env);
  if (given === "partial") {
    log("Some AWS_ENDPOINT_URL_… are set and others not: set AWS_ENDPOINT_URL for all, or none to start LocalStack.");
    return 1;
  }
  if (given === "whole") {
    log(
      `Using the endpoints that the environment names${env.AWS_ENDPOINT_URL ? ` (${env.AWS_ENDPOINT_URL})` : ""}: no LocalStack is started.`,
    );
    return run.runJest(jestArgs(run.args), { ...env });
  }
  return onItsOwnLocalStack(run);
}

async function onItsOwnLocalStack({ env, args, startLocalStack, runJest, log }: IntegrationRun): Promise<number> {
  let localStack: RunningLocalStack;
  try {
    localStack = await startLocalStack();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log(error instanceof NoDocker ? needsDocker : `LocalStack did not start, nothing was tested: ${reason}`);
    return 1;
  }
  try {
    log(`LocalStack answers at ${localStack.endpoint}.`);
    return await runJest(jestArgs(args), {
      ...withoutCredentials(env),
      ...credentials,
      AWS_ENDPOINT_URL: localStack.endpoint,
    });
  } finally {
    await localStack.stop();
  }
}

const credentials = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

function cloudIn(env: IntegrationRun["env"]): "whole" | "partial" | "none" {
  // An empty variable is an unset one, as it is to the SDK.
  const services = ["SQS", "SNS", "DYNAMODB"].map((name) => Boolean(env[`AWS_ENDPOINT_URL_${name}`]));
  if (env.AWS_ENDPOINT_URL || !services.includes(false)) return "whole";
  return services.includes(true) ? "partial" : "none";
}

/** The SDK prefers a profile of this machine to keys, and would send its session token along with these. */
function withoutCredentials(env: IntegrationRun["env"]): Record<string, string | undefined> {
  const { AWS_PROFILE: _profile, AWS_SESSION_TOKEN: _token, ...rest } = env;
  return rest;
}

/** What the caller gives comes first: `--testMatch` takes every word that follows it. */
const jestArgs = (args: readonly string[]): string[] => [
  ...args,
  "--testMatch=<rootDir>/{libs,services,scripts,test}/**/*.int.test.ts",
];
