import type { Heard, MergeAsked } from "./clients.ts";
import { crowded, type Evidence, grouped, type Invariant, sessionWrites, stateOf, VIEW_MS } from "./evidence.ts";
import { type DataItem, type ItemHistory, mergeEvidence, placeOf, takenBy } from "./merge-evidence.ts";

/** The items of everybody who is part of an account, with whose they are. */
function* itemsOfMerged(evidence: Evidence): Generator<ItemHistory & { readonly to: string }> {
  const { items, claims } = mergeEvidence(evidence);
  const owners = new Map(claims.map(({ visitorId, userId }) => [visitorId, userId]));
  for (const history of items.values()) {
    const to = owners.get(history.userId);
    if (to !== undefined) yield { ...history, to };
  }
}

/** What an account has of a visitor's item, or in its place. */
const successorOf = (evidence: Evidence, { to, kind, last }: ItemHistory & { readonly to: string }) =>
  mergeEvidence(evidence).items.get(placeOf(to, kind, last.ended?.copyId ?? ""));

const isMerge = (heard: Heard): heard is Heard & { readonly merge: MergeAsked } => heard.merge !== undefined;

/** The first write of all that a merge has done to an item. */
const frozenIn = ({ writes }: ItemHistory) => writes.findIndex(({ item }) => item.leaving !== undefined);

const problemOf = ({ answer }: Heard): string | undefined => (answer.kind === "problem" ? answer.code : undefined);

/** With these nothing was written: others may be said of something that was. */
const REFUSALS = ["item_not_found", "version_conflict", "limit_reached", "user_merged"];

/** What is true of what users own, and of visitors who become parts of accounts. */
export const mergeInvariants: readonly Invariant[] = [
  {
    name: "every item is in effect exactly once, at one owner",
    violations(evidence) {
      const { items } = mergeEvidence(evidence);
      const takers = new Map<string, Set<string>>();
      for (const { place, writes } of items.values())
        for (const { item } of writes)
          for (const { fromItemId } of item.changes)
            if (fromItemId !== undefined) takers.set(fromItemId, (takers.get(fromItemId) ?? new Set()).add(place));
      return [...itemsOfMerged(evidence)].flatMap((history) => {
        const { place, itemId, last } = history;
        const copies = takers.get(itemId)?.size ?? 0;
        switch (last.ended?.how) {
          case undefined:
            return [`${place} was left behind`];
          case "deleted":
            return copies === 0 ? [] : [`${place} was deleted, and is at the account`];
          case "merged":
            return copies === 1 && successorOf(evidence, history) !== undefined
              ? []
              : [`${place} is ${copies} times at the account`];
          case "superseded":
            return copies === 0 && successorOf(evidence, history) !== undefined
              ? []
              : [`${place} has given way, and is ${copies} times at the account`];
        }
      });
    },
  },
  {
    name: "an item is buried once, when its copy stands",
    violations: (evidence) =>
      [...itemsOfMerged(evidence)].flatMap((history) => {
        const { place, itemId, writes, last } = history;
        const graves = writes.filter(({ item }) => item.ended !== undefined);
        const found = graves.length > 1 ? [`${place} was buried ${graves.length} times`] : [];
        const successor = successorOf(evidence, history);
        const standing =
          last.ended?.how === "merged" ? successor && takenBy(successor, itemId) : (successor?.writes[0] ?? undefined);
        const buriedAt = graves[0]?.order ?? Number.POSITIVE_INFINITY;
        if (last.ended === undefined || last.ended.how === "deleted") return found;
        return standing === undefined || standing.order > buriedAt
          ? [...found, `${place} was buried before its copy stood`]
          : found;
      }),
  },
  {
    name: "what is frozen keeps its value until the account has it",
    violations: (evidence) =>
      [...itemsOfMerged(evidence)].flatMap((history) => {
        const { place, itemId, writes, last } = history;
        const at = frozenIn(history);
        if (at < 0) return [];
        const frozen = writes[at]?.item as DataItem;
        const before = writes[at - 1]?.item;
        const changed = writes.slice(at + 1).filter(({ item }) => {
          const keeps = item.ended?.how === "merged" || item.json === frozen.json;
          return !keeps || item.version !== frozen.version || (item.leaving ?? item.ended) === undefined;
        });
        const found = changed.map(({ writtenBy }) => `${place} was changed by ${writtenBy} when it was frozen`);
        if (before !== undefined && (before.json !== frozen.json || before.version !== frozen.version))
          found.push(`${place} was frozen with another value than it had`);
        if (last.ended?.how !== "merged") return found;
        const successor = successorOf(evidence, history);
        const taken = successor && takenBy(successor, itemId)?.item;
        if (taken?.json !== frozen.json || taken.updatedAt !== frozen.updatedAt)
          found.push(`${place} came to the account with another value`);
        return found;
      }),
  },
  {
    name: "a version of an item is made by one operation, and follows the one before",
    violations(evidence) {
      return [...mergeEvidence(evidence).items.values()].flatMap(({ place, writes }) => {
        const makers = new Map<number, string>();
        const found: string[] = [];
        writes.forEach(({ item, writtenBy }, index) => {
          const before = writes[index - 1]?.item;
          for (const { version, operationId, fromItemId } of item.changes) {
            const maker = `${operationId} ${fromItemId ?? ""}`;
            if ((makers.get(version) ?? maker) !== maker) found.push(`${place}: version ${version} was made twice`);
            makers.set(version, maker);
          }
          const isNext = before === undefined ? item.version === 1 : [0, 1].includes(item.version - before.version);
          const isChanged = before !== undefined && item.ended === undefined && item.json !== before.json;
          const wasNeverMade = item.ended !== undefined && item.changes.length === 0;
          if (!isNext || (!wasNeverMade && item.changes.at(-1)?.version !== item.version))
            found.push(`${place}: version ${item.version} by ${writtenBy} follows nothing`);
          if (isChanged && item.version === before.version) found.push(`${place}: two values of one version`);
          if (before?.ended !== undefined) found.push(`${place} was written after its end, by ${writtenBy}`);
        });
        return found;
      });
    },
  },
  {
    name: "what was answered as saved or deleted is so, and what was refused is nowhere",
    violations(evidence) {
      const { items } = mergeEvidence(evidence);
      const made = new Map<string, Set<string>>();
      const ended = new Set<string>();
      for (const { last, writes } of items.values()) {
        for (const { item } of writes)
          for (const { operationId, version } of item.changes)
            if (version === item.version)
              made.set(operationId, (made.get(operationId) ?? new Set()).add(`${item.itemId} ${version} ${item.json}`));
        // One that was refused before it stood has a tombstone as well, and never had a version.
        if (last.ended?.how === "deleted" && last.changes.length > 0) ended.add(last.ended.operationId);
      }
      return evidence.clients.heard.flatMap((heard) => {
        const { what, item, answer } = heard;
        if (item === undefined || !("operationId" in answer) || answer.operationId === undefined) return [];
        const { operationId } = answer;
        if (REFUSALS.includes(problemOf(heard) ?? ""))
          return made.has(operationId) || ended.has(operationId) ? [`${operationId} was refused, and done`] : [];
        if (answer.kind !== "done") return [];
        if (what === "remove") return ended.has(operationId) ? [] : [`${operationId} deleted nothing`];
        const told = answer.body["item"] as { readonly id: string; readonly version: number };
        return made.get(operationId)?.has(`${told.id} ${told.version} ${item.json}`) === true
          ? []
          : [`${operationId} saved nothing, or something else`];
      });
    },
  },
  {
    name: "a visitor becomes part of one account, by one merge, and others are told so",
    violations(evidence) {
      const { claims } = mergeEvidence(evidence);
      const owners = grouped(
        claims,
        ({ visitorId }) => visitorId,
        ({ userId, operationId }) => `${userId} ${operationId}`,
      );
      const ownerOf = new Map(claims.map(({ visitorId, userId }) => [visitorId, userId]));
      const told = evidence.clients.heard.filter(isMerge).flatMap((heard) => {
        const isOwner = ownerOf.get(heard.merge.visitorId) === heard.merge.userId;
        if (heard.answer.kind === "done" && !isOwner) return [`${heard.merge.userId} was told that it has the visitor`];
        return problemOf(heard) === "already_merged" && isOwner
          ? [`${heard.merge.userId} was told that another has the visitor`]
          : [];
      });
      return [...crowded(owners).map(([visitor, size]) => `${visitor} was claimed ${size} times`), ...told];
    },
  },
  {
    name: "items of a merge have numbers of their own, and each is told",
    violations(evidence) {
      const { claims, told } = mergeEvidence(evidence);
      const moved = told.filter(({ type }) => type === "account.itemMoved").map(({ data }) => data);
      const itemOf = grouped(
        moved,
        ({ mergeId, sequence }) => `${mergeId} ${sequence}`,
        ({ fromItemId }) => fromItemId,
      );
      const saysOf = grouped(
        moved,
        ({ mergeId, fromItemId }) => `${mergeId} ${fromItemId}`,
        ({ sequence, toItemId }) => `${sequence} ${toItemId}`,
      );
      const operationOf = new Map(claims.map(({ visitorId, operationId }) => [visitorId, operationId]));
      const untold = [...itemsOfMerged(evidence)].flatMap(({ place, userId, itemId, writes, last: { ended } }) => {
        // Whoever wrote it late may have had no more time to tell.
        const isOverdue = writes.some(({ writtenBy }) => evidence.world.overdue.has(writtenBy.split("/")[0] ?? ""));
        if (ended?.how !== "merged" || isOverdue) return [];
        const said = saysOf.get(`${operationOf.get(userId)} ${itemId}`);
        return said?.has(`${ended.sequence} ${ended.copyId}`) === true ? [] : [`${place} moved, and nobody was told`];
      });
      return [
        ...crowded(itemOf).map(([number, size]) => `number ${number} was given to ${size} items`),
        ...crowded(saysOf).map(([item, size]) => `${item} was told of in ${size} ways`),
        ...untold,
      ];
    },
  },
  {
    name: "a merge counts what it has moved, and says so",
    violations(evidence) {
      const { done, told } = mergeEvidence(evidence);
      const ends = [...itemsOfMerged(evidence)].flatMap(({ last: { ended } }) => (ended === undefined ? [] : [ended]));
      return [...done.values()].flatMap((merge) => {
        const { operationId, moved, skipped, held, lastSequence } = merge;
        const own = ends.filter((each) => each.operationId === operationId && (each.sequence ?? 0) <= lastSequence);
        const counted = [
          own.filter(({ how }) => how === "merged").length,
          own.filter(({ how }) => how === "superseded").length,
          own.filter((each) => each.held !== undefined).length,
        ];
        const said = told.filter(({ type, data }) => type === "account.merged" && data["mergeId"] === operationId);
        const wrong = said.filter(({ data }) => `${[data["moved"], data["skipped"], data["held"]]}` !== `${counted}`);
        return [
          ...(`${[moved, skipped, held]}` === `${counted}`
            ? []
            : [`${operationId} counts ${[moved, skipped, held]}, and has moved ${counted}`]),
          ...(said.length === 0 ? [`nobody was told that ${operationId} is done`] : []),
          ...wrong.map(() => `${operationId} was told with other counts`),
        ];
      });
    },
  },
  {
    name: "a kind never has more items than its limit, each in a slot of its own",
    violations(evidence) {
      const { items } = mergeEvidence(evidence);
      const all = [...items.values()].flatMap(({ userId, kind, writes }) =>
        writes.map(({ order, item }) => ({ order, owner: `${userId} ${kind}`, item })),
      );
      const standing = new Map<string, Map<string, DataItem>>();
      const found = new Set<string>();
      for (const { owner, item } of all.sort((one, other) => one.order - other.order)) {
        const own = standing.get(owner) ?? new Map<string, DataItem>();
        standing.set(owner, own);
        if (item.ended === undefined) own.set(item.itemId, item);
        else own.delete(item.itemId);
        const inEffect = [...own.values()].filter(({ held }) => held === undefined);
        const limit = evidence.world.kinds.get(item.kind)?.maxItems ?? 0;
        const slots = new Set(inEffect.map(({ slot }) => slot ?? -1));
        if (inEffect.length > limit) found.add(`${owner}: ${inEffect.length} items, and the limit is ${limit}`);
        else if (slots.size < inEffect.length || slots.has(-1) || [...slots].some((slot) => slot >= limit))
          found.add(`${owner}: an item has no slot of its own`);
      }
      return [...found];
    },
  },
  {
    name: "a merged visitor is let in nowhere once a gateway can know",
    violations(evidence) {
      const endedAt = new Map<string, number>();
      for (const heard of evidence.clients.heard.filter(isMerge)) {
        const { visitorId } = heard.merge;
        if (heard.answer.kind !== "done") continue;
        endedAt.set(visitorId, Math.min(endedAt.get(visitorId) ?? Number.POSITIVE_INFINITY, heard.heardAt));
      }
      if (endedAt.size === 0) return [];
      const userOf = new Map(sessionWrites(evidence).map((write) => [stateOf(write).sessionId, stateOf(write).userId]));
      return evidence.clients.heard.flatMap(({ what, sessionId = "", askedAt, answer }) => {
        const end = endedAt.get(userOf.get(sessionId) ?? "");
        return what === "access" && answer.kind === "admitted" && end !== undefined && askedAt > end + VIEW_MS
          ? [`${sessionId} was let in ${askedAt - end} ms after its visitor had become part of an account`]
          : [];
      });
    },
  },
  {
    name: "whoever asks for the same merge is told the same",
    violations: ({ clients }) =>
      crowded(
        grouped(
          clients.heard.filter(isMerge).filter(({ answer }) => answer.kind === "done"),
          ({ merge }) => `${merge.visitorId} ${merge.userId}`,
          ({ answer }) => JSON.stringify(answer.kind === "done" && answer.body),
        ),
      ).map(([merge, size]) => `${merge} was told ${size} different results`),
  },
  {
    name: "a merge that has begun comes to its end",
    violations(evidence) {
      const { claims, done, told } = mergeEvidence(evidence);
      const started = new Set(
        told.filter(({ type }) => type === "account.mergeStarted").map(({ data }) => data["mergeId"]),
      );
      return claims.flatMap(({ visitorId, operationId }) => [
        ...(done.has(operationId) ? [] : [`${visitorId} is claimed, and its items do not move`]),
        ...(started.has(operationId) ? [] : [`${visitorId} is claimed, and nobody was told`]),
      ]);
    },
  },
];
