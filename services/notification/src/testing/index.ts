export { type RecordedMail, RecordingMailServer } from "./recording-mail-server.ts";
