import type { Json } from "../shapes.ts";

const operationId = "op_0193a5f2c8d47c3e9f10a2b4c6d8e0f1mYtqGh0Zk3vX7bNcR5wJ_A";
const user = { id: "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90", kind: "anonymous" };
const session = {
  id: "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d",
  createdAt: "2026-11-21T12:00:00.000Z",
  expiresAt: "2026-12-21T12:00:00.000Z",
};
const tokens = { tokenType: "Bearer", accessToken: "eyJhbGciOiJFUzI1NiJ9…", expiresIn: 600, refreshToken: "rt1.…" };
const pending = { operationId, status: "pending" };

/** Answers as the documentation shows them: by route id, then status. */
export const answerExamples: { readonly [routeId: string]: { readonly [status: number]: Json } } = {
  createAnonymousSession: {
    200: 'event: progress\ndata: {"step":"session.open","position":1,"of":3}\n\n',
    201: { user, session, tokens },
    202: { ...pending, operationSecret: "Hq3…" },
  },
  refreshSession: { 200: { user, session, tokens }, 202: { ...pending, operationSecret: "Hq3…" } },
  logout: { 202: pending },
  readSession: { 200: { user, session } },
  readOperation: {
    200: {
      operationId,
      status: "succeeded",
      finishedAt: "2026-11-21T12:00:01.000Z",
      result: { user, session, tokens },
    },
    202: pending,
  },
  readHealth: { 200: { status: "ok" } },
  readReadiness: { 200: { status: "ready", missing: [] }, 503: { status: "not-ready", missing: ["sqs"] } },
};
