import { flows, type RevocationScope } from "@lanyard/contracts";
import { ADDRESSES, type Clients, keyFor, NOBODY } from "./clients.ts";
import type { World } from "./world.ts";

/** Few enough that a run of many seeds stays short. */
const PULLED_RUNS = 0.4;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Whoever pulls the andon cord: once or several times, while people sign in, refresh and use their sessions. */
export class Operators {
  readonly #world: World;
  readonly #clients: Clients;
  /** What somebody waits for, in the order in which they came. */
  #waiting: { asks: number; go: () => void }[] = [];
  #areHome = false;

  constructor(world: World, clients: Clients) {
    this.#world = world;
    this.#clients = clients;
    clients.onAsk = (what) => {
      // Whoever asks for a mail has no session yet.
      if (what !== "pull" && what !== "challenge") this.#asked();
    };
  }

  async live(): Promise<void> {
    const { random } = this.#world;
    if (!random.chance(PULLED_RUNS)) return;
    const pulls = random.pick([1, 1, 2, 3]);
    // Now and then all at one moment, for one number.
    const together = random.chance(0.4) ? random.between(1, 6) : undefined;
    await Promise.all(
      Array.from({ length: pulls }, async (_, index) => {
        await this.#until(together ?? random.between(1, 8));
        if (!this.#areHome) await this.#pull(index, together !== undefined);
      }),
    );
  }

  /** When nobody is left who could be signed out. */
  goHome(): void {
    this.#areHome = true;
    for (const { go } of this.#waiting) go();
  }

  /** So many times somebody has asked for something. */
  #until(asks: number): Promise<void> {
    if (this.#areHome) return Promise.resolve();
    return new Promise((go) => this.#waiting.push({ asks, go }));
  }

  #asked(): void {
    for (const waiting of this.#waiting) {
      waiting.asks -= 1;
      if (waiting.asks === 0) waiting.go();
    }
    this.#waiting = this.#waiting.filter(({ asks }) => asks > 0);
  }

  async #pull(index: number, atOnce: boolean): Promise<void> {
    const { random } = this.#world;
    await this.#clients.pause(0, atOnce ? 20 : random.pick([50, 500, 10_000]));
    const revocationId = keyFor(`revocation ${index}`);
    const scope = this.#scope();
    const dice = random.next();
    const asks = [this.#ask(revocationId, scope, `pull ${index}`)];
    // Told to two gateways, by two who do not know of each other: it is one pull.
    if (dice < 0.25)
      asks.push(this.#ask(revocationId, random.chance(0.7) ? scope : this.#scope(), `pull ${index} too`));
    await Promise.all(asks);
    if (dice < 0.25 || dice > 0.45) return;
    await this.#clients.pause(0, random.pick([200, 20_000, 2 * DAY_MS]));
    await this.#ask(revocationId, random.chance(0.7) ? scope : this.#scope(), `pull ${index} again`);
  }

  async #ask(revocationId: string, scope: RevocationScope, name: string): Promise<void> {
    const { random } = this.#world;
    const by = "key:ops";
    const input = { revocationId, scope, reason: "A drill", pulledBy: by, ...(random.chance(0.5) && { by }) };
    const key = random.chance(0.5) ? keyFor(name) : undefined;
    await this.#clients.insist("pull", { flow: flows.revokeInBulk, input, caller: NOBODY, key }, { revocationId });
  }

  #scope(): RevocationScope {
    const { random, time } = this.#world;
    switch (random.pick(["all", "all", "anonymous", "accounts", "user", "user", "method", "openedBefore", "ipRange"])) {
      case "anonymous":
        return { kind: "anonymous" };
      case "accounts":
        return { kind: "accounts" };
      case "user":
        return { kind: "user", userId: this.#someUser() };
      case "method":
        return { kind: "method", method: random.pick(["anonymous", "magic_link", "email_otp"]) };
      case "openedBefore": {
        const at = time.now() + random.pick([0, random.between(-10_000, 10_000), random.between(-5, 5) * MINUTE_MS]);
        return { kind: "openedBefore", at: new Date(at).toISOString() };
      }
      case "ipRange":
        return { kind: "ipRange", cidr: `${random.pick(ADDRESSES).replace(/\d+$/, "0")}/24` };
      default:
        return { kind: "all" };
    }
  }

  #someUser(): string {
    const users = new Set(
      this.#world.writes.flatMap(({ key, value }) => (key.sk.startsWith("session#") ? [String(value["userId"])] : [])),
    );
    return users.size === 0 ? keyFor("a user") : this.#world.random.pick([...users]);
  }
}
