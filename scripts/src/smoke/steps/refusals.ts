import { randomUUID } from "node:crypto";
import { routes } from "@lanyard/contracts";
import { headerOf, problemOf } from "../answers.ts";
import { known, type Step } from "../journey.ts";
import { Unexpected } from "../unexpected.ts";

const { method, path } = routes.readSession;

export const nobodyIsRefused: Step = {
  name: "without credentials there is no session",
  async run({ deployment }) {
    const answer = await deployment.ask({ method, path });
    problemOf(answer, "unauthenticated");
    headerOf(answer, "WWW-Authenticate");
  },
};

export const conflictingCredentialsAreRefused: Step = {
  name: "credentials of two users are refused",
  needsVisitorIds: true,
  async run(journey) {
    const { tokens } = known(journey, "visitor");
    const headers = { authorization: `Bearer ${tokens.accessToken}`, "x-user-id": randomUUID() };
    problemOf(await journey.deployment.ask({ method, path, headers }), "conflicting_credentials");
  },
};

export const tamperedTokensAreRefused: Step = {
  name: "a token with another signature or other claims is refused",
  async run(journey) {
    const [header = "", payload = "", signature = ""] = known(journey, "visitor").tokens.accessToken.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
    const promoted = Buffer.from(JSON.stringify({ ...claims, roles: ["admin"] })).toString("base64url");
    // The first character: the last one holds bits that no byte of the signature uses.
    const changed = (signature.startsWith("A") ? "B" : "A") + signature.slice(1);
    for (const token of [`${header}.${payload}.${changed}`, `${header}.${promoted}.${signature}`]) {
      const answer = await journey.deployment.ask({ method, path, headers: { authorization: `Bearer ${token}` } });
      problemOf(answer, "token_invalid");
    }
  },
};

export const garbageIsAProblem: Step = {
  name: "garbage is answered with problem details",
  async run({ deployment }) {
    const signIn = { method: "POST", path: routes.createAnonymousSession.path } as const;
    problemOf(await deployment.ask({ ...signIn, body: '{"unfinished' }), "malformed_json");
    const answer = await deployment.ask({ ...signIn, body: '{"unknownField":1}' });
    const { errors = [] } = problemOf(answer, "validation_failed");
    if (errors.length === 0) throw new Unexpected(`${answer.request} to name the field that is wrong`, "no errors");
    problemOf(await deployment.ask({ method: "GET", path: `${routes.apiBase}/nothing-here` }), "not_found");
  },
};
