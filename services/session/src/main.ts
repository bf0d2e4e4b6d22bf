import { runService, workerService } from "@lanyard/service";
import { sessionConfig } from "./config.ts";
import { openCountryDatabase } from "./countries/country-database.ts";
import { handlers } from "./handlers.ts";
import { offlineClientFacts } from "./offline-client-facts.ts";
import { revocationLog } from "./revocation-log.ts";
import { sessionEndings } from "./session-endings.ts";
import { sessionStore } from "./session-store.ts";

const countryOf = openCountryDatabase();

await runService({
  name: "session",
  config: sessionConfig,
  environment: process.env,
  wire: (context) =>
    workerService("session", context, ({ table, clock, brokerNow }) => ({
      handlers: handlers({
        clientFacts: offlineClientFacts({ countryOf }),
        endings: sessionEndings(table("session")),
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
