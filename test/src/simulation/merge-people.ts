import { dataItem, dataSlotItem, flows, type JsonObject, userItem } from "@lanyard/contracts";
import { challengeIdOf, readChallengeToken } from "@lanyard/session-manager";
import { typedItems } from "@lanyard/storage";
import { type Clients, keyFor, NOBODY, type Tokens } from "./clients.ts";
import type { Answer } from "./gateway-process.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
/** Few enough that many have the same. */
const NAMES = ["Report", "Sales", "Costs"];
const EARLIER = `op_${"0".repeat(32)}${"A".repeat(22)}`;
const EMAIL = "ada@example.com";

/** A user whose items are written by one or several tabs. */
interface Owner {
  readonly userId: string;
  /** Absent: nothing is asked before its requests are let in. */
  readonly tokens?: Tokens;
  /** What it knows to be there: which version of it was seen last. */
  readonly known: Map<string, { readonly kind: string; readonly version: number }>;
}

/** Visitors who make things and become parts of accounts, while other tabs of theirs, and those of the accounts, go on writing. */
export class MergePeople {
  readonly #world: World;
  readonly #clients: Clients;
  readonly #kinds: readonly string[];
  #salt = 0;
  #isOver = false;

  constructor(world: World, clients: Clients) {
    this.#world = world;
    this.#clients = clients;
    this.#kinds = [...world.kinds.keys()];
  }

  async live(): Promise<void> {
    const { random } = this.#world;
    await this.#clients.pause(0, 3_000);
    const signedIn = await this.#clients.insist("sign-in", {
      flow: flows.createAnonymousSession,
      input: {},
      caller: NOBODY,
      key: keyFor("visitor"),
    });
    if (signedIn?.kind !== "done") return;
    const { id: userId } = signedIn.body["user"] as { readonly id: string };
    const visitor: Owner = { userId, tokens: signedIn.body["tokens"] as Tokens, known: new Map() };
    const accounts = await Promise.all(
      ["ada", "bob"].slice(0, random.pick([1, 1, 2])).map((name) => this.#account(name)),
    );
    if (random.chance(0.15)) await this.#giveMany(userId);
    const [first = visitor] = accounts;
    // Most of it is there before anybody merges.
    for (let items = random.between(0, 5); items > 0; items -= 1) await this.#act(visitor);
    const writing = [
      ...Array.from({ length: random.pick([1, 2, 4]) }, () => this.#goOn(visitor)),
      ...(random.chance(0.7) ? [this.#goOn(first)] : []),
    ];
    await this.#clients.pause(0, random.pick([5, 500, 5_000]));
    const continues = random.chance(0.25);
    await Promise.all([
      ...(continues ? [this.#signIn(userId)] : []),
      ...accounts.map((account) => this.#merges(account, userId)),
    ]);
    await this.#clients.pause(0, random.pick([500, 10_000]));
    this.#isOver = true;
    await Promise.all(writing);
    // A tab that knows of nothing asks once more, long after.
    if (random.chance(0.3)) await this.#clients.pause(MINUTE_MS, 40 * 24 * 60 * MINUTE_MS);
    await Promise.all([this.#act(visitor), this.#merge(first, userId)]);
    for (let looks = 0; looks < 3 && visitor.tokens !== undefined; looks += 1) {
      await this.#clients.access(visitor.tokens);
      await this.#clients.pause(500, 6_000);
    }
  }

  /** An account that was there before, with a few items. */
  async #account(name: string): Promise<Owner> {
    const { random, stores, time } = this.#world;
    const userId = keyFor(name);
    const createdAt = new Date(time.now()).toISOString();
    const identity = stores.get("identity");
    const user = { userId, userKind: "account", email: `${name}@example.net`, createdAt } as const;
    if (identity !== undefined)
      await typedItems(identity, userItem).putIfAbsent(user, [userId], { writtenBy: EARLIER });
    const account: Owner = { userId, known: new Map() };
    for (const kind of this.#kinds)
      for (let items = random.between(0, 3); items > 0; items -= 1) await this.#give(userId, kind, items - 1);
    return account;
  }

  /** More than a step of a merge moves. */
  async #giveMany(userId: string): Promise<void> {
    const { random, kinds } = this.#world;
    const kind = random.pick(this.#kinds);
    const count = Math.min(kinds.get(kind)?.maxItems ?? 0, random.between(26, 40));
    for (let slot = 0; slot < count; slot += 1) await this.#give(userId, kind, slot);
  }

  /** An item that was there before. */
  async #give(userId: string, kind: string, slot: number): Promise<void> {
    const { random, time } = this.#world;
    const itemId = keyFor(`${userId} ${kind} ${slot}`);
    const at = new Date(time.now() - random.between(0, 60) * MINUTE_MS).toISOString();
    const made = { itemId, kind, name: random.pick(NAMES), json: JSON.stringify({ given: slot }), version: 1 };
    const item = { ...made, createdAt: at, updatedAt: at, changes: [{ operationId: EARLIER, version: 1 }], slot };
    await this.#world.give("merge", dataItem.key(userId, kind, itemId), item as unknown as JsonObject);
    const claim = { itemId, operationId: EARLIER, at };
    await this.#world.give("merge", dataSlotItem.key(userId, kind, slot), claim);
  }

  /** A tab that writes until everything is over, or nothing more is taken. */
  async #goOn(owner: Owner): Promise<void> {
    const { random } = this.#world;
    // One that is quick writes at the very moment of the merge, one that is slow while it stands still.
    const pauseMs = random.pick(owner.tokens === undefined ? [50, 6_000, 12_000] : [5, 50, 500]);
    const patience = pauseMs < 100 ? 20 : 8;
    for (let acts = 0; acts < patience && !this.#isOver; acts += 1) {
      await this.#clients.pause(0, pauseMs);
      // An account sees what has come, and changes it while the rest is on its way.
      if (owner.tokens === undefined) this.#list(owner);
      if ((await this.#act(owner)) === "over") return;
    }
  }

  /** Makes, changes or deletes something, now and then twice at once. */
  async #act(owner: Owner): Promise<"on" | "over"> {
    const { random } = this.#world;
    if (owner.tokens !== undefined && random.chance(0.5)) {
      const admission = await this.#clients.access(owner.tokens);
      if (admission?.kind === "refused" && admission.why !== "nobody-can-tell") return "over";
    }
    const dice = random.next();
    const known = [...owner.known];
    const [itemId, seen] = known.length === 0 ? [] : random.pick(known);
    const expectedVersion = random.chance(0.5) ? seen?.version : undefined;
    const asked =
      itemId === undefined || seen === undefined || dice < 0.4
        ? this.#save(owner, random.pick(this.#kinds))
        : dice < 0.85
          ? this.#save(owner, seen.kind, itemId, expectedVersion)
          : this.#remove(owner, seen.kind, itemId, expectedVersion);
    const answer = await asked;
    return answer?.kind === "problem" && answer.code === "user_merged" ? "over" : "on";
  }

  async #save(owner: Owner, kind: string, known?: string, expectedVersion?: number): Promise<Answer | undefined> {
    const { random } = this.#world;
    const { userId } = owner;
    this.#salt += 1;
    const json = JSON.stringify({ value: this.#salt });
    const what = {
      ...(known !== undefined && { itemId: known }),
      ...(expectedVersion !== undefined && { expectedVersion }),
    };
    const answer = await this.#clients.insist(
      "save",
      {
        flow: flows.saveItem,
        input: { userId, kind, name: random.pick(NAMES), json, ...what },
        caller: { kind: "user", userId },
        key: this.#newKey(),
      },
      { item: { userId, kind, json, ...(known !== undefined && { itemId: known }) } },
    );
    if (answer?.kind !== "done") return answer;
    const { id, version } = answer.body["item"] as { readonly id: string; readonly version: number };
    owner.known.set(id, { kind, version });
    return answer;
  }

  async #remove(
    { userId, known }: Owner,
    kind: string,
    itemId: string,
    expectedVersion?: number,
  ): Promise<Answer | undefined> {
    const input = { userId, kind, itemId, ...(expectedVersion !== undefined && { expectedVersion }) };
    const caller = { kind: "user", userId } as const;
    const ask = { flow: flows.removeItem, input, caller, key: this.#newKey() };
    const answer = await this.#clients.insist("remove", ask, { item: { userId, kind, itemId } });
    if (answer?.kind === "done") known.delete(itemId);
    return answer;
  }

  /** Once or several times, now and then at one moment. */
  async #merges(account: Owner, visitorId: string): Promise<void> {
    const { random } = this.#world;
    await this.#clients.pause(0, random.pick([5, 5, 2_000]));
    const times = random.pick([1, 1, 2, 3]);
    const asked: Promise<void>[] = [];
    for (let more = times; more > 0; more -= 1) {
      asked.push(this.#merge(account, visitorId));
      if (random.chance(0.5)) await this.#clients.pause(0, 5_000);
    }
    await Promise.all(asked);
    // What it has got now is the account's to change.
    if (random.chance(0.5)) await this.#changesCopies(account);
  }

  async #merge({ userId }: Owner, visitorId: string): Promise<void> {
    const merge = { userId, visitorId };
    const caller = { kind: "user", userId } as const;
    const key = this.#world.random.chance(0.7) ? this.#newKey() : undefined;
    await this.#clients.insist("merge", { flow: flows.mergeVisitor, input: merge, caller, key }, { merge });
  }

  #list({ userId, known }: Owner): void {
    for (const { key, value } of this.#world.stores.get("merge")?.dump() ?? []) {
      const isOwn = key.pk === `user#${userId}` && key.sk.startsWith("data#") && value["ended"] === undefined;
      if (isOwn) known.set(String(value["itemId"]), { kind: String(value["kind"]), version: Number(value["version"]) });
    }
  }

  /** Lists what is there, and changes or deletes some of it. */
  async #changesCopies(account: Owner): Promise<void> {
    const { random } = this.#world;
    this.#list(account);
    for (let acts = random.between(1, 3); acts > 0; acts -= 1) await this.#act(account);
  }

  /** A sign-in by mail that was asked for with the visitor: nobody asks for the merge itself. */
  async #signIn(visitorId: string): Promise<void> {
    const { random, time, derivation, mails } = this.#world;
    const began = time.now();
    const input = { email: EMAIL, challengeKind: "magic_link", locale: "en", visitorId };
    const key = this.#newKey();
    const asked = await this.#clients.insist("challenge", { flow: flows.requestChallenge, input, caller: NOBODY, key });
    if (asked?.kind !== "accepted") return;
    const challengeId = challengeIdOf(derivation, derivation.currentKid, asked.operationId);
    for (let waitMs = 500; waitMs < MINUTE_MS; waitMs *= 2) {
      await time.sleep(waitMs);
      const link = mails
        .filter(({ at, arrivesAt }) => at >= began && arrivesAt <= time.now())
        .flatMap((mail) => mail.link ?? [])
        .find((each) => readChallengeToken(derivation, each)?.challengeId === challengeId);
      if (link === undefined) continue;
      const proof = { challengeId, email: EMAIL, by: "link" } as const;
      const ask = { flow: flows.verifyMagicLink, input: { token: link }, caller: NOBODY, key: this.#newKey() };
      const signedIn = await this.#clients.insist("proof", ask, { proof });
      if (signedIn?.kind !== "done") return;
      const { id: userId } = signedIn.body["user"] as { readonly id: string };
      if (random.chance(0.7)) await this.#merge({ userId, known: new Map() }, visitorId);
      return;
    }
  }

  #newKey(): string {
    this.#salt += 1;
    return keyFor(`owner ${this.#salt}`);
  }
}
