export { type Gateway, type GatewayParts, gateway } from "./gateway.ts";
