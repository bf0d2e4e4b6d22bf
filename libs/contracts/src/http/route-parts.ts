import { z } from "zod";
import { personal } from "../secrecy.ts";
import { userId } from "../shapes.ts";

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
