import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Stack } from "@lanyard/scripts/stack";
import type { ItemStore } from "@lanyard/storage";
import type { DataItem } from "@lanyard/user-data";
import { type Random, seededRandom } from "../simulation/random.ts";
import {
  type Caller,
  callerAt,
  itemsOf,
  mergeTableOf,
  mergeTo,
  type OwnedItem,
  signInByMailbox,
  storedItemsOf,
} from "../support/owned-items.ts";
import { raceStack } from "../support/race-stack.ts";
import { signIn, type Visitor, wordsOf } from "../support/visitor.ts";

const RACES = 100;
const AT_ONCE = 4;
const ITEMS = 3;
const SEED = 20_261_122;
const WRITTEN_BEFORE = 120;

let stack: Stack;
let table: ItemStore;
let accounts: readonly [Visitor, Visitor];

beforeAll(async () => {
  stack = await raceStack({ gateways: 2, workers: { merge: 2 } });
  table = mergeTableOf(stack.env);
  accounts = [
    await signInByMailbox(gateway(0), "ada@example.com"),
    await signInByMailbox(gateway(1), "bob@example.com"),
  ];
});
afterAll(() => stack?.destroy());

const gateway = (index: number): Caller => callerAt(stack.baseUrls[index % stack.baseUrls.length] ?? "");
const create = (at: Caller, { bearer }: Visitor, name: string, value: unknown) =>
  at.call("POST", "/api/v2/data/alert", { headers: bearer, json: { name, value } });

describe(`two accounts, ${RACES} times after one visitor at the same moment`, () => {
  it("one of them gets everything, the other is told that it was too late", async () => {
    const random = seededRandom(SEED);
    const won = [0, 0];
    let left = RACES;
    const racer = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const winner = await race(random, RACES - left);
        won[winner] = (won[winner] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, racer));
    process.stdout.write(`  ${won.join(" and ")} of ${RACES} visitors\n`);
    // Of either, or nothing was raced.
    expect(Math.min(...won)).toBeGreaterThan(RACES / 20);

    const owned = await Promise.all(accounts.map((account, index) => itemsOf(gateway(index), account, "alert")));
    expect(owned.map((items) => items.length)).toEqual(won.map((visitors) => visitors * ITEMS));
    const values = owned.flat().map(({ value }) => JSON.stringify(value));
    expect(new Set(values).size).toBe(RACES * ITEMS);
  }, 240_000);
});

/** Gives back which account has won. */
async function race(random: Random, number: number): Promise<0 | 1> {
  const visitor = await signIn(gateway(number));
  for (let item = 0; item < ITEMS; item += 1) {
    expect(wordsOf(await create(gateway(number), visitor, `v${number}-${item}`, { number, item }))).toBe("201");
  }
  const order = random.chance(0.5) ? ([0, 1] as const) : ([1, 0] as const);
  const answers = await Promise.all(order.map((index) => mergeTo(gateway(index), accounts[index], visitor)));
  const winner = answers.findIndex(({ status }) => status === 200);
  expect(answers.map(wordsOf).toSorted()).toEqual(["200", "409 already_merged"]);
  expect(answers[winner]?.body).toMatchObject({ moved: ITEMS, skipped: 0 });

  const [first, second] = [order[winner], order[1 - winner]] as [0 | 1, 0 | 1];
  const again = await mergeTo(gateway(number), accounts[first], visitor);
  expect(again.body).toEqual(answers[winner]?.body);
  expect(JSON.stringify(answers[1 - winner]?.body)).not.toContain(accounts[first].userId);
  expect(wordsOf(await mergeTo(gateway(number), accounts[second], visitor))).toBe("409 already_merged");
  const tombs = await storedItemsOf(table, visitor.userId);
  expect(tombs.map(({ ended }) => [ended?.how, ended?.mergedTo])).toEqual(
    Array.from({ length: ITEMS }, () => ["merged", accounts[first].userId]),
  );
  return first;
}

describe("writers that go on while their visitor's items move", () => {
  it("find every item that was accepted in the account, with its latest value, and are refused from some moment on", async () => {
    const visitor = await signIn(gateway(0));
    const account = await signInByMailbox(gateway(0), "cleo@example.com");
    /** By item what may stand: the last value that was accepted, and those of which nobody knows. */
    const mayStand = new Map<string, Set<string>>();
    const refused = new Set<string>();
    const note = (id: string, text: string, isKnown: boolean): void => {
      mayStand.set(id, isKnown ? new Set([text]) : (mayStand.get(id) ?? new Set()).add(text));
    };
    const first: OwnedItem[] = [];
    for (let item = 0; item < WRITTEN_BEFORE; item += 1) {
      const { body } = await create(gateway(item), visitor, `first ${item}`, { first: item });
      first.push(body as OwnedItem);
      note((body as OwnedItem).id, JSON.stringify({ first: item }), true);
    }

    let isOver = false;
    const adds = async (writer: number): Promise<void> => {
      for (let count = 0; !isOver; count += 1) {
        const value = { writer, count };
        const answer = await create(gateway(writer), visitor, `w${writer}-${count}`, value);
        if (answer.status === 201) note((answer.body as OwnedItem).id, JSON.stringify(value), true);
        else refused.add(wordsOf(answer));
      }
    };
    // Each writer has items of its own: what is the latest is what it was told last.
    const updates = async (writer: number, own: readonly OwnedItem[]): Promise<void> => {
      for (let count = 0; !isOver; count += 1) {
        const item = own[count % own.length] as OwnedItem;
        const value = { updated: writer, count };
        const path = `/api/v2/data/alert/${item.id}`;
        const json = { name: item.name, value };
        const answer = await gateway(writer).call("PUT", path, { headers: visitor.bearer, json });
        if (answer.status === 200) note(item.id, JSON.stringify(value), true);
        else if (answer.status === 202 || answer.status === 503) note(item.id, JSON.stringify(value), false);
        else refused.add(wordsOf(answer));
      }
    };
    const halves = [first.slice(0, WRITTEN_BEFORE / 2), first.slice(WRITTEN_BEFORE / 2)];
    const writing = [adds(0), adds(1), ...halves.map((own, writer) => updates(writer, own))];
    const merged = await mergeTo(gateway(1), account, visitor);
    await untilRefused(visitor);
    isOver = true;
    await Promise.all(writing);

    expect(merged.status).toBe(200);
    const owned = await itemsOf(gateway(0), account, "alert");
    const bySource = new Map(owned.map((item) => [(item as { origin?: { itemId: string } }).origin?.itemId, item]));
    const lost = [...mayStand].filter(([id, texts]) => !texts.has(JSON.stringify(bySource.get(id)?.value)));
    expect(lost.map(([id, texts]) => [id, ...texts, JSON.stringify(bySource.get(id))])).toEqual([]);
    expect(bySource.size).toBe(owned.length);
    expect([...bySource.keys()].filter((id) => !mayStand.has(String(id)))).toEqual([]);
    const tombs = await storedItemsOf(table, visitor.userId);
    const accepted = tombs.filter(({ itemId }) => mayStand.has(itemId));
    expect(accepted.filter(({ ended }) => ended?.how !== "merged")).toEqual([]);
    expect(accepted.length).toBe(owned.length);
    // One that was refused because its visitor had just been closed leaves a tombstone too, of what never was.
    expect(tombs.filter((tomb) => !accepted.includes(tomb) && !wasNeverMade(tomb))).toEqual([]);
    expect([...refused].filter((words) => !MAY_REFUSE.includes(words))).toEqual([]);
    expect(refused.size).toBeGreaterThan(0);
    process.stdout.write(`  ${owned.length} items, ${owned.length - WRITTEN_BEFORE} of them written meanwhile\n`);
  }, 240_000);
});

const wasNeverMade = ({ ended, changes, json }: DataItem): boolean =>
  ended?.how === "deleted" && changes.length === 0 && json === "";

const MAY_REFUSE = ["403 user_merged", "403 session_revoked merged"];

async function untilRefused({ bearer }: Visitor): Promise<void> {
  const seen = () =>
    Promise.all([0, 1].map((index) => gateway(index).call("GET", "/api/v2/auth/session", { headers: bearer })));
  while ((await seen()).some(({ status }) => status !== 403));
}
