import { runService, workerService } from "@lanyard/service";
import { sessionConfig } from "./config.ts";
import { handlers } from "./handlers.ts";
import { revocationLog } from "./revocation-log.ts";
import { sessionStore } from "./session-store.ts";

await runService({
  name: "session",
  config: sessionConfig,
  environment: process.env,
  wire: (context) =>
    workerService("session", context, ({ table, clock, brokerNow }) => ({
      handlers: handlers({
        sessions: sessionStore(table("session")),
        lifetimes: {
          anonymousIdleSeconds: context.config.LANYARD_ANONYMOUS_IDLE_SECONDS,
          accountIdleSeconds: context.config.LANYARD_ACCOUNT_IDLE_SECONDS,
          accountMaxSeconds: context.config.LANYARD_ACCOUNT_MAX_SECONDS,
        },
        revocations: revocationLog(table("session")),
        now: clock.now,
        brokerNow,
      }),
    })),
});
