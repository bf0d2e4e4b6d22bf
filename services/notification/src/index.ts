export { handlers } from "./handlers.ts";
export { type Answer, type MailAddress, type MailServer, MailServerFailed, type OutgoingMail } from "./mail-server.ts";
export { type Mail, type MailStore, mailStore } from "./mail-store.ts";
export { decideSending, type SendingDecision } from "./mails/decide-sending.ts";
export {
  accountReader,
  type SecurityMailsDeps,
  sendSecurityMails,
} from "./security-mails/send-security-mails.ts";
export { type SmtpOptions, smtpMailServer } from "./smtp-mail-server.ts";
