import { randomBytes, randomUUID } from "node:crypto";
import { createDynamoClient, createSnsClient, createSqsClient } from "@lanyard/aws";
import { awsTransport, brokerTime, realClock, steadyTime } from "@lanyard/messaging";
import { derivation, sealing } from "@lanyard/secrets";
import { healthListener, issuerOf, runService, untilItSucceeds } from "@lanyard/service";
import { dynamoItemStore } from "@lanyard/storage";
import packageJson from "../package.json" with { type: "json" };
import { gatewayConfig, opsKeysOf } from "./config.ts";
import { gateway } from "./gateway.ts";
import { gatewayMetrics } from "./gateway-metrics.ts";
import { dynamoWindowCounters } from "./limits/window-counters.dynamo.ts";

await runService({
  name: "gateway",
  config: gatewayConfig,
  environment: process.env,
  wire({ config, log, metrics }) {
    const time = brokerTime(steadyTime);
    const onServerTime = time.observe;
    const dynamo = createDynamoClient({ onServerTime });
    const { registry } = metrics;
    const { observeRequest, watch } = gatewayMetrics(registry);
    const running = gateway({
      table: (name) =>
        dynamoItemStore({
          client: dynamo,
          tableName: `${config.LANYARD_PREFIX}-${name}`,
          answerWithinMs: config.LANYARD_REQUEST_DEADLINE_MS,
        }),
      transport: awsTransport({
        sqs: createSqsClient({ onServerTime, requestTimeoutMs: (config.LANYARD_POLL_WAIT_SECONDS + 10) * 1000 }),
        sns: createSnsClient(),
        prefix: config.LANYARD_PREFIX,
      }),
      derivation: derivation(config.LANYARD_DERIVATION_KEYS),
      sealing: sealing(config.LANYARD_SEALING_KEYS),
      clock: realClock,
      brokerNow: time.now,
      log,
      randomBytes,
      newRequestId: randomUUID,
      version: packageJson.version,
      issuer: issuerOf(config, config.PORT),
      audience: config.LANYARD_AUDIENCE,
      visitorIds: config.LANYARD_VISITOR_IDS === "on",
      deadlineMs: config.LANYARD_REQUEST_DEADLINE_MS,
      pollWaitSeconds: config.LANYARD_POLL_WAIT_SECONDS,
      trustedProxies: config.LANYARD_TRUSTED_PROXIES,
      corsOrigins: config.LANYARD_CORS_ORIGINS,
      limits: {
        counters: dynamoWindowCounters({
          client: dynamo,
          tableName: `${config.LANYARD_PREFIX}-limits`,
          answerWithinMs: config.LANYARD_REQUEST_DEADLINE_MS,
        }),
        settings: config.LANYARD_LIMITS,
      },
      kinds: config.LANYARD_DATA_KINDS,
      ...(config.LANYARD_ALARM_SCOPE !== undefined && { alarmScope: config.LANYARD_ALARM_SCOPE }),
      opsKeys: opsKeysOf(config),
      redirectOrigins: config.LANYARD_REDIRECT_ORIGINS,
      development: config.LANYARD_MODE === "development",
      ...(config.LANYARD_MAILBOX_URL !== undefined && { mailboxUrl: config.LANYARD_MAILBOX_URL }),
      challengeLifetimes: {
        linkSeconds: config.LANYARD_MAGIC_LINK_SECONDS,
        codeSeconds: config.LANYARD_EMAIL_CODE_SECONDS,
      },
      stepUpSeconds: config.LANYARD_STEP_UP_SECONDS,
      observeRequest,
      health: (missing) => {
        const answer = healthListener({ missing, registry });
        return (request, response, next) => {
          if (!answer(request, response)) next();
        };
      },
    });
    watch(running);
    const stopping = new AbortController();
    return {
      listener: running.app,
      start: () => untilItSucceeds(() => running.start(), { clock: realClock, log, signal: stopping.signal }),
      async stop() {
        stopping.abort();
        await running.stop();
      },
    };
  },
});
