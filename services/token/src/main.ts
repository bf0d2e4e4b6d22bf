import {
  issuerConfig,
  issuerOf,
  publicUrlMistake,
  publicUrlNeeded,
  runService,
  wholeNumber,
  workerService,
} from "@lanyard/service";
import { handlers } from "./handlers.ts";
import { signingKeyStore } from "./signing-keys/signing-key-store.ts";
import { SigningKeys } from "./signing-keys/signing-keys.ts";

const DAY_SECONDS = 24 * 3600;
const DEFAULT_GATEWAY_PORT = 8080;

await runService({
  name: "token",
  config: issuerConfig
    .extend({
      LANYARD_ACCESS_TOKEN_SECONDS: wholeNumber({ min: 1, max: 3600, default: 600 }),
      LANYARD_SIGNING_KEY_ROTATE_SECONDS: wholeNumber({ min: 60, max: 366 * DAY_SECONDS, default: 30 * DAY_SECONDS }),
      LANYARD_SIGNING_KEY_AHEAD_SECONDS: wholeNumber({ min: 30, max: 7 * DAY_SECONDS, default: 3600 }),
    })
    .refine(publicUrlNeeded, publicUrlMistake),
  environment: process.env,
  wire: (context) =>
    workerService("token", context, ({ table, sealing, derivation, clock }) => {
      const { config, log } = context;
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
          issuer: issuerOf(config, DEFAULT_GATEWAY_PORT),
          audience: config.LANYARD_AUDIENCE,
          accessTokenSeconds: config.LANYARD_ACCESS_TOKEN_SECONDS,
          now: clock.now,
        }),
        async prepare() {
          await signingKeys.refresh();
          signingKeys.start();
        },
        stop: () => signingKeys.stop(),
      };
    }),
});
