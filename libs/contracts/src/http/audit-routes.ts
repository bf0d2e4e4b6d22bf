import { z } from "zod";
import { timestamp } from "../shapes.ts";
import { route } from "./route.ts";
import { apiBase } from "./route-parts.ts";

export const verifyAudit = route({
  id: "verifyAudit",
  method: "GET",
  path: `${apiBase}/admin/audit/verification`,
  auth: "admin",
  tag: "Operators",
  summary: "Reads the security log and its seals, and says what was removed, changed or added since",
  query: z.strictObject({
    from: timestamp
      .optional()
      .meta({ description: "The hour it is in comes first. Default: the first that is sealed" }),
    to: timestamp.optional().meta({ description: "Not itself included. Default: now" }),
    known: z
      .string()
      .max(200)
      .regex(/^\d{4}-\d{2}-\d{2}T\d{2}=[\w.-]+$/)
      .optional()
      .meta({
        description: "`hour=mac`, a seal that was noted elsewhere: it must still stand",
        examples: ["2026-11-21T12=k1.x"],
      }),
  }),
  answers: [
    {
      status: 200,
      description: "One line for each hour and each portion of rows, then `end`; without that it has broken off",
      body: z.string(),
      mediaType: "application/x-ndjson",
    },
  ],
  problems: ["validation_failed"],
});
