import { randomBytes, randomUUID } from "node:crypto";
import { ANDON_CORD, signingKeyItem } from "@lanyard/contracts";
import { defaultLimits, type Gateway, gateway, gatewayMetrics, memoryWindowCounters } from "@lanyard/gateway-service";
import { memoryTransport, realClock } from "@lanyard/messaging";
import { derivation, parseKeyring, sealing } from "@lanyard/secrets";
import { createLogger, createMetrics } from "@lanyard/service";
import { importSigningKey, newSigningKey, signAccessToken } from "@lanyard/session-manager";
import { type ItemStore, memoryItemStore, typedItems } from "@lanyard/storage";
import { visitorClaims } from "../measure/visitor-claims.ts";

const issuer = "http://localhost:8080";
const audience = "lanyard";
/** Longer than any run. */
const tokenSeconds = 6 * 3600;

export interface GatewayOverMemory {
  readonly gateway: Gateway;
  /** Access tokens that it accepts, each of a session of its own. */
  accessTokens(count: number): Promise<string[]>;
}

/** A gateway as its service wires it, with its log and its metrics, but over queues and tables in memory. */
export async function gatewayOverMemory(): Promise<GatewayOverMemory> {
  const tables = new Map<string, ItemStore>();
  const table = (name: string): ItemStore => {
    const store = tables.get(name) ?? memoryItemStore();
    tables.set(name, store);
    return store;
  };
  const key = await newSigningKey();
  const createdAt = new Date().toISOString();
  await typedItems(table("token"), signingKeyItem).putIfAbsent(
    { generation: 1, publicJwk: key.publicJwk, sealedPrivateJwk: "not needed here", createdAt, activeFrom: createdAt },
    [1],
    { writtenBy: "bench" },
  );
  const keys = parseKeyring(`bench:${randomBytes(32).toString("base64url")}`);
  const { registry } = createMetrics("gateway");
  const running = gateway({
    table,
    transport: memoryTransport({ clock: realClock, queues: [ANDON_CORD], topics: ["events"] }),
    derivation: derivation(keys),
    sealing: sealing(keys),
    clock: realClock,
    brokerNow: realClock.now,
    log: createLogger({ service: "gateway", level: "info" }),
    randomBytes,
    newRequestId: randomUUID,
    version: "0.0.0",
    issuer,
    audience,
    visitorIds: true,
    deadlineMs: 10_000,
    pollWaitSeconds: 20,
    trustedProxies: [],
    corsOrigins: [],
    redirectOrigins: [],
    development: false,
    challengeLifetimes: { linkSeconds: 3600, codeSeconds: 600 },
    stepUpSeconds: 900,
    limits: { counters: memoryWindowCounters(realClock.now), settings: defaultLimits },
    opsKeys: [],
    kinds: new Map(),
    observeRequest: gatewayMetrics(registry).observeRequest,
    health: () => (_request, _response, next) => next(),
  });
  await running.start();
  const signingKey = await importSigningKey(key.privateJwk);
  return {
    gateway: running,
    accessTokens: (count) =>
      Promise.all(
        Array.from({ length: count }, () =>
          signAccessToken(visitorClaims({ issuer, audience, lifeSeconds: tokenSeconds }), signingKey),
        ),
      ),
  };
}
