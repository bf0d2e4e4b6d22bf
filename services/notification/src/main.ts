import { randomUUID } from "node:crypto";
import { envelopes } from "@lanyard/messaging";
import { issuerOf, runService, workerService } from "@lanyard/service";
import { mailFromOf, notificationConfig, smtpOptionsOf } from "./config.ts";
import { handlers } from "./handlers.ts";
import { mailStore } from "./mail-store.ts";
import { accountReader, sendSecurityMails } from "./security-mails/send-security-mails.ts";
import { smtpMailServer } from "./smtp-mail-server.ts";

const DEFAULT_GATEWAY_PORT = 8080;

await runService({
  name: "notification",
  config: notificationConfig,
  environment: process.env,
  wire: (context) =>
    workerService("notification", context, ({ table, brokerNow, derivation, transport }) => {
      const server = smtpMailServer(smtpOptionsOf(context.config));
      const mailing = {
        mails: mailStore(table("notification")),
        server,
        from: mailFromOf(context.config),
        newAttemptId: randomUUID,
        brokerNow,
      };
      return {
        handlers: handlers(mailing),
        follows: {
          "security-mails": sendSecurityMails({
            ...mailing,
            ...{ derivation, transport, envelopes: envelopes(derivation) },
            ...accountReader(table("identity")),
            notMeUrl: `${issuerOf(context.config, DEFAULT_GATEWAY_PORT)}/auth/not-me`,
            undoEmailUrl: `${issuerOf(context.config, DEFAULT_GATEWAY_PORT)}/auth/undo-email-change`,
          }),
        },
        stop: async () => server.close(),
      };
    }),
});
