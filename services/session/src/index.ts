export { handlers } from "./handlers.ts";
export { type Session, type SessionStore, sessionStore } from "./session-store.ts";
