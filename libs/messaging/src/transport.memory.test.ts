import { realClock } from "./clock.ts";
import { transportContract } from "./testing/transport-contract.ts";
import { memoryTransport } from "./transport.memory.ts";

transportContract("memory", async () => ({
  transport: memoryTransport({
    clock: realClock,
    queues: ["one", "two"],
    topics: ["events"],
    subscriptions: [
      { topic: "events", queue: "one" },
      { topic: "events", queue: "two", types: ["b"] },
    ],
  }),
  stop: async () => {},
}));
