import { randomUUID } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { RevocationView, SessionChecks } from "@lanyard/gateway-service";
import { realClock, silentLog } from "@lanyard/messaging";
import {
  accessTokenVerifier,
  importPublicKey,
  importSigningKey,
  newSigningKey,
  signAccessToken,
} from "@lanyard/session-manager";
import { memoryItemStore } from "@lanyard/storage";
import { answerQuestions } from "../../process/answer-questions.ts";
import { visitorClaims } from "../measure/visitor-claims.ts";
import type { HotCheckAnswer, HotCheckQuestion } from "./hot-check.ts";

const issuer = "http://localhost:8080";
const audience = "lanyard";
/** Fewer than a verifier remembers: what is measured is the check of a token that was seen before. */
const tokens = 5000;
const lifeSeconds = 6 * 3600;
/** Checks between two looks at the clock. */
const batch = 500;

const gc = ((): (() => void) => {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
})();

const key = await newSigningKey();
const [signingKey, publicKey] = [await importSigningKey(key.privateJwk), await importPublicKey(key.publicJwk)];
const verifier = accessTokenVerifier({
  issuer,
  audience,
  keys: { find: async () => publicKey, holds: () => true },
  now: Date.now,
});
const shown = await Promise.all(
  Array.from({ length: tokens }, () => signAccessToken(visitorClaims({ issuer, audience, lifeSeconds }), signingKey)),
);

/** Filled once, and kept: a view for each number of revocations that was asked for. */
const views = new Map<number, { readonly checks: SessionChecks; readonly bytesAnEntry: number }>();

answerQuestions<HotCheckQuestion, HotCheckAnswer>(async ({ revocations, seconds }) => {
  const { checks, bytesAnEntry } = views.get(revocations) ?? (await filled(revocations));
  const until = performance.now() + seconds * 1000;
  const startedAt = performance.now();
  let checked = 0;
  while (performance.now() < until) {
    for (let index = 0; index < batch; index += 1, checked += 1) {
      const verified = await verifier.verify(shown[checked % tokens] ?? "");
      if (verified.kind !== "valid") throw new Error("a token that is good is not");
      const check = await checks.check(verified.claims);
      if (check.kind !== "none") throw new Error("a session that stands does not");
    }
  }
  return { perSecond: checked / ((performance.now() - startedAt) / 1000), bytesAnEntry };
});

async function filled(revocations: number) {
  const view = new RevocationView({
    sessionTable: memoryItemStore(),
    clock: realClock,
    log: silentLog,
    staleAfterMs: lifeSeconds * 1000,
  });
  await view.catchUp();
  gc();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < revocations; index += 1) view.note(randomUUID(), "logout");
  gc();
  const bytesAnEntry = revocations === 0 ? 0 : (process.memoryUsage().heapUsed - before) / revocations;
  const checks = new SessionChecks({ view, projections: { session: async () => undefined } });
  const made = { checks, bytesAnEntry };
  views.set(revocations, made);
  return made;
}
