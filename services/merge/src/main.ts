import { runService, workerService } from "@lanyard/service";
import { mergeConfig } from "./config.ts";
import { handlers } from "./handlers.ts";
import { closedVisitors } from "./items/closed-visitors.ts";
import { dataItemStore } from "./items/data-item-store.ts";
import { slotStore } from "./items/slot-store.ts";
import { accountNames } from "./moves/account-names.ts";
import { mergeStore } from "./moves/merge-store.ts";

await runService({
  name: "merge",
  config: mergeConfig,
  environment: process.env,
  wire: (context) =>
    workerService("merge", context, ({ table, brokerNow }) => {
      const mergeTable = table("merge");
      const items = dataItemStore(mergeTable);
      return {
        handlers: handlers({
          items,
          slots: slotStore(mergeTable),
          closedVisitors: closedVisitors(mergeTable),
          merges: mergeStore(mergeTable),
          accountNames: accountNames(items),
          kinds: context.config.LANYARD_DATA_KINDS,
          brokerNow,
        }),
      };
    }),
});
