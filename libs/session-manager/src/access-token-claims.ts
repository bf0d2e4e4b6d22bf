import { signInMethod, userKind } from "@lanyard/contracts";
import { z } from "zod";

const seconds = z.int().nonnegative();
// Lower case only: revocations are looked up by the exact id, so an id must have one spelling.
const id = z.uuid().lowercase();
// A lone surrogate has no UTF-8 form: two different strings would become one in logs and tables.
const text = z.string().refine((value) => value.isWellFormed(), "not well-formed Unicode");

/** What an access token says (RFC 9068, and Lanyard's own `sid`, `kind` and `pull`): these claims and no others. */
export const accessTokenClaims = z.strictObject({
  sub: id.meta({ description: "The user" }),
  sid: id.meta({ description: "The session" }),
  jti: id.meta({ description: "This very token" }),
  iat: seconds.meta({ description: "When it was issued, Unix seconds" }),
  exp: seconds.meta({ description: "The first second in which it is no longer good, Unix seconds" }),
  iss: text.meta({ description: "The deployment's public URL" }),
  aud: text.meta({ description: "Whom it is for: one name, never a list" }),
  auth_time: seconds.meta({ description: "When the person last signed in, Unix seconds" }),
  amr: z.array(text).readonly().meta({ description: "How the person signed in (RFC 8176)" }),
  kind: userKind.meta({ description: "Visitor or account" }),
  roles: z.array(text).readonly().meta({ description: "What the account may do" }),
  method: signInMethod
    .optional()
    .meta({ description: "How the session was signed in to; absent from tokens of the release before" }),
  pull: z.int().nonnegative().meta({ description: "The newest pull of the andon cord when the session was opened" }),
  second_factor_time: seconds
    .optional()
    .meta({ description: "When a second factor was last proven in the session, Unix seconds; absent: never" }),
});

export type AccessTokenClaims = Readonly<z.output<typeof accessTokenClaims>>;

const claimOrder = Object.keys(accessTokenClaims.shape);

/** The only payload that these claims may have: JSON without spaces, in the order of the schema. */
export function serialiseClaims(claims: AccessTokenClaims): string {
  return JSON.stringify(claims, claimOrder);
}
