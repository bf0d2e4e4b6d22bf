export { eventually } from "./eventually.ts";
export { type TransportUnderTest, transportContract } from "./transport-contract.ts";
export { type VirtualClock, virtualClock } from "./virtual-clock.ts";
