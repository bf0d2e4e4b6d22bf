export { eventually } from "./eventually.ts";
export { numbersFrom, turnsFrom } from "./numbers-from.ts";
export { type VirtualClock, virtualClock } from "./virtual-clock.ts";
