export type { HostileContext, HostileToken } from "./forge.ts";
export { fitsInHeader, hostileTokens } from "./hostile-tokens.ts";
