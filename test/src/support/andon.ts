import { randomUUID } from "node:crypto";
import type { RevocationScope } from "@lanyard/contracts";
import { opsKeyHash } from "@lanyard/gateway-service";
import { challengeFor, signInByMail } from "./account.ts";
import type { HttpAnswer } from "./http-call.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "./in-process-system.ts";
import { bearerOf, seenBy, signIn, tokensOf, type Visitor } from "./visitor.ts";

const key = Buffer.alloc(32, 1).toString("base64url");

/** The headers of a machine that may pull the andon cord. */
export const operator = { authorization: `Bearer ${key}` };

/** Three gateways that know the operator, and believe what tests say of where they come from. */
export const andonSystem = ({ settings = {}, ...options }: InProcessOptions = {}): Promise<InProcessSystem> =>
  inProcessSystem({
    gateways: 3,
    ...options,
    settings: {
      opsKeys: [{ name: "deploy", hash: opsKeyHash(key) }],
      trustedProxies: ["127.0.0.1"],
      ...settings,
    },
  });

export const from = (ip: string): { readonly "x-forwarded-for": string } => ({ "x-forwarded-for": ip });

/** Signs a visitor in from an address. */
export const visitorFrom = (system: Pick<InProcessSystem, "call">, ip: string): Promise<Visitor> =>
  signIn({ call: (method, path) => system.call(method, path, { headers: from(ip) }) });

/** Signs an account in from an address, by the link of a mail. */
export const accountFrom = (
  system: InProcessSystem,
  ip: string,
  email = `${randomUUID()}@example.com`,
): Promise<Visitor> => signInByMail(system, email, from(ip));

/** The same by the code. */
export async function accountByCode(system: InProcessSystem, ip: string): Promise<Visitor> {
  const { challengeId, code } = await challengeFor(system, `${randomUUID()}@example.com`);
  const answer = await system.call("POST", "/api/v2/auth/otp/verify", {
    json: { challengeId, code },
    headers: from(ip),
  });
  const { user, session } = answer.body as { user: { id: string }; session: { id: string } };
  const tokens = tokensOf(answer);
  return { userId: user.id, sessionId: session.id, ...tokens, bearer: bearerOf(tokens) };
}

/** Pulls the cord over HTTP. */
export const pull = (
  system: Pick<InProcessSystem, "call">,
  scope: RevocationScope,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> =>
  system.call("POST", "/api/v2/admin/sessions/revoke", {
    headers: { ...operator, ...headers },
    json: { scope, reason: "A lost laptop" },
  });

export const revocationIdOf = ({ status, body, text }: HttpAnswer): string => {
  const { revocationId } = body as { readonly revocationId?: string };
  if (status !== 202 || revocationId === undefined) throw new Error(`${status}: ${text}`);
  return revocationId;
};

export const receipt = (system: Pick<InProcessSystem, "call">, revocationId: string): Promise<HttpAnswer> =>
  system.call("GET", `/api/v2/admin/revocations/${revocationId}`, { headers: operator });

/** What every gateway says to these headers; one word when all say the same. */
export async function everywhere(
  system: Pick<InProcessSystem, "gateways">,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const said = await Promise.all(system.gateways.map((gateway) => seenBy(gateway, headers)));
  return [...new Set(said)].join(" | ");
}

/** What events of a type have said, in order. */
export const told = (system: Pick<InProcessSystem, "transport">, type: string) =>
  system.transport
    .published("events")
    .filter(({ attributes }) => attributes["type"] === type)
    .map(({ body }) => (JSON.parse(body) as { readonly data: Readonly<Record<string, unknown>> }).data);

/** How many pulls are in force. */
export const pullsStanding = (system: Pick<InProcessSystem, "table">): number =>
  system
    .table("session")
    .dump()
    .filter(({ key }) => key.sk.startsWith("pull#")).length;
