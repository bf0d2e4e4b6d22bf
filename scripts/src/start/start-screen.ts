/** What the one screen of `npm start` tells. */
export interface StartScreen {
  baseUrl: string;
  endpoints: { sqs?: string; dynamodb?: string };
  hasMailbox: boolean;
  dataDir: string | "memory";
  logFile: string;
  opsKey: string;
  seconds: number;
}

export function startScreen({
  baseUrl,
  endpoints,
  hasMailbox,
  dataDir,
  logFile,
  opsKey,
  seconds,
}: StartScreen): string {
  const rows: [string, string][] = [
    ["gateway", baseUrl],
    ["API docs", `${baseUrl}/docs`],
    ["OpenAPI", `${baseUrl}/openapi.json`],
    ["mailbox", hasMailbox ? `${baseUrl}/dev/mailbox` : "as in the environment"],
    ["SQS, SNS", endpoints.sqs ?? "as in the environment"],
    ["DynamoDB", endpoints.dynamodb ?? "as in the environment"],
    ["data", dataDir === "memory" ? "in memory, gone when this stops" : `${dataDir} (kept between starts)`],
    ["log", logFile],
    ["ops key", opsKey],
  ];
  return [
    "",
    `Lanyard is ready (${seconds.toFixed(1)} s).`,
    "",
    ...rows.map(([name, value]) => `  ${name.padEnd(10)}${value}`),
    "",
    "Try it:",
    "",
    `  curl -s -X POST ${baseUrl}/api/v2/auth/anonymous`,
    "",
    "Ctrl-C stops everything.",
    "",
  ].join("\n");
}
