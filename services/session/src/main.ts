import { runService, serviceConfig, wholeNumber, workerService } from "@lanyard/service";
import { handlers } from "./handlers.ts";
import { revocationLog } from "./revocation-log.ts";
import { sessionStore } from "./session-store.ts";

const DAY_SECONDS = 24 * 3600;

await runService({
  name: "session",
  config: serviceConfig.extend({
    LANYARD_ANONYMOUS_IDLE_SECONDS: wholeNumber({ min: 1, max: 400 * DAY_SECONDS, default: 30 * DAY_SECONDS }),
  }),
  environment: process.env,
  wire: (context) =>
    workerService("session", context, ({ table, clock, brokerNow }) => ({
      handlers: handlers({
        sessions: sessionStore(table("session")),
        lifetimes: { anonymousIdleSeconds: context.config.LANYARD_ANONYMOUS_IDLE_SECONDS },
        revocations: revocationLog(table("session")),
        now: clock.now,
        brokerNow,
      }),
    })),
});
