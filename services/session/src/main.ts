import { runService, workerService } from "@lanyard/service";
import { sessionConfig } from "./config.ts";
import { openCountryDatabase } from "./countries/country-database.ts";
import { deviceStore } from "./devices/device-store.ts";
import { handlers } from "./handlers.ts";
import { offlineClientFacts } from "./offline-client-facts.ts";
import { bulkRevocationStore } from "./pulls/bulk-revocation-store.ts";
import { sweptSessions } from "./pulls/swept-sessions.ts";
import { reportStore } from "./reports/report-store.ts";
import { revocationLog } from "./revocation-log.ts";
import { rosterStore } from "./roster/roster-store.ts";
import { sessionEndings } from "./session-endings.ts";
import { sessionPulls } from "./session-pulls.ts";
import { sessionStore } from "./session-store.ts";

const countryOf = openCountryDatabase();

await runService({
  name: "session",
  config: sessionConfig,
  environment: process.env,
  wire: (context) =>
    workerService("session", context, ({ table, clock, brokerNow }) => {
      const sessionTable = table("session");
      const pulls = sessionPulls(sessionTable);
      const sessions = sessionStore(sessionTable, pulls);
      return {
        handlers: handlers({
          clientFacts: offlineClientFacts({ countryOf }),
          devices: deviceStore(sessionTable),
          reports: reportStore(sessionTable),
          sessions,
          pulls,
          endings: sessionEndings(sessionTable, pulls),
          bulkRevocations: bulkRevocationStore(sessionTable),
          sweptSessions: sweptSessions(sessionTable),
          lifetimes: {
            anonymousIdleSeconds: context.config.LANYARD_ANONYMOUS_IDLE_SECONDS,
            accountIdleSeconds: context.config.LANYARD_ACCOUNT_IDLE_SECONDS,
            accountMaxSeconds: context.config.LANYARD_ACCOUNT_MAX_SECONDS,
          },
          revocations: revocationLog(sessionTable),
          rosters: rosterStore(sessionTable),
          sessionLimit: context.config.LANYARD_SESSION_LIMIT,
          now: clock.now,
          brokerNow,
        }),
      };
    }),
});
