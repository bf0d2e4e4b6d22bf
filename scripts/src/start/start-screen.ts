/** What the one screen of `npm start` tells. */
export interface StartScreen {
  baseUrl: string;
  endpoints: { sqs?: string; dynamodb?: string };
  dataDir: string | "memory";
  logFile: string;
  seconds: number;
}

export function startScreen({ baseUrl, endpoints, dataDir, logFile, seconds }: StartScreen): string {
  const rows: [string, string][] = [
    ["gateway", baseUrl],
    ["API docs", `${baseUrl}/docs`],
    ["OpenAPI", `${baseUrl}/openapi.json`],
    ["SQS, SNS", endpoints.sqs ?? "as in the environment"],
    ["DynamoDB", endpoints.dynamodb ?? "as in the environment"],
    ["data", dataDir === "memory" ? "in memory, gone when this stops" : `${dataDir} (kept between starts)`],
    ["log", logFile],
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
