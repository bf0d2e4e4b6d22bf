import { z } from "zod";
import { personal } from "../secrecy.ts";
import { userId } from "../shapes.ts";
import { secondFactorNeeded } from "./account-schemas.ts";
import { authResult, pendingOperation } from "./schemas.ts";

export const apiBase = "/api/v2";

export const anyEmail = personal(z.string().min(3).max(320)).meta({
  description: "An e-mail address; its normal form is what counts",
  examples: ["ada@example.com"],
});

export const ofBodies = ["validation_failed", "malformed_json", "body_too_large", "unsupported_media_type"] as const;

export const cursor = z.string().min(1).max(2048).meta({ description: "The `cursor` of the page before" });

/** Who a visitor is, as a client shows it: by the visitor's access token, or by its id where ids count. */
export const anonymousCredential = z
  .union([z.strictObject({ accessToken: personal(z.string().min(1).max(8192)) }), z.strictObject({ userId })])
  .meta({ description: "The visitor: `accessToken`, or `userId` where `X-User-ID` counts" });

export const deviceToken = "The `deviceToken` of an earlier sign-in on this device: it is known, whoever else may ask";

export const underWay = {
  status: 202,
  description: "Accepted and under way; `Location` names the operation",
  body: pendingOperation,
} as const;

/** What a sign-in answers. */
export const signedIn = [
  {
    status: 200,
    description: "The account, its session and its tokens; or that a second factor is needed",
    body: z.union([authResult, secondFactorNeeded]),
  },
  {
    status: 200,
    description: "With `Accept: text/event-stream`: progress, then `token-delivery`, `second-factor` or `problem`",
    body: z.string(),
    mediaType: "text/event-stream",
  },
  underWay,
] as const;

/** What the strict ones refuse is not counted by the generous ones. */
export const ofMails = [
  "mailPerAddressAndClient",
  "mailPerAddressAndNetwork",
  "mailPerClient",
  "mailPerAddress",
] as const;

/** Of the visitor whom a sign-in continues. */
export const ofVisitors = [
  "token_invalid",
  "token_expired",
  "unauthenticated",
  "session_revoked",
  "not_anonymous",
  "user_merged",
  "revocation_view_stale",
] as const;
