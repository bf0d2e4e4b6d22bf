import { type ChallengeKind, flows } from "@lanyard/contracts";
import { challengeIdOf, readChallengeToken } from "@lanyard/session-manager";
import { ADDRESSES, type Clients, keyFor, NOBODY, type Proof, type Tokens } from "./clients.ts";
import type { Answer } from "./gateway-process.ts";
import type { AcceptedMail } from "./mail-server.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MAILBOXES = ["ada@example.com", "bob@example.com"];
/** Of those with people who have an address. */
const CROWDED_RUNS = 0.5;

/** A mail that its reader can answer. */
interface Readable {
  readonly challengeId: string;
  readonly email: string;
  readonly link: string | undefined;
  readonly code: string;
}

type Answered = Promise<Answer | undefined>;

/** People who prove an address by what they are mailed, and stay for weeks; and strangers who guess their codes. */
export class MailPeople {
  readonly #world: World;
  readonly #clients: Clients;
  /** Whose operation asked for which challenge. */
  readonly #asked: { readonly challengeId: string; readonly mailId: string; readonly email: string }[] = [];
  /** When all who have a mail by then answer it, at one moment. */
  #meetAt = 0;
  #salt = 0;

  constructor(world: World, clients: Clients) {
    this.#world = world;
    this.#clients = clients;
  }

  async live(): Promise<void> {
    const { random, time } = this.#world;
    if (random.chance(CROWDED_RUNS)) return this.#crowd(random.pick(MAILBOXES));
    const together = random.chance(0.4);
    if (together) this.#meetAt = time.now() + random.between(3, 6) * MINUTE_MS;
    const addresses = MAILBOXES.slice(0, together ? 1 : random.pick([1, 1, 2]));
    const many = random.pick(together ? [2, 2, 3] : [1, 1, 2]);
    const people = Array.from({ length: many }, () => this.#person(random.pick(addresses)));
    const strangers = random.chance(0.25) ? [this.#stranger(random.pick(addresses))] : [];
    await Promise.all([...people, ...strangers]);
  }

  /** More sessions of one account than may live, some of them opened at one moment. */
  async #crowd(email: string): Promise<void> {
    const { random, time } = this.#world;
    if (random.chance(0.6)) this.#meetAt = time.now() + random.between(3, 5) * MINUTE_MS;
    await Promise.all(Array.from({ length: random.between(3, 5) }, () => this.#visit(email)));
  }

  async #visit(email: string): Promise<void> {
    const { random } = this.#world;
    const clients = this.#clients;
    await clients.pause(0, random.pick([3_000, 3_000, 6 * MINUTE_MS]));
    let tokens = await this.#signIn(email);
    if (tokens === undefined) return;
    await clients.pause(0, random.pick([50, 5_000]));
    await clients.access(tokens);
    const dice = random.next();
    if (dice < 0.4) await clients.logout(tokens, this.#newKey());
    else if (dice < 0.7) tokens = (await clients.refresh(tokens)) ?? tokens;
    await clients.pause(500, 20_000);
    const admission = await clients.access(tokens);
    const isSignedOut = admission?.kind === "refused" && admission.why === "operator";
    // Back at once: whoever has left makes room, and so has whoever was signed out.
    if (isSignedOut || random.chance(0.35)) await this.#signIn(email);
    await clients.pause(500, 10_000);
    await clients.access(tokens);
  }

  async #person(email: string): Promise<void> {
    const { random } = this.#world;
    await this.#clients.pause(0, 3_000);
    const tokens = await this.#signIn(email);
    if (tokens === undefined) return;
    await this.#stay(tokens);
    // Back for another session, in the same account.
    if (random.chance(0.15)) await this.#signIn(email);
  }

  /** One mail, answered in one of the ways of people who are in a hurry, late, or mistype. */
  async #signIn(email: string): Promise<Tokens | undefined> {
    const { random, time } = this.#world;
    const mail = await this.#askForMail(email);
    if (mail === undefined) return undefined;
    const dice = random.next();
    if (time.now() < this.#meetAt) await time.sleep(this.#meetAt - time.now() + random.between(0, 5));
    else if (dice < 0.1) await this.#clients.pause(61 * MINUTE_MS, 90 * MINUTE_MS);
    else if (dice < 0.15) await this.#clients.pause(11 * MINUTE_MS, 30 * MINUTE_MS);
    else await this.#clients.pause(500, random.pick([5_000, 60_000, 8 * MINUTE_MS]));
    const code = (): Answered => this.#byCode(mail, mail.code);
    const link = (): Answered => this.#byLink(mail) ?? code();
    const answered: Answered[] = [];
    if (dice < 0.3) answered.push(link());
    else if (dice < 0.45) answered.push(code());
    else if (dice < 0.6) answered.push(link(), link());
    else if (dice < 0.8) answered.push(link(), code());
    else if (dice < 0.85) answered.push(...this.#clicksTwice(mail, link));
    else {
      // Mistyped, in as many tabs; five are too many, and then the link is left.
      const wrong = random.between(1, 5);
      for (let tries = 0; tries < wrong; tries += 1) answered.push(this.#byCode(mail, this.#wrongCode(mail, tries)));
      if (random.chance(0.5)) await Promise.all(answered.splice(0));
      answered.push(random.chance(0.7) ? code() : link());
    }
    const told = (await Promise.all(answered)).find((answer) => answer?.kind === "done");
    return told?.kind === "done" ? (told.body["tokens"] as Tokens) : undefined;
  }

  /** A double click: one form, sent twice with its key. */
  #clicksTwice(mail: Readable, otherwise: () => Answered): Answered[] {
    const key = this.#newKey();
    const clicks = [this.#byLink(mail, key), this.#byLink(mail, key)];
    return clicks.map((click) => click ?? otherwise());
  }

  /** Asks, now and then twice or once more with the same key, and reads what comes. */
  async #askForMail(email: string): Promise<Readable | undefined> {
    const { random, time } = this.#world;
    const began = time.now();
    const challengeKind = random.pick<ChallengeKind>(["magic_link", "magic_link", "email_otp"]);
    const own: string[] = [];
    for (let times = random.chance(0.15) ? 2 : 1; times > 0; times -= 1) {
      const key = random.chance(0.5) ? this.#newKey() : undefined;
      const asked = await this.#askOnce(email, challengeKind, key);
      if (asked !== undefined) own.push(asked);
      if (key === undefined || !random.chance(0.3)) continue;
      await this.#clients.pause(1_000, 8_000);
      await this.#askOnce(email, challengeKind, key);
    }
    // Who shares the mailbox may take what somebody else has asked for.
    const takesAny = random.chance(0.25);
    for (let waitMs = 1_000; waitMs < 5 * MINUTE_MS; waitMs *= 2) {
      await time.sleep(waitMs);
      const shown = this.#world.mails.filter(
        ({ at, arrivesAt, to }) => to === email && at >= began && arrivesAt <= time.now(),
      );
      const found = shown.map((mail) => this.#read(mail)).filter((mail) => mail !== undefined);
      const mail = found.find(({ challengeId }) => own.includes(challengeId)) ?? (takesAny ? found[0] : undefined);
      if (mail !== undefined) return mail;
    }
    return undefined;
  }

  async #askOnce(email: string, challengeKind: ChallengeKind, key: string | undefined): Promise<string | undefined> {
    const { derivation } = this.#world;
    const input = { email, challengeKind, locale: "en" };
    const answer = await this.#clients.insist("challenge", {
      flow: flows.requestChallenge,
      input,
      caller: NOBODY,
      key,
    });
    if (answer?.kind !== "accepted") return undefined;
    const { operationId } = answer;
    const challengeId = challengeIdOf(derivation, derivation.currentKid, operationId);
    const mailId = derivation.uuid(derivation.currentKid, "identifier", operationId, "mail");
    this.#asked.push({ challengeId, mailId, email });
    return challengeId;
  }

  /** A link says whose challenge it answers; a code alone is typed where it was asked for. */
  #read({ link, code = "", to: email, messageId }: AcceptedMail): Readable | undefined {
    const challengeId =
      link === undefined
        ? this.#asked.find(({ mailId }) => messageId.startsWith(`<${mailId}@`))?.challengeId
        : readChallengeToken(this.#world.derivation, link)?.challengeId;
    return challengeId === undefined ? undefined : { challengeId, email, link, code };
  }

  #byLink({ challengeId, email, link }: Readable, given?: string): Answered | undefined {
    if (link === undefined) return undefined;
    const key = given ?? (this.#world.random.chance(0.5) ? this.#newKey() : undefined);
    const ip = this.#world.random.pick(ADDRESSES);
    const ask = { flow: flows.verifyMagicLink, input: { token: link }, caller: NOBODY, key, ip };
    return this.#clients.insist("proof", ask, { proof: { challengeId, email, by: "link" } });
  }

  #byCode({ challengeId, email }: Pick<Readable, "challengeId" | "email">, code: string): Answered {
    const key = this.#world.random.chance(0.5) ? this.#newKey() : undefined;
    const proof: Proof = { challengeId, email, by: "code", code };
    const ip = this.#world.random.pick(ADDRESSES);
    const ask = { flow: flows.verifyEmailCode, input: { challengeId, code }, caller: NOBODY, key, ip };
    return this.#clients.insist("proof", ask, { proof });
  }

  /** Comes back after days or every week, uses the session, logs out. */
  async #stay(first: Tokens): Promise<void> {
    const { random, time } = this.#world;
    const clients = this.#clients;
    let tokens = first;
    for (let acts = random.between(0, 3); acts > 0; acts -= 1) {
      const dice = random.next();
      await clients.access(tokens);
      if (dice < 0.25) await clients.pause(DAY_MS, random.pick([3, 29, 31, 40]) * DAY_MS);
      else if (dice < 0.45) {
        for (let weeks = random.pick([3, 6, 6, 13]); weeks > 0; weeks -= 1) {
          await time.sleep(7 * DAY_MS);
          await Promise.all([clients.use(tokens), clients.use(tokens)]);
        }
        this.#world.expire();
        // Its last use is heard of before it asks.
        await clients.pause(MINUTE_MS, 2 * MINUTE_MS);
      } else if (dice < 0.65) {
        const using = random.chance(0.6) ? [clients.use(tokens)] : [];
        await Promise.all([clients.logout(tokens, this.#newKey()), ...using]);
        await clients.pause(500, 6_000);
        await clients.access(tokens);
        // A tab that does not know is used once more.
        await time.sleep(random.between(1_000, 3 * MINUTE_MS));
        await clients.use(tokens);
        return;
      } else await clients.pause(1_000, random.pick([20_000, 5 * MINUTE_MS]));
      const next = await clients.refresh(tokens);
      if (next === undefined) return;
      tokens = next;
      if (random.chance(0.3)) await clients.use(tokens);
    }
  }

  /** Knows a challenge, having asked for it or seen it asked for, and tries codes all at once; seldom with much patience. */
  async #stranger(email: string): Promise<void> {
    const { random } = this.#world;
    await this.#clients.pause(0, 30_000);
    const isPatient = random.chance(0.2);
    for (let rounds = isPatient ? 5 : 1; rounds > 0; rounds -= 1) {
      const known = this.#asked.filter((each) => each.email === email);
      if (isPatient || known.length === 0 || random.chance(0.6)) await this.#askOnce(email, "email_otp", undefined);
      const challenge = this.#asked.filter((each) => each.email === email).at(-1);
      if (challenge === undefined) return;
      const guesses = Array.from({ length: isPatient ? 5 : random.pick([3, 6, 8]) }, () =>
        this.#byCode(challenge, String(random.between(0, 999_999)).padStart(6, "0")),
      );
      await Promise.all(guesses);
    }
  }

  #wrongCode({ code }: Readable, tries: number): string {
    return String((Number(code) + 1 + tries) % 1_000_000).padStart(6, "0");
  }

  #newKey(): string {
    this.#salt += 1;
    return keyFor(`person ${this.#salt}`);
  }
}
