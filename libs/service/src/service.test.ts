import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import {
  ConfigMistakes,
  createLogger,
  createMetrics,
  healthListener,
  httpUrl,
  issuerConfig,
  publicUrlMistake,
  publicUrlNeeded,
  readConfig,
  serviceConfig,
  wholeNumber,
} from "./index.ts";

const key = Buffer.alloc(32, 1).toString("base64url");
const good = { LANYARD_SEALING_KEYS: `s1:${key}`, LANYARD_DERIVATION_KEYS: `d1:${key}` };
const mistakesOf = (schema: z.ZodType, environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(schema, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigMistakes) return error.mistakes;
    throw error;
  }
};

describe("the configuration", () => {
  it("has defaults for everything but keys, and takes empty variables as unset", () => {
    const config = readConfig(serviceConfig, { ...good, PORT: "", LOG_LEVEL: "" });
    expect(config).toMatchObject({
      LANYARD_MODE: "production",
      LANYARD_PREFIX: "lanyard",
      PORT: 8080,
      LOG_LEVEL: "info",
    });
    expect(config.LANYARD_SEALING_KEYS.current.kid).toBe("s1");
  });

  it("names every mistake at once, the missing public URL of production among them, and no value", () => {
    const schema = issuerConfig.refine(publicUrlNeeded, publicUrlMistake);
    const mistakes = mistakesOf(schema, {
      LANYARD_SEALING_KEYS: `s1:${key}x`,
      LOG_LEVEL: "loud",
      PORT: "70000",
      LANYARD_PREFIX: "a b",
    });
    expect(mistakes.map((mistake) => mistake.split(":")[0]).sort()).toEqual(
      [
        "LANYARD_DERIVATION_KEYS",
        "LANYARD_PREFIX",
        "LANYARD_PUBLIC_URL",
        "LANYARD_SEALING_KEYS",
        "LOG_LEVEL",
        "PORT",
      ].sort(),
    );
    expect(mistakes.join()).not.toContain(key);
  });

  it("does without a public URL in development only", () => {
    const schema = issuerConfig.refine(publicUrlNeeded, publicUrlMistake);
    expect(mistakesOf(schema, { ...good, LANYARD_MODE: "development" })).toEqual([]);
    expect(mistakesOf(schema, good)).toEqual(["LANYARD_PUBLIC_URL: is required in production"]);
  });

  it.each([
    ["1.5", "must be a whole number"],
    ["0", "must be at least 1"],
    ["11", "must be at most 10"],
    ["many", "must be a number"],
  ])("refuses %s where a whole number from 1 to 10 belongs", (text, why) => {
    expect(mistakesOf(z.object({ N: wholeNumber({ min: 1, max: 10, default: 5 }) }), { N: text })).toEqual([
      `N: ${why}`,
    ]);
  });

  it("takes http and https URLs without their last slash, and nothing else", () => {
    const schema = z.object({ URL: httpUrl });
    expect(readConfig(schema, { URL: "https://a.example.com/" }).URL).toBe("https://a.example.com");
    expect(mistakesOf(schema, { URL: "ftp://a.example.com" })).toHaveLength(1);
  });
});

describe("a log line", () => {
  const logged = (fields: object): Record<string, unknown> => {
    let line = "";
    createLogger({ service: "test", level: "info", stream: { write: (text) => void (line += text) } }).info(
      fields,
      "said",
    );
    return JSON.parse(line) as Record<string, unknown>;
  };

  it("hides credentials at the top and one level below, in any case, and nothing else", () => {
    const line = logged({
      accessToken: "a",
      headers: { Authorization: "Bearer b", host: "h" },
      operationId: "op",
      "x-user-id": "u",
    });
    expect(line).toMatchObject({
      accessToken: "[redacted]",
      headers: { Authorization: "[redacted]", host: "h" },
      operationId: "op",
      "x-user-id": "[redacted]",
    });
  });

  it("leaves what it was given as it was", () => {
    const fields = { token: "secret", nested: { password: "secret" } };
    logged(fields);
    expect(fields).toEqual({ token: "secret", nested: { password: "secret" } });
  });

  it("shows of an error its type, message and stack, not what hangs on it", () => {
    const error = Object.assign(new TypeError("broken"), { request: { body: "secret" } });
    const line = JSON.stringify(logged({ err: error }));
    expect(line).toContain("broken");
    expect(line).toContain("TypeError");
    expect(line).not.toContain("secret");
  });
});

describe("health", () => {
  it("says that the process lives, what is missing, and its metrics; leaves the rest to others", async () => {
    let missing: string[] = ["queue"];
    const { registry } = createMetrics("test");
    const listener = healthListener({ missing: () => missing, registry });
    const server = createServer((request, response) => {
      if (!listener(request, response)) response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = async (path: string, method = "GET") => {
      const answer = await fetch(base + path, { method });
      return [answer.status, await answer.text()] as const;
    };
    expect(await ask("/healthz")).toEqual([200, '{"status":"ok"}']);
    expect(await ask("/readyz?x=1")).toEqual([503, '{"status":"not-ready","missing":["queue"]}']);
    missing = [];
    expect(await ask("/readyz")).toEqual([200, '{"status":"ready","missing":[]}']);
    expect((await ask("/metrics"))[1]).toContain('service="test"');
    expect((await ask("/healthz", "POST"))[0]).toBe(404);
    expect((await ask("/other"))[0]).toBe(404);
    await new Promise((resolve) => server.close(resolve));
  });
});
