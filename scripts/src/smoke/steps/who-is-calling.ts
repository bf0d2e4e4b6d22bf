import { httpSchemas, routes } from "@lanyard/contracts";
import { bodyOf } from "../answers.ts";
import type { Answer } from "../deployment.ts";
import { type Journey, known, type Step } from "../journey.ts";
import { Unexpected } from "../unexpected.ts";

const { method, path } = routes.readSession;

export const sessionByBearer: Step = {
  name: "the session is found by its access token",
  async run(journey) {
    const { tokens } = known(journey, "visitor");
    const headers = { authorization: `Bearer ${tokens.accessToken}` };
    isTheVisitors(journey, await journey.deployment.ask({ method, path, headers }));
  },
};

export const sessionByVisitorId: Step = {
  name: "the session is found by the visitor's X-User-ID",
  needsVisitorIds: true,
  async run(journey) {
    const headers = { "x-user-id": known(journey, "visitor").user.id };
    isTheVisitors(journey, await journey.deployment.ask({ method, path, headers }));
  },
};

function isTheVisitors(journey: Journey, answer: Answer): void {
  const visitor = known(journey, "visitor");
  const { user, session } = bodyOf(answer, { status: 200, body: httpSchemas.currentSession });
  if (user.id !== visitor.user.id || session.id !== visitor.session.id) {
    throw new Unexpected(`${answer.request} to answer the visitor's own user and session`, "others");
  }
}
