import type { Client, SignInClient } from "@lanyard/contracts";

/** What can be told of a client by its address and what it says of itself; what cannot is absent. */
export type ClientFacts = (client: Client) => SignInClient;
