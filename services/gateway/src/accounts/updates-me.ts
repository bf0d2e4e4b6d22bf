import type { JsonObject, Locale } from "@lanyard/contracts";
import type { Response } from "express";
import { identityOf } from "../auth/authenticate.ts";
import { preferredLocale } from "../challenges/requests-challenge.ts";
import { emailIn } from "../http/validated.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import type { Projections } from "../reads/projections.ts";

export interface UpdatesMeDeps {
  readonly projections: Pick<Projections, "user">;
}

/**
 * `PATCH /auth/me`: what is absent stays, what is null goes. A new address is mailed to and counted like any mail that is
 * asked for; nothing here depends on whether another account carries it.
 */
export const updatesMe = ({ projections }: UpdatesMeDeps): FlowRoute => ({
  stepUpWhen: changesEmail,
  isLimited: changesEmail,
  toInput(body, _request, response) {
    const { displayName, locale: wantedLocale } = body;
    const { userId, sessionId } = identityOf(response);
    return {
      userId,
      sessionId,
      ...(displayName !== undefined && { displayName }),
      ...(wantedLocale !== undefined && { wantedLocale }),
      ...(changesEmail(body) && { newEmail: emailIn(body) }),
    };
  },
  lookUp: async (body, response) => ({ mailLocale: await mailLocaleOf(body, response, projections) }),
});

function changesEmail({ email }: JsonObject): boolean {
  return email !== undefined;
}

/** The language that the account speaks once the request is carried out, else the browser's. */
async function mailLocaleOf(
  body: JsonObject,
  response: Response,
  { user }: Pick<Projections, "user">,
): Promise<Locale> {
  const given = body["locale"] as Locale | null | undefined;
  const preferred = preferredLocale(response.req);
  if (!changesEmail(body) || given === null) return preferred;
  return given ?? (await user(identityOf(response).userId))?.locale ?? preferred;
}
