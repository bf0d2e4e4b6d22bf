import { setTimeout as pause } from "node:timers/promises";
import { httpSchemas, routes } from "@lanyard/contracts";
import { bodyOf, checked, headerOf, problemOf } from "../answers.ts";
import { known, type Step } from "../journey.ts";
import { Unexpected } from "../unexpected.ts";

const betweenReadsMs = 100;

export const asyncSignIn: Step = {
  name: "a sign-in that is not waited for is accepted",
  async run({ deployment, facts }) {
    const { method, path } = routes.createAnonymousSession;
    const answer = await deployment.ask({ method, path, headers: { prefer: "respond-async" } });
    const { operationId, operationSecret } = bodyOf(answer, { status: 202, body: httpSchemas.pendingOperation });
    if (operationSecret === undefined) {
      throw new Unexpected(`${answer.request} to answer with an operationSecret`, "none");
    }
    const location = headerOf(answer, "Location");
    const expected = routes.readOperation.path.replace("{operationId}", operationId);
    if (location !== expected) throw new Unexpected(`Location to be ${expected}`, "another one");
    facts.operation = { path: location, secret: operationSecret };
  },
};

export const operationIsFound: Step = {
  name: "its operation ends in tokens, for whoever holds its secret",
  async run(journey) {
    const { path, secret } = known(journey, "operation");
    const read = () => journey.deployment.ask({ method: "GET", path, headers: { "x-operation-secret": secret } });
    let answer = await read();
    while (answer.status === 202) {
      await pause(betweenReadsMs);
      // Asking throws at the latest when the time of the step is over.
      answer = await read().catch(() => {
        throw new Unexpected("the operation to end in the time a step has", "it pending");
      });
    }
    const { status, result } = bodyOf(answer, { status: 200, body: httpSchemas.finishedOperation });
    if (status !== "succeeded") throw new Unexpected("the operation to succeed", status);
    checked(httpSchemas.authResult, result, "its result");
  },
};

export const operationIsHidden: Step = {
  name: "its operation is hidden from everyone else",
  async run(journey) {
    const { path, secret } = known(journey, "operation");
    const { tokens } = known(journey, "visitor");
    const ask = (headers: Record<string, string>) => journey.deployment.ask({ method: "GET", path, headers });
    problemOf(await ask({}), "operation_not_found");
    problemOf(await ask({ "x-operation-secret": [...secret].toReversed().join("") }), "operation_not_found");
    problemOf(await ask({ authorization: `Bearer ${tokens.accessToken}` }), "operation_not_found");
  },
};
