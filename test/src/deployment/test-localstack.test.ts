import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { repositoryFiles } from "../repository/repository-files.ts";

const root = join(import.meta.dirname, "../../..");
const script = join(root, "scripts/src/test-localstack.ts");

describe("npm run test:localstack", () => {
  it("runs every integration test and no other, on the cloud that AWS_ENDPOINT_URL names", () => {
    const env = { PATH: process.env.PATH, AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
    const { status, stdout } = spawnSync(process.execPath, [script, "--listTests"], { env, encoding: "utf8" });
    const [told, ...listed] = stdout.trim().split("\n");
    expect(told).toContain("no LocalStack is started");
    const integrationTests = repositoryFiles.filter((file) => file.endsWith(".int.test.ts"));
    expect(listed.sort()).toEqual(integrationTests.map((file) => join(root, file)));
    expect(status).toBe(0);
  });

  it("ends with the exit status of the tests", () => {
    const env = { PATH: process.env.PATH, AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
    const { status } = spawnSync(process.execPath, [script, "no-such-path"], { env, stdio: "ignore" });
    expect(status).toBe(1);
  });
});
