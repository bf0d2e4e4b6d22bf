import { limitNames } from "@lanyard/contracts";

/** `LANYARD_LIMITS` for tests that ask for more than any client would, all from one address. */
export const noLimits = limitNames.map((name) => `${name}=1000000/600`).join();
