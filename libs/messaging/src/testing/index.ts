export { eventually } from "./eventually.ts";
export { type VirtualClock, virtualClock } from "./virtual-clock.ts";
