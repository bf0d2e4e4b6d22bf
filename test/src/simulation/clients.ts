import { hash } from "node:crypto";
import { flows } from "@lanyard/contracts";
import { readRefreshToken } from "@lanyard/session-manager";
import type { AccountAsked } from "./account-asked.ts";
import { AccountPeople } from "./account-people.ts";
import type { Fleet } from "./fleet.ts";
import type { Admission, Answer, Ask } from "./gateway-process.ts";
import { MailPeople } from "./mail-people.ts";
import { MergePeople } from "./merge-people.ts";
import { Operators } from "./operators.ts";
import type { World } from "./world.ts";

/** What an answer to a challenge showed. */
export interface Proof {
  readonly challengeId: string;
  /** Whose it is. */
  readonly email: string;
  readonly by: "link" | "code";
  /** As it was mailed; absent: of a link, which is always right. */
  readonly code?: string;
}

/** Absent `itemId`: a new one. Absent `json`: deleted. */
export interface ItemAsked {
  readonly userId: string;
  readonly kind: string;
  readonly itemId?: string;
  readonly json?: string;
}

export interface MergeAsked {
  readonly userId: string;
  readonly visitorId: string;
}

/** What one client was told, and when it asked and heard. */
export interface Heard {
  readonly askedAt: number;
  readonly heardAt: number;
  readonly what:
    | "sign-in"
    | "refresh"
    | "logout"
    | "theft"
    | "access"
    | "challenge"
    | "proof"
    | "use"
    | "pull"
    | "save"
    | "remove"
    | "merge"
    | "account";
  readonly key: string | undefined;
  readonly sessionId: string | undefined;
  /** The generation shown, with a refresh. */
  readonly generation: number | undefined;
  readonly proof?: Proof | undefined;
  /** The revocation that was asked for. */
  readonly revocationId?: string | undefined;
  /** What was to be saved or deleted. */
  readonly item?: ItemAsked | undefined;
  /** Who was to become part of whom. */
  readonly merge?: MergeAsked | undefined;
  /** What was asked of an account. */
  readonly account?: AccountAsked | undefined;
  readonly answer: Answer | Admission;
}

/** Few enough that a run of many seeds stays short. */
const MAIL_RUNS = 0.36;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
export const NOBODY = { kind: "none" } as const;
/** Where people sign in from. */
export const ADDRESSES: readonly string[] = ["203.0.113.7", "203.0.113.9", "198.51.100.4"];

/** What a question is about, as far as whoever asks knows. */
interface About {
  readonly generation?: number;
  readonly sessionId?: string;
  readonly proof?: Proof;
  readonly revocationId?: string;
  readonly item?: ItemAsked;
  readonly merge?: MergeAsked;
  readonly account?: AccountAsked;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** A key that follows from what is asked: all tabs of a browser that refresh with one token ask one thing. */
export const keyFor = (what: string): string => {
  const hex = hash("sha256", what, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** Visitors who sign in, keep tabs open, come back after days, log out; and thieves who copied a token. */
export class Clients {
  readonly heard: Heard[] = [];
  /** Called whenever somebody asks a gateway for something. */
  onAsk: (what: Heard["what"]) => void = () => {};
  /** Sessions whose refresh token a thief has shown. */
  readonly robbed = new Set<string>();
  readonly #world: World;
  readonly #fleet: Fleet;

  constructor(world: World, fleet: Fleet) {
    this.#world = world;
    this.#fleet = fleet;
  }

  /** Everything that clients do in one run: some runs are of people with addresses. */
  async live(): Promise<void> {
    const operators = new Operators(this.#world, this);
    if (this.#world.isMerging) {
      const merging = new MergePeople(this.#world, this).live();
      return void (await Promise.all([merging.then(() => operators.goHome()), operators.live()]));
    }
    if (this.#world.isSecuring) {
      const securing = new AccountPeople(this.#world, this).live();
      return void (await Promise.all([securing.then(() => operators.goHome()), operators.live()]));
    }
    const lives = this.#world.random.chance(MAIL_RUNS) ? new MailPeople(this.#world, this).live() : this.#visitors();
    await Promise.all([lives.then(() => operators.goHome()), operators.live()]);
  }

  async #visitors(): Promise<void> {
    const visitors = this.#world.random.pick([1, 1, 1, 2]);
    await Promise.all(Array.from({ length: visitors }, (_, index) => this.#visitor(index)));
  }

  async #visitor(index: number): Promise<void> {
    const { random } = this.#world;
    await this.pause(0, 3_000);
    const ip = random.pick(ADDRESSES);
    const signedIn = await this.insist("sign-in", {
      ip,
      flow: flows.createAnonymousSession,
      input: {},
      caller: NOBODY,
      key: keyFor(`visitor ${index}`),
    });
    if (signedIn?.kind !== "done") return;
    let tokens = signedIn.body["tokens"] as Tokens;
    const thieves: Promise<void>[] = [];
    for (let acts = random.between(1, 4); acts > 0; acts -= 1) {
      const dice = random.next();
      if (dice < 0.12) await this.pause(DAY_MS, random.pick([5, 12, 29, 40]) * DAY_MS);
      else await this.pause(100, random.pick([2_000, 20_000, 5 * MINUTE_MS]));
      if (random.chance(0.12)) thieves.push(this.#thief(tokens.refreshToken, index * 100 + acts));
      if (dice < 0.7) {
        const next = await this.refresh(tokens);
        if (next === undefined) break;
        tokens = next;
      } else if (dice < 0.88) await this.access(tokens);
      else {
        await this.logout(tokens, `${index} ${acts}`);
        break;
      }
      await this.access(tokens);
    }
    await this.pause(3_000, 9_000);
    for (let looks = 0; looks < 3; looks += 1) {
      await this.access(tokens);
      await this.pause(500, 4_000);
    }
    // A tab that was asleep finds out last.
    if (random.chance(0.4)) await this.refresh(tokens);
    await Promise.all(thieves);
  }

  /**
   * All tabs at once, with the key that follows from the token: so a retry after a lost answer is the same operation. Now
   * and then a tab that knows of no keys comes a moment after the others were answered, still with the old token.
   */
  async refresh(tokens: Tokens): Promise<Tokens | undefined> {
    const { random, time } = this.#world;
    const tabs = random.pick([1, 1, 2, 3]);
    const asked = this.#refreshAsk(tokens.refreshToken, keyFor(tokens.refreshToken));
    if (asked === undefined) return undefined;
    const { ask, generation, sessionId } = asked;
    const insisting = Array.from({ length: tabs }, () => this.insist("refresh", ask, { generation, sessionId }));
    // Where no answer is ever lost, tabs may go without a key altogether.
    for (let more = this.#world.isFair ? random.between(0, 3) : 0; more > 0; more -= 1) {
      insisting.push(this.once("refresh", { ...ask, key: undefined }, { generation, sessionId }));
    }
    // The successor was committed no earlier than the first time it was asked for.
    const askedAt = this.heard.find(({ key }) => key === ask.key)?.askedAt ?? time.now();
    const answers = await Promise.all(insisting);
    const straggles = answers.some((answer) => answer?.kind === "done") && time.now() - askedAt < 5_000;
    if (straggles && random.chance(0.4))
      void this.once("refresh", { ...ask, key: undefined }, { generation, sessionId });
    let newest: { tokens: Tokens; generation: number } | undefined;
    for (const answer of answers) {
      if (answer?.kind !== "done") continue;
      const told = answer.body["tokens"] as Tokens;
      const grant = readRefreshToken(this.#world.derivation, told.refreshToken);
      if (grant !== undefined && grant.generation > (newest?.generation ?? 0))
        newest = { tokens: told, generation: grant.generation };
    }
    return newest?.tokens;
  }

  async #thief(refreshToken: string, salt: number): Promise<void> {
    const { random } = this.#world;
    await this.pause(1_000, random.pick([30_000, 10 * MINUTE_MS, 2 * DAY_MS]));
    const asked = this.#refreshAsk(refreshToken, keyFor(`thief ${salt}`));
    if (asked === undefined) return;
    this.robbed.add(asked.sessionId);
    await this.insist("theft", asked.ask, asked);
  }

  async logout(tokens: Tokens, salt: string): Promise<void> {
    const claims = this.#world.signing.read(tokens.accessToken);
    if (claims === undefined) return;
    const caller = { kind: "user", userId: claims.sub } as const;
    const input = { userId: claims.sub, sessionId: claims.sid };
    // Another tab may be refreshing at this very moment.
    if (this.#world.random.chance(0.5)) void this.refresh(tokens);
    await this.insist(
      "logout",
      { flow: flows.logout, input, caller, key: keyFor(`logout ${salt}`) },
      { sessionId: claims.sid },
    );
  }

  async access(tokens: Tokens): Promise<Admission | undefined> {
    const { random, time, signing } = this.#world;
    const claims = signing.read(tokens.accessToken);
    if (claims === undefined) return undefined;
    const sessionId = claims.sid;
    const askedAt = time.now();
    const answer = await random.pick(this.#fleet.gateways).admits(claims);
    const about = { key: undefined, sessionId, generation: undefined };
    this.heard.push({ askedAt, heardAt: time.now(), what: "access", ...about, answer });
    return answer;
  }

  #refreshAsk(refreshToken: string, key: string) {
    const grant = readRefreshToken(this.#world.derivation, refreshToken);
    if (grant === undefined) return undefined;
    const { userId, sessionId, generation } = grant;
    const input = { userId, sessionId, presentedGeneration: generation };
    const ask: Ask = { flow: flows.refreshSession, input, caller: NOBODY, key };
    return { ask, generation, sessionId };
  }

  /** Asks, and asks again with the same key until the answer says something, or patience is over. */
  async insist(what: Heard["what"], ask: Ask, about: About = {}): Promise<Answer | undefined> {
    for (let tries = 0; tries < 12; tries += 1) {
      const answer = await this.once(what, ask, about);
      if (answer.kind === "done" || answer.kind === "accepted") return answer;
      const again =
        answer.kind !== "problem" || answer.code === "service_unavailable" || answer.code === "operation_in_progress";
      if (!again) return answer;
      await this.pause(500, 15_000);
    }
    return undefined;
  }

  async once(what: Heard["what"], ask: Ask, about: About): Promise<Answer> {
    const { random, time } = this.#world;
    const { generation, sessionId, proof, revocationId, item, merge, account } = about;
    this.onAsk(what);
    // What nobody waits for needs no view of what was revoked.
    if (what !== "use") this.#fleet.activeUntil(time.now() + 12_000);
    const askedAt = time.now();
    const answer = await random.pick(this.#fleet.gateways).ask(ask);
    this.#world.trace(`${what} ${answer.kind}`);
    this.heard.push({
      askedAt,
      heardAt: time.now(),
      what,
      key: ask.key,
      sessionId,
      generation,
      proof,
      revocationId,
      item,
      merge,
      account,
      answer,
    });
    return answer;
  }

  /** A session is used: some gateway tells of it, and nobody waits. */
  async use(tokens: Tokens): Promise<void> {
    const claims = this.#world.signing.read(tokens.accessToken);
    if (claims === undefined) return;
    const { sub: userId, sid: sessionId } = claims;
    const caller = { kind: "user", userId } as const;
    const ask = { flow: flows.touchSession, input: { userId, sessionId }, caller, key: undefined };
    await this.once("use", ask, { sessionId });
  }

  async pause(minMs: number, maxMs: number): Promise<void> {
    const { random, time } = this.#world;
    const ms = random.between(minMs, Math.max(minMs, maxMs));
    if (ms > DAY_MS / 2) this.#world.expire();
    await time.sleep(ms);
    this.#fleet.activeUntil(time.now() + 12_000);
  }
}
