import { randomUUID } from "node:crypto";
import { runService, workerService } from "@lanyard/service";
import { mailFromOf, notificationConfig, smtpOptionsOf } from "./config.ts";
import { handlers } from "./handlers.ts";
import { mailStore } from "./mail-store.ts";
import { smtpMailServer } from "./smtp-mail-server.ts";

await runService({
  name: "notification",
  config: notificationConfig,
  environment: process.env,
  wire: (context) =>
    workerService("notification", context, ({ table, brokerNow }) => {
      const server = smtpMailServer(smtpOptionsOf(context.config));
      return {
        handlers: handlers({
          mails: mailStore(table("notification")),
          server,
          from: mailFromOf(context.config),
          newAttemptId: randomUUID,
          brokerNow,
        }),
        stop: async () => server.close(),
      };
    }),
});
