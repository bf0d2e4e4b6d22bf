import { closedVisitorItem, dataItem, dataSlotItem, flows, mergeItem, sessionItem, userItem } from "@lanyard/contracts";
import { newOperationId } from "@lanyard/messaging";
import { type ItemValue, type MemoryItemStore, typedItems } from "@lanyard/storage";
import { copyIdOf, kindsOf } from "@lanyard/user-data";
import type { CrashScenario } from "./crash-scenarios.ts";
import { derived, earlier, type FinalState, type Scenario } from "./crashing-system.ts";

type DataItem = ItemValue<typeof dataItem>;
type Merge = ItemValue<typeof mergeItem>;

const MINUTE = 60_000;
const kind = "report";
const LIMIT = 3;
const kinds = kindsOf({ [kind]: { conflict: "keep-both", maxItems: LIMIT } });
const account = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const visitor = "6bfcbe9e-de6e-8fb1-8c7d-7d8e9fa0b1c2";
const sessionId = "7cadcfaf-ef7f-8ac2-9d8e-8e9fa0b1c2d3";
/** One digit tells items apart; the account's begin with an a. */
const idOf = (letter: "a" | "b", item: number): string => `${letter}c7a7b4f-8b1f-8a6c-8d2e-00000000000${item}`;

interface Given {
  readonly itemId: string;
  readonly name: string;
  readonly slot?: number;
  readonly ended?: DataItem["ended"];
}

/** Items that were made an hour ago, each in a slot of its own. */
async function putItems(store: MemoryItemStore, userId: string, now: number, items: readonly Given[]): Promise<void> {
  const at = new Date(now - 60 * MINUTE).toISOString();
  for (const { itemId, name, slot, ended } of items) {
    const changes = [{ operationId: earlier, version: 1 }];
    const times = { createdAt: at, updatedAt: at };
    const json = ended === undefined ? JSON.stringify({ of: name }) : "";
    const item = { itemId, kind, name, json, version: 1, ...times, changes };
    await typedItems(store, dataItem).putIfAbsent(
      { ...item, ...(slot !== undefined && { slot }), ...(ended !== undefined && { ended }) },
      [userId, kind, itemId],
      { writtenBy: earlier },
    );
    if (slot === undefined || ended !== undefined) continue;
    const claim = { itemId, operationId: earlier, at };
    await typedItems(store, dataSlotItem).putIfAbsent(claim, [userId, kind, slot], { writtenBy: earlier });
  }
}

const withItem: NonNullable<Scenario["prepare"]> = (tableOf, now) =>
  putItems(tableOf("merge"), account, now, [{ itemId: idOf("a", 1), name: "Report", slot: 0 }]);

/** An account with one item, and a visitor with three, of which one has its name and one finds no room; a fourth was deleted. */
const withVisitor: NonNullable<Scenario["prepare"]> = async (tableOf, now) => {
  const at = (ms: number): string => new Date(now + ms).toISOString();
  const users = typedItems(tableOf("identity"), userItem);
  const createdAt = at(-60 * MINUTE);
  const email = "ada@example.com";
  const people = [
    { userId: account, userKind: "account", email, createdAt },
    { userId: visitor, userKind: "anonymous", createdAt },
  ] as const;
  for (const user of people) await users.putIfAbsent(user, [user.userId], { writtenBy: earlier });
  const session = {
    sessionId,
    userId: visitor,
    userKind: "anonymous",
    method: "anonymous",
    amr: [],
    openedAt: createdAt,
    expiresAt: at(24 * 60 * MINUTE),
    generation: 1,
    pull: 0,
    rotations: [],
  } as const;
  await typedItems(tableOf("session"), sessionItem).putIfAbsent(
    { ...session, amr: [], rotations: [] },
    [visitor, sessionId],
    {
      writtenBy: earlier,
    },
  );
  await withItem(tableOf, now);
  await putItems(tableOf("merge"), visitor, now, [
    { itemId: idOf("b", 1), name: "Report", slot: 0 },
    { itemId: idOf("b", 2), name: "Sales", slot: 1 },
    { itemId: idOf("b", 3), name: "Costs", slot: 2 },
    { itemId: idOf("b", 4), name: "Gone", ended: { how: "deleted", at: createdAt, operationId: earlier } },
  ]);
};

/** What a crash before its last look has left: the item stands, and a merge went by before anybody knew of it. */
const withOvertakenSave: NonNullable<Scenario["prepare"]> = async (tableOf, now) => {
  const store = tableOf("merge");
  const mergedAt = new Date(now - 1000).toISOString();
  const operationId = newOperationId(derived, { kind: "user", userId: visitor }, now, new Uint8Array(10).fill(3));
  const itemId = derived.uuid("k1", "identifier", operationId, "item");
  const at = new Date(now).toISOString();
  const item = { itemId, kind, name: "Late", json: '{"of":"Late"}', version: 1, createdAt: at, updatedAt: at };
  const changes = [{ operationId, version: 1 }];
  const writtenBy = `${operationId}/merge.saveItem`;
  await typedItems(store, dataItem).putIfAbsent({ ...item, changes, slot: 0 }, [visitor, kind, itemId], { writtenBy });
  await typedItems(store, dataSlotItem).putIfAbsent({ itemId, operationId, at }, [visitor, kind, 0], { writtenBy });
  const closed = { userId: account, operationId: earlier, mergedAt };
  await typedItems(store, closedVisitorItem).putIfAbsent(closed, [visitor], { writtenBy: earlier });
  const none = { moved: 0, skipped: 0, held: 0 };
  const merge: Merge = {
    ...{ operationId: earlier, visitorId: visitor, userId: account, mergedAt },
    ...{ step: 1, plan: [], lastSequence: 7, late: [], told: [], ...none, byKind: {}, doneAt: mergedAt },
  };
  await typedItems(store, mergeItem).putIfAbsent(merge, [earlier], { writtenBy: earlier });
};

/** Ids by which an auditor knows items. */
function namesOf(operationId: string): (itemId: string | undefined) => string | undefined {
  const known = new Map<string, string>();
  const made = derived.uuid("k1", "identifier", operationId, "item");
  for (const itemId of [made, ...[1, 2, 3, 4].map((item) => idOf("b", item))]) {
    known.set(copyIdOf(account, itemId), `copy of ${itemId === made ? "new" : itemId.slice(-1)}`);
  }
  known.set(made, "new");
  return (itemId) => itemId && (known.get(itemId) ?? `${itemId[0]}${itemId.slice(-1)}`);
}

/** Items in effect and tombstones, whose slots are taken, and how the merge stands. Which of equals finds no room is nobody's business. */
function dataSeen(state: FinalState): unknown {
  const items = state.itemsOf("merge");
  const name = namesOf(state.operationId);
  const entries = items.filter(({ key }) => key.sk.startsWith("data#"));
  const of = (userId: string): readonly DataItem[] =>
    entries.filter(({ key }) => key.pk === `user#${userId}`).map(({ value }) => value as DataItem);
  const standing = (userId: string) => of(userId).filter(({ ended }) => ended === undefined);
  const slots = items.filter(({ key }) => key.sk.startsWith("slot#") && key.pk === `user#${account}`);
  const merge = items.find(({ key }) => key.sk === "merge")?.value as Merge | undefined;
  const profile = state.itemsOf("identity").find(({ key }) => key.pk === `user#${visitor}`)?.value;
  return {
    account: standing(account)
      .map(({ itemId, name: called, json, version, origin }) => [
        name(itemId),
        called,
        json,
        version,
        name(origin?.itemId),
      ])
      .sort(),
    held: standing(account).filter(({ held }) => held !== undefined).length,
    claimsFit: slots.every(({ key, value }) => {
      const { itemId } = value as { itemId: string };
      return standing(account).some((item) => item.itemId === itemId && item.slot === Number(key.sk.slice(-6)));
    }),
    slots: slots.length,
    visitor: standing(visitor).map(({ itemId }) => name(itemId)),
    tombstones: [...of(account), ...of(visitor)]
      .flatMap(({ itemId, json, leaving, ended }) =>
        ended === undefined ? [] : [[name(itemId), ended.how, ended.operationId, name(ended.copyId), json, leaving]],
      )
      .sort(),
    merge: merge && [merge.moved, merge.skipped, merge.held, merge.late.length, merge.doneAt !== undefined],
    claim: [profile?.["mergedTo"], profile?.["mergeOperationId"]],
    sessions: state
      .itemsOf("session")
      .filter(({ key }) => key.sk.startsWith("session#"))
      .map(({ value }) => (value as ItemValue<typeof sessionItem>).revoked?.reason),
  };
}

const nothing = {
  account: [],
  held: 0,
  claimsFit: true,
  slots: 0,
  visitor: [],
  tombstones: [],
  merge: undefined,
  claim: [undefined, undefined],
  sessions: [],
};
const json = (of: string): string => JSON.stringify({ of });
const report = ["a1", "Report", json("Report"), 1, undefined];
const oneItem = { ...nothing, account: [report], slots: 1 };
const own = { userId: account, kind, itemId: idOf("a", 1) };
const deletedBefore = ["b4", "deleted", earlier, undefined, "", undefined];

/** What users own: written, deleted, and moved when a visitor becomes part of an account. */
export const mergeCrashScenarios: readonly CrashScenario[] = [
  {
    name: "a new item",
    flow: flows.saveItem,
    input: { userId: account, kind, name: "Report", json: json("Report") },
    caller: { kind: "user", userId: account },
    kinds,
    seen: dataSeen,
    ended: () => ({ ...nothing, account: [["new", "Report", json("Report"), 1, undefined]], slots: 1 }),
    notBegun: nothing,
    events: [],
    calls: ["merge: items.load(merge)", "merge: items.list(merge)", "merge: items.putIfAbsent(merge)"],
  },
  {
    name: "a change of an item",
    flow: flows.saveItem,
    input: { ...own, expectedVersion: 1, name: "Report", json: json("more") },
    caller: { kind: "user", userId: account },
    kinds,
    prepare: withItem,
    seen: dataSeen,
    ended: () => ({ ...oneItem, account: [["a1", "Report", json("more"), 2, undefined]] }),
    notBegun: oneItem,
    events: [],
    calls: ["merge: items.load(merge)", "merge: items.replace(merge)"],
  },
  {
    name: "the end of an item",
    flow: flows.removeItem,
    input: own,
    caller: { kind: "user", userId: account },
    kinds,
    prepare: withItem,
    seen: dataSeen,
    ended: (operationId) => ({
      ...nothing,
      tombstones: [["a1", "deleted", operationId, undefined, "", undefined]],
    }),
    notBegun: oneItem,
    events: [],
    calls: ["merge: items.replace(merge)", "merge: items.remove(merge)"],
  },
  {
    name: "a merge of three items, one renamed and one without room",
    flow: flows.mergeVisitor,
    input: { userId: account, visitorId: visitor },
    caller: { kind: "user", userId: account },
    kinds,
    prepare: withVisitor,
    seen: dataSeen,
    ended: (operationId) => ({
      ...oneItem,
      account: [
        report,
        ["copy of 1", "Report (2)", json("Report"), 1, "b1"],
        ["copy of 2", "Sales", json("Sales"), 1, "b2"],
        ["copy of 3", "Costs", json("Costs"), 1, "b3"],
      ],
      held: 1,
      slots: LIMIT,
      tombstones: [
        ...[1, 2, 3].map((item) => [`b${item}`, "merged", operationId, `copy of ${item}`, "", undefined]),
        deletedBefore,
      ],
      merge: [3, 0, 1, 0, true],
      claim: [account, operationId],
      sessions: ["merged"],
    }),
    notBegun: {
      ...oneItem,
      visitor: ["b1", "b2", "b3"],
      tombstones: [deletedBefore],
      sessions: [undefined],
    },
    events: [
      "account.itemMoved",
      "account.itemMoved",
      "account.itemMoved",
      "account.mergeStarted",
      "account.merged",
      "session.revoked",
    ],
    calls: [
      "identity: items.replace(identity)",
      "identity: transport.publish(events)",
      "identity: transport.send(session)",
      "session: items.replace(session)",
      "session: items.putIfAbsent(session)",
      "session: transport.publish(events)",
      "session: transport.send(merge-bulk)",
      "merge: items.list(merge)",
      "merge: items.putIfAbsent(merge)",
      "merge: items.replace(merge)",
      "merge: transport.publish(events)",
      "merge: items.putIfAbsent(operations)",
      "merge: transport.send(inbox)",
    ],
  },
  {
    name: "a save that a merge has overtaken",
    flow: flows.saveItem,
    input: { userId: visitor, kind, name: "Late", json: json("Late") },
    caller: { kind: "user", userId: visitor },
    kinds,
    prepare: withOvertakenSave,
    seen: dataSeen,
    ended: () => ({
      ...nothing,
      account: [["copy of new", "Late", json("Late"), 1, "new"]],
      slots: 1,
      tombstones: [["new", "merged", earlier, "copy of new", "", undefined]],
      merge: [0, 0, 0, 1, true],
    }),
    notBegun: { ...nothing, visitor: ["new"], merge: [0, 0, 0, 0, true] },
    events: ["account.itemMoved"],
    calls: ["merge: items.replace(merge)", "merge: items.putIfAbsent(merge)", "merge: transport.publish(events)"],
  },
];
