import { issuerOf, runService, workerService } from "@lanyard/service";
import { addressAttempts } from "./challenges/address-attempts.ts";
import { challengeStore } from "./challenges/challenge-store.ts";
import { derivedCodes, fixedCodes } from "./challenges/email-codes.ts";
import { registrations } from "./challenges/registrations.ts";
import { tokenConfig } from "./config.ts";
import { handlers } from "./handlers.ts";
import { signingKeyStore } from "./signing-keys/signing-key-store.ts";
import { SigningKeys } from "./signing-keys/signing-keys.ts";

const DEFAULT_GATEWAY_PORT = 8080;

await runService({
  name: "token",
  config: tokenConfig,
  environment: process.env,
  wire: (context) =>
    workerService("token", context, ({ table, sealing, derivation, clock, brokerNow }) => {
      const { config, log } = context;
      const issuer = issuerOf(config, DEFAULT_GATEWAY_PORT);
      const signingKeys = new SigningKeys({
        store: signingKeyStore(table("token")),
        sealing,
        clock,
        log,
        policy: {
          rotateEverySeconds: config.LANYARD_SIGNING_KEY_ROTATE_SECONDS,
          publishAheadSeconds: config.LANYARD_SIGNING_KEY_AHEAD_SECONDS,
        },
      });
      return {
        handlers: handlers({
          signingKeys,
          derivation,
          sealing,
          issuer,
          audience: config.LANYARD_AUDIENCE,
          accessTokenSeconds: config.LANYARD_ACCESS_TOKEN_SECONDS,
          now: clock.now,
          brokerNow,
          challenges: challengeStore(table("token")),
          addressAttempts: addressAttempts(table("token"), derivation),
          registrations: registrations(table("token"), derivation),
          emailCodes: fixedCodes(derivation, config.LANYARD_FIXED_CODES, derivedCodes(derivation)),
          continueUrl: `${issuer}/auth/continue`,
          challengeLifetimes: {
            linkSeconds: config.LANYARD_MAGIC_LINK_SECONDS,
            codeSeconds: config.LANYARD_EMAIL_CODE_SECONDS,
          },
        }),
        async prepare() {
          await signingKeys.refresh();
          signingKeys.start();
        },
        stop: () => signingKeys.stop(),
      };
    }),
});
