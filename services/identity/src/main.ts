import { availableParallelism } from "node:os";
import { HashingThreads, passwordHashing } from "@lanyard/passwords";
import { runService, workerService } from "@lanyard/service";
import { accountStore } from "./account-store.ts";
import { identityConfig } from "./config.ts";
import { deadLetters } from "./dead-letters.ts";
import { emailUndoStore } from "./email-undo-store.ts";
import { handlers } from "./handlers.ts";
import { failedTries } from "./passwords/failed-tries.ts";
import { passwordStore } from "./passwords/password-store.ts";
import { secondFactorChallenges } from "./second-factor/second-factor-challenges.ts";
import { secondFactorStore } from "./second-factor/second-factor-store.ts";
import { userStore } from "./user-store.ts";

await runService({
  name: "identity",
  config: identityConfig(availableParallelism()),
  environment: process.env,
  wire: (context) =>
    workerService("identity", context, ({ table, clock, brokerNow, transport, derivation, sealing }) => {
      const { LANYARD_HASH_CONCURRENCY: atOnce, LANYARD_HASH_PERCENT: busyPercent } = context.config;
      const threads = new HashingThreads({ threads: atOnce, busyPercent });
      return {
        handlers: handlers({
          users: userStore(table("identity")),
          accounts: accountStore(table("identity")),
          emailUndos: emailUndoStore(table("identity")),
          passwords: passwordStore(table("identity")),
          failedTries: failedTries(table("identity"), derivation),
          hashing: passwordHashing({ derivation, argon2id: threads.argon2id }),
          derivation,
          secondFactors: secondFactorStore(table("identity"), sealing),
          secondFactorChallenges: secondFactorChallenges(table("identity")),
          totpIssuer: context.config.LANYARD_TOTP_ISSUER,
          deadLetters: deadLetters({ transport, derivation }),
          now: () => new Date(clock.now()).toISOString(),
          brokerNow,
        }),
        concurrency: { "identity-hash": atOnce },
        stop: () => threads.close(),
      };
    }),
});
