import { httpSchemas, routes } from "@lanyard/contracts";
import { createLocalJWKSet, errors, jwtVerify } from "jose";
import { z } from "zod";
import { bodyOf, checked, headerOf } from "../answers.ts";
import { known, type Step } from "../journey.ts";
import { Unexpected } from "../unexpected.ts";

// The machine that asks and the one that signs may disagree about the time by this much.
const clockToleranceSeconds = 60;

export const signInAsVisitor: Step = {
  name: "a visitor gets a user, a session and tokens",
  async run({ deployment, facts }) {
    const { method, path } = routes.createAnonymousSession;
    const answer = await deployment.ask({ method, path });
    const visitor = bodyOf(answer, { status: 201, body: httpSchemas.authResult });
    if (visitor.user.kind !== "anonymous") throw new Unexpected("the user to be a visitor", visitor.user.kind);
    headerOf(answer, "X-Request-Id");
    headerOf(answer, "X-Operation-Id");
    const cacheControl = headerOf(answer, "Cache-Control");
    if (cacheControl !== "no-store") throw new Unexpected("tokens never to be stored by caches", cacheControl);
    facts.visitor = visitor;
  },
};

export const tokenIsGenuine: Step = {
  name: "its access token is signed by a published key, and says the same",
  async run(journey) {
    const { user, session, tokens } = known(journey, "visitor");
    const payload = await payloadOf(tokens.accessToken, createLocalJWKSet(known(journey, "jwks")));
    const claims = z.object({ sub: z.string(), sid: z.string(), kind: z.string(), iat: z.int(), exp: z.int() });
    const { sub, sid, kind, iat, exp } = checked(claims, payload, "the access token");
    if (sub !== user.id || sid !== session.id || kind !== user.kind) {
      throw new Unexpected("the token to name the user and session it came with", "others");
    }
    if (exp - iat !== tokens.expiresIn) {
      throw new Unexpected(`the token to live for expiresIn (${tokens.expiresIn} s)`, `${exp - iat} s`);
    }
  },
};

async function payloadOf(token: string, keys: ReturnType<typeof createLocalJWKSet>): Promise<unknown> {
  try {
    const options = { algorithms: ["ES256"], typ: "at+jwt", clockTolerance: clockToleranceSeconds };
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new Unexpected("an ES256 access token of a published key", `${error.code}: ${error.message}`);
  }
}
