import { keyId } from "@lanyard/contracts";
import { operatorOf } from "../auth/authenticate-operator.ts";
import { ProblemError } from "../http/problem.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";
import { queueInPath } from "./dead-letters.ts";
import { operatorNameOf } from "./operator-actions.ts";
import { userInPath } from "./user-in-path.ts";

/** `PUT /admin/users/{userId}/roles` */
export const setsRoles = (): FlowRoute => ({
  toInput: (body, request, response) => ({
    userId: userInPath(request),
    wantedRoles: body["roles"] ?? [],
    by: operatorNameOf(operatorOf(response)),
  }),
});

/** `DELETE /admin/users/{userId}/second-factor` */
export const liftsSecondFactor = (): FlowRoute => ({
  toInput: (body, request, response) => ({
    userId: userInPath(request),
    reason: String(body["reason"]),
    by: operatorNameOf(operatorOf(response)),
  }),
});

/** `POST /admin/dead-letters/{queue}/redrive` */
export const redrives = (): FlowRoute => ({
  toInput: (_body, request, response) => ({ queue: queueInPath(request), by: operatorNameOf(operatorOf(response)) }),
  answersAtOnce: ({ operationId }) => ({ operationId, status: "pending" }),
});

/** `POST /admin/keys/rotate` */
export const rotatesKeys = (): FlowRoute => ({
  toInput: (_body, _request, response) => ({ by: operatorNameOf(operatorOf(response)) }),
});

/** `DELETE /admin/keys/{kid}` */
export const removesKey = (): FlowRoute => ({
  toInput(_body, request, response) {
    const parsed = keyId.safeParse(request.params["kid"]);
    if (!parsed.success) throw new ProblemError("key_not_found");
    return { kid: parsed.data, by: operatorNameOf(operatorOf(response)) };
  },
});
