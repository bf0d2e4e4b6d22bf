import { httpSchemas, routes } from "@lanyard/contracts";
import type { DataKinds } from "@lanyard/user-data";
import type { RequestHandler } from "express";
import { identityOf } from "../auth/authenticate.ts";
import { hangUpOf } from "../http/hang-up.ts";
import { ProblemError } from "../http/problem.ts";
import { validBody } from "../http/validate-body.ts";
import type { MergeReads } from "./merge-reads.ts";
import { MovesCounted } from "./moves-counted.ts";
import { type VisitorShownDeps, visitorShown } from "./visitor-shown.ts";

export interface PreviewMergeDeps {
  readonly visitors: VisitorShownDeps;
  readonly merges: Pick<MergeReads, "owned">;
  readonly kinds: DataKinds;
}

/**
 * `POST /auth/merge?dryRun=true`: what a merge would do at this moment. Writes nothing. With a visitor that is the caller's
 * already it would do nothing, whether all of it has moved or not.
 */
export const previewMerge =
  ({ visitors, merges, kinds }: PreviewMergeDeps): RequestHandler =>
  async (request, response) => {
    const { anonymous } = validBody(routes.mergeVisitor.body, request);
    const { userId } = identityOf(response);
    const { visitorId } = await visitorShown(anonymous, visitors);
    const mergedTo = (await visitors.projections.user(visitorId))?.mergedTo;
    if (mergedTo !== undefined && mergedTo !== userId) throw new ProblemError("already_merged");
    const hungUp = hangUpOf(response);
    const counted = new MovesCounted(kinds, (kind) => merges.owned(userId, kind));
    for await (const items of mergedTo === undefined ? merges.owned(visitorId) : []) {
      if (hungUp.aborted) return;
      for (const item of items) await counted.add(item);
    }
    response.json(httpSchemas.mergePreview.parse(counted.preview()));
  };
