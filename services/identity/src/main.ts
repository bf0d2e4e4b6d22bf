import { runService, serviceConfig, workerService } from "@lanyard/service";
import { accountStore } from "./account-store.ts";
import { deadLetters } from "./dead-letters.ts";
import { handlers } from "./handlers.ts";
import { userStore } from "./user-store.ts";

await runService({
  name: "identity",
  config: serviceConfig,
  environment: process.env,
  wire: (context) =>
    workerService("identity", context, ({ table, clock, transport, derivation }) => ({
      handlers: handlers({
        users: userStore(table("identity")),
        accounts: accountStore(table("identity")),
        deadLetters: deadLetters({ transport, derivation }),
        now: () => new Date(clock.now()).toISOString(),
      }),
    })),
});
