import { emailIn } from "../http/validated.ts";
import { type VisitorShownDeps, visitorContinued } from "../merging/visitor-shown.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";

/** `POST /auth/password/login`: the address in its normal form, the password as it was given, the visitor who goes on. */
export const signsInByPassword = ({ visitors }: { readonly visitors: VisitorShownDeps }): FlowRoute => ({
  toInput: (body) => ({ email: emailIn(body), password: body["password"] ?? null }),
  lookUp: async ({ anonymous }) =>
    anonymous === undefined ? {} : { visitorId: await visitorContinued(anonymous, visitors) },
});
