import { describe, expect, it, jest } from "@jest/globals";
import { type IntegrationRun, runIntegrationTests } from "./run-integration-tests.ts";
import { NoDocker } from "./start-localstack.ts";

const endpoint = "http://127.0.0.1:49152";

function runWith(changed: Partial<IntegrationRun>) {
  const stop = jest.fn(async () => undefined);
  const startLocalStack = jest.fn(changed.startLocalStack ?? (async () => ({ endpoint, stop })));
  const runJest = jest.fn(changed.runJest ?? (async () => 0));
  const told: string[] = [];
  const log = (line: string) => void told.push(line);
  const result = runIntegrationTests({ env: {}, args: [], log, ...changed, startLocalStack, runJest });
  return { result, stop, startLocalStack, runJest, told };
}

describe("npm run test:localstack", () => {
  it.each([0, 1, 130])("ends with jest's exit status %i, the container stopped", async (status) => {
    const { result, stop } = runWith({ runJest: async () => status });
    expect(await result).toBe(status);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it("stops the container also when jest cannot be run", async () => {
    const { result, stop } = runWith({ runJest: () => Promise.reject(new Error("no jest")) });
    await expect(result).rejects.toThrow("no jest");
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it("gives the tests the container and keys for it, and nothing of this machine's profile", async () => {
    const env = {
      PATH: "/bin",
      AWS_PROFILE: "work",
      AWS_SESSION_TOKEN: "x",
      AWS_ACCESS_KEY_ID: "mine",
      AWS_ENDPOINT_URL: "",
    };
    const { result, runJest } = runWith({ env });
    await result;
    expect(runJest.mock.calls[0]?.[1]).toEqual({
      PATH: "/bin",
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
  });

  it("passes on what it is given, and runs integration tests only", async () => {
    const { result, runJest } = runWith({ args: ["libs/storage", "-t", "a title"] });
    await result;
    expect(runJest.mock.calls[0]?.[0]).toEqual([
      "libs/storage",
      "-t",
      "a title",
      "--testMatch=<rootDir>/{libs,services,scripts,test}/**/*.int.test.ts",
    ]);
  });

  it("fails without Docker, says what to do, and tests nothing", async () => {
    const { result, runJest, told } = runWith({ startLocalStack: () => Promise.reject(new NoDocker("none")) });
    expect(await result).toBe(1);
    expect(told).toEqual([expect.stringMatching(/needs Docker[^]*npm test runs/)]);
    expect(runJest).not.toHaveBeenCalled();
  });

  it("fails when the container does not start, and says why", async () => {
    const { result, runJest, told } = runWith({ startLocalStack: () => Promise.reject(new Error("pull refused")) });
    expect(await result).toBe(1);
    expect(told).toEqual(["LocalStack did not start, nothing was tested: pull refused"]);
    expect(runJest).not.toHaveBeenCalled();
  });

  it.each([
    { AWS_ENDPOINT_URL: "http://127.0.0.1:4566" },
    { AWS_ENDPOINT_URL_SQS: "http://a", AWS_ENDPOINT_URL_SNS: "http://a", AWS_ENDPOINT_URL_DYNAMODB: "http://b" },
  ])("starts no container for %j, and says so", async (env) => {
    const { result, startLocalStack, runJest, told } = runWith({ env, runJest: async () => 3 });
    expect(await result).toBe(3);
    expect(startLocalStack).not.toHaveBeenCalled();
    expect(runJest.mock.calls[0]?.[1]).toEqual(env);
    expect(told).toEqual([expect.stringContaining("no LocalStack is started")]);
  });

  it.each([{ AWS_ENDPOINT_URL_SQS: "http://a" }, { AWS_ENDPOINT_URL_DYNAMODB: "http://b" }])(
    "refuses half a cloud, which the tests would fill up with the embedded one: %j",
    async (env) => {
      const { result, startLocalStack, runJest } = runWith({ env });
      expect(await result).toBe(1);
      expect(startLocalStack).not.toHaveBeenCalled();
      expect(runJest).not.toHaveBeenCalled();
    },
  );
});
