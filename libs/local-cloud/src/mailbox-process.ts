/** The mailbox in a process of its own, on 127.0.0.1 only. */
import { runEmulator } from "./run-emulator.ts";

await runEmulator(async ({ port, smtpPort }) => {
  const { mailboxServer } = await import("./mailbox/mailbox-server.ts");
  if (smtpPort === undefined) throw new Error("the mailbox needs a port for SMTP");
  return mailboxServer({ host: "127.0.0.1", httpPort: port, smtpPort });
});
