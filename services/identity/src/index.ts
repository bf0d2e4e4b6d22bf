export { type AccountStore, accountStore, type EmailClaim } from "./account-store.ts";
export { type DeadLetters, deadLetters } from "./dead-letters.ts";
export { handlers } from "./handlers.ts";
export { type User, type UserStore, userStore } from "./user-store.ts";
