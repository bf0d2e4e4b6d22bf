import { runService, serviceConfig, workerService } from "@lanyard/service";
import { accountStore } from "./account-store.ts";
import { handlers } from "./handlers.ts";
import { userStore } from "./user-store.ts";

await runService({
  name: "identity",
  config: serviceConfig,
  environment: process.env,
  wire: (context) =>
    workerService("identity", context, ({ table, clock }) => ({
      handlers: handlers({
        users: userStore(table("identity")),
        accounts: accountStore(table("identity")),
        now: () => new Date(clock.now()).toISOString(),
      }),
    })),
});
