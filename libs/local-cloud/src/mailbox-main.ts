/** The mailbox in a container of its own: SMTP on 1025, HTTP on 8025. DEVELOPMENT ONLY: whoever reaches it reads every mail. */
import { mailboxServer } from "./mailbox/mailbox-server.ts";

const mailbox = await mailboxServer({ host: "0.0.0.0", smtpPort: 1025, httpPort: 8025 });
console.log("mailbox: SMTP on 1025, http://localhost:8025");

process.once("SIGTERM", () => void mailbox.close().then(() => process.exit(0)));
