import { AccountHolder } from "./account-holder.ts";
import type { Clients } from "./clients.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const ADA = "ada@example.com";
const BOB = "bob@example.com";
/** An address that several would like to have. */
const WANTED = "wanted@example.com";
/** What only a stranger ever chooses. */
export const STRANGERS_PASSWORD = "a password of mallory";

/** People whose accounts have passwords and second factors, and a stranger who would like to be one of them. */
export class AccountPeople {
  readonly #world: World;
  readonly #clients: Clients;
  #passwords = 0;

  constructor(world: World, clients: Clients) {
    this.#world = world;
    this.#clients = clients;
  }

  async live(): Promise<void> {
    const { random } = this.#world;
    const ada = this.#person("ada", ADA);
    const lives = [this.#life(ada)];
    if (random.chance(0.35)) lives.push(this.#life(this.#person("bob", random.chance(0.3) ? ADA : BOB)));
    if (random.chance(0.3)) lives.push(this.#comesLater(this.#person("eve", WANTED)));
    if (random.chance(0.6)) lives.push(this.#stranger(ada));
    await Promise.all(lives);
    await this.#clients.pause(500, 10_000);
    await ada.looksAround();
  }

  #person(name: string, email: string, stranger = false): AccountHolder {
    return new AccountHolder(this.#world, this.#clients, { name, email, stranger });
  }

  #newPassword(): string {
    this.#passwords += 1;
    return `a long password, number ${this.#passwords}`;
  }

  async #life(person: AccountHolder): Promise<void> {
    const { random } = this.#world;
    await this.#clients.pause(0, 20_000);
    await this.#begins(person);
    for (let acts = random.between(2, 6); acts > 0; acts -= 1) {
      await this.#clients.pause(500, random.pick([2_000, 60_000, 10 * MINUTE_MS, DAY_MS]));
      if (person.session === undefined) await person.signInByLink();
      else await this.#act(person);
      if (random.chance(0.5)) await person.looksAround();
    }
    await this.#clients.pause(3_000, 9_000);
    for (let looks = 0; looks < 2; looks += 1) {
      await person.looksAround();
      await this.#clients.pause(500, 6_000);
    }
  }

  async #begins(person: AccountHolder): Promise<void> {
    const { random } = this.#world;
    if (random.chance(0.5)) await this.#registers(person);
    else if (await person.signInByLink()) if (random.chance(0.7)) await person.changesPassword(this.#newPassword());
    if (person.session !== undefined && random.chance(0.5)) await person.turnsSecondFactorOn();
  }

  /** Whoever finds that the password does not open the account, as when somebody else has registered it too, chooses another. */
  async #registers(person: AccountHolder): Promise<void> {
    const { random } = this.#world;
    if (!(await person.register(this.#newPassword())) || random.chance(0.4)) return;
    if (!(await person.signInByPassword())) await person.changesPassword(this.#newPassword());
  }

  async #act(person: AccountHolder): Promise<void> {
    const { random } = this.#world;
    const dice = random.next();
    if (dice < 0.22) await this.#signsIn(person);
    else if (dice < 0.4) await this.#secondFactor(person);
    else if (dice < 0.52) await this.#whileSigningIn(person, () => person.changesPassword(this.#newPassword()));
    else if (dice < 0.66) await this.#whileSigningIn(person, () => this.#resets(person));
    else if (dice < 0.78) await person.changesProfile(`name ${dice}`, random.chance(0.8) ? WANTED : undefined);
    else if (dice < 0.9) await this.#reports(person);
    else await person.signInByLink();
  }

  /** Mistyped first, now and then, in as many tabs; now and then in two at once. */
  async #signsIn(person: AccountHolder): Promise<void> {
    const { random } = this.#world;
    if (random.chance(0.4)) {
      const wrong = Array.from({ length: random.between(1, 7) }, (_, turn) =>
        person.signInByPassword(`mistyped ${turn}`),
      );
      if (random.chance(0.7)) await Promise.all(wrong);
    }
    const tabs = random.pick([1, 1, 2]);
    await Promise.all(Array.from({ length: tabs }, () => person.signInByPassword()));
  }

  async #secondFactor(person: AccountHolder): Promise<void> {
    const { random } = this.#world;
    if (person.secret === undefined) return person.turnsSecondFactorOn();
    const dice = random.next();
    if (dice < 0.5) await person.stepsUp();
    else if (dice < 0.75) await person.getsBackupCodes();
    else if (dice < 0.88) await this.#whileSigningIn(person, () => person.turnsSecondFactorOff());
    else await this.#whileSigningIn(person, async () => void (await person.losesSecondFactor()));
  }

  /** Once, or twice at a time, or while the password is changed as well. */
  async #resets(person: AccountHolder): Promise<void> {
    const { random } = this.#world;
    const more = random.pick([
      () => person.resetsPassword(this.#newPassword()),
      () => person.changesPassword(this.#newPassword()),
    ]);
    await Promise.all([person.resetsPassword(this.#newPassword()), ...(random.chance(0.5) ? [more()] : [])]);
  }

  /** Other tabs sign in at the very moment at which something is changed. */
  async #whileSigningIn(person: AccountHolder, change: () => Promise<void>): Promise<void> {
    const { random } = this.#world;
    const old = person.password;
    const changing = change();
    const patience = random.pick([500, 5_000, 30_000]);
    const tabs = Array.from({ length: random.pick([0, 1, 2, 3]) }, async () => {
      await this.#clients.pause(0, patience);
      await person.signInByPassword(old);
    });
    await Promise.all([changing, ...tabs]);
    // Whoever has not heard of it.
    if (random.chance(0.5)) await person.signInByPassword(old);
  }

  async #reports(person: AccountHolder): Promise<void> {
    const { random } = this.#world;
    if (random.chance(0.7)) await person.signInByPassword();
    const reported = random.pick(person.sessions);
    await person.reports(reported);
    if (random.chance(0.4)) await person.reports(reported);
    await person.looksAround();
    if (random.chance(0.5)) await person.signInByPassword();
    if (random.chance(0.5)) await person.resetsPassword(this.#newPassword());
  }

  /** The first sign-in at an address, which an account that stands may just be about to get. */
  async #comesLater(person: AccountHolder): Promise<void> {
    const { random } = this.#world;
    await this.#clients.pause(0, random.pick([30_000, 5 * MINUTE_MS, 30 * MINUTE_MS]));
    if (random.chance(0.5)) await person.signInByLink();
    else await this.#registers(person);
    await this.#clients.pause(500, 20_000);
    if (person.session !== undefined && random.chance(0.5))
      await person.changesProfile("Eve", random.chance(0.5) ? ADA : BOB);
    await person.looksAround();
  }

  /** Registers for an address that is another's, guesses, tries a password that was the holder's, and codes that were seen. */
  async #stranger(victim: AccountHolder): Promise<void> {
    const { random } = this.#world;
    const stranger = this.#person("mallory", victim.email, true);
    if (random.chance(0.7)) {
      await this.#clients.pause(0, random.pick([1, 20_000]));
      await stranger.asksToRegister(STRANGERS_PASSWORD);
      await this.#clients.pause(0, 2 * MINUTE_MS);
      await stranger.signInByPassword(STRANGERS_PASSWORD);
    }
    for (let rounds = random.between(1, 3); rounds > 0; rounds -= 1) {
      await this.#clients.pause(0, random.pick([MINUTE_MS, 20 * MINUTE_MS]));
      const guesses = Array.from({ length: random.pick([1, 4, 8]) }, (_, turn) =>
        stranger.signInByPassword(`guess ${turn}`),
      );
      await Promise.all(guesses);
      await stranger.signInByPassword(STRANGERS_PASSWORD);
      stranger.lastCode = victim.lastCode;
      const leaked = random.chance(0.5) ? victim.password : undefined;
      await this.#clients.pause(0, random.pick([5_000, MINUTE_MS]));
      await stranger.signInByPassword(leaked);
      await stranger.looksAround();
    }
    await this.#clients.pause(0, 10 * MINUTE_MS);
    await stranger.looksAround();
  }
}
