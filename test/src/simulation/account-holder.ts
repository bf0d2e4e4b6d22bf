import { type Flow, flows, type JsonObject } from "@lanyard/contracts";
import { challengeIdOf, readChallengeToken, readDeviceToken } from "@lanyard/session-manager";
import { totpCode, totpStepAt, wrongTotpCode } from "../support/virtual-authenticator.ts";
import type { AccountAsked } from "./account-asked.ts";
import { ADDRESSES, type Clients, keyFor, NOBODY, type Tokens } from "./clients.ts";
import type { Answer } from "./gateway-process.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const STEP_MS = 30_000;
const BROWSERS = ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "curl/8.10.1"];

type Told = Promise<Answer | undefined>;

/** A session that somebody was told of. */
export interface OwnSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly tokens: Tokens;
}

/** Somebody who signs in to one account, in one browser: its holder, who reads its mail, or a stranger, who does not. */
export class AccountHolder {
  readonly sessions: OwnSession[] = [];
  email: string;
  password: string | undefined;
  /** The TOTP secret, once it is on. */
  secret: string | undefined;
  backupCodes: readonly string[] = [];
  /** The code that was shown last, for whoever looked over the shoulder. */
  lastCode: Pick<AccountAsked, "code" | "totp"> | undefined;
  readonly #world: World;
  readonly #clients: Clients;
  readonly #name: string;
  readonly #stranger: boolean;
  readonly #ip: string;
  readonly #userAgent: string;
  /** The registrations that it has asked for, each with the password that it has chosen. */
  readonly #registered = new Map<string, string>();
  #deviceToken: string | undefined;
  #usedStep = 0;
  #salt = 0;

  constructor(world: World, clients: Clients, given: { name: string; email: string; stranger?: boolean }) {
    this.#world = world;
    this.#clients = clients;
    this.#name = given.name;
    this.email = given.email;
    this.#stranger = given.stranger === true;
    this.#ip = world.random.pick(ADDRESSES);
    this.#userAgent = world.random.pick(BROWSERS);
  }

  get session(): OwnSession | undefined {
    return this.sessions.at(-1);
  }

  /** Signs in by a link that was asked for, now and then opened twice at once. */
  async signInByLink(): Promise<boolean> {
    const ask = { email: this.email, challengeKind: "magic_link", locale: "en" };
    const challengeId = await this.#asksForMail(flows.requestChallenge, ask, { act: "link" });
    return challengeId !== undefined && this.#opensLink(challengeId);
  }

  /**
   * Chooses a password with the first sign-in: it counts if that makes the account. Asked for in two tabs now and then; and
   * whoever else has asked for the same address, all mails are alike: any of them is opened.
   */
  async register(password: string): Promise<boolean> {
    const { random } = this.#world;
    const tabs = random.chance(0.2) ? 2 : 1;
    const asked = await Promise.all(Array.from({ length: tabs }, () => this.asksToRegister(password)));
    const own = asked.find((each) => each !== undefined);
    if (own === undefined || (await this.#linkOf(own)) === undefined) return false;
    const opened = random.pick(this.#signInMails());
    if (!(await this.#opensLink(opened)) && (opened === own || !(await this.#opensLink(own)))) return false;
    this.password = password;
    return true;
  }

  async asksToRegister(password: string): Promise<string | undefined> {
    const ask = { email: this.email, locale: "en", password };
    const challengeId = await this.#asksForMail(flows.registerPassword, ask, { act: "register", password });
    if (challengeId !== undefined) this.#registered.set(challengeId, password);
    return challengeId;
  }

  /** The challenges of all mails that have come and that sign in, whoever has asked for them. */
  #signInMails(): readonly string[] {
    const { time, mails, derivation } = this.#world;
    return mails
      .filter(({ to, arrivesAt }) => to === this.email && arrivesAt <= time.now())
      .flatMap(({ link }) => (link === undefined ? [] : (readChallengeToken(derivation, link) ?? [])))
      .flatMap(({ use, challengeId }) => (use === "sign_in" ? [challengeId] : []));
  }

  async #opensLink(challengeId: string): Promise<boolean> {
    const token = await this.#linkOf(challengeId);
    if (token === undefined) return false;
    const password = this.#registered.get(challengeId);
    const asked = { act: "link", challengeId, password } as const;
    const open = (): Told => this.#asks(flows.verifyMagicLink, { token }, asked);
    return this.#enters(await this.#once(open));
  }

  /** Signs in by address and password; goes on to the second factor where there is one. */
  async signInByPassword(password: string | undefined = this.password): Promise<boolean> {
    if (password === undefined) return false;
    const input = { email: this.email, password };
    const told = await this.#asks(flows.signInByPassword, input, { act: "password", password });
    return this.#enters(told);
  }

  /** The second factor of a sign-in that waits: mistyped, shown twice, a backup code, or simply right. */
  async answers(challengeId: string): Promise<boolean> {
    const { random } = this.#world;
    const input = (code: string): JsonObject => ({ challengeId, code });
    const answer = async (shown: Pick<AccountAsked, "code" | "totp">): Told =>
      this.#asks(flows.verifySecondFactor, input(shown.code ?? ""), { act: "second-factor", challengeId, ...shown });
    const wrong = random.chance(0.3) ? random.between(1, 6) : 0;
    const tries = Array.from({ length: wrong }, (_, turn) => answer({ code: this.#wrongCode(turn) }));
    if (random.chance(0.6)) await Promise.all(tries.splice(0));
    const shown = await this.#showsCode();
    if (shown === undefined) return false;
    const answers = random.chance(0.3) ? [answer(shown), answer(shown)] : [answer(shown)];
    const told = (await Promise.all([...answers, ...tries])).find((each) => each?.kind === "done");
    const again = random.chance(0.25) ? await this.#showsCode() : undefined;
    if (again !== undefined) await answer(again);
    return this.#enters(told);
  }

  /** Shows a code that was seen elsewhere. */
  replays(challengeId: string, shown: Pick<AccountAsked, "code" | "totp">): Told {
    const asked = { act: "second-factor", challengeId, ...shown } as const;
    return this.#asks(flows.verifySecondFactor, { challengeId, code: shown.code ?? "" }, asked);
  }

  /** Gets a secret, and turns the second factor on with a code of it. */
  async turnsSecondFactorOn(): Promise<void> {
    const { random } = this.#world;
    const { userId } = this.session ?? {};
    if (userId === undefined) return;
    const made = await this.#asksSignedIn(flows.setUpSecondFactor, {}, { act: "set-up" });
    if (made?.kind !== "done") return;
    const { secret } = made.body as { readonly secret: string };
    if (random.chance(0.2)) await this.#enable({ code: wrongTotpCode(secret, this.#step) });
    const step = await this.#freshStep();
    const shown = { code: totpCode(secret, step), totp: { secret, step } };
    const told = await this.#once(() => this.#enable(shown));
    if (told?.kind !== "done") return;
    this.lastCode = shown;
    this.secret = secret;
    this.#usedStep = step;
    this.backupCodes = (told.body as { readonly backupCodes: readonly string[] }).backupCodes;
  }

  #enable(shown: Pick<AccountAsked, "code" | "totp">): Told {
    return this.#asksSignedIn(flows.enableSecondFactor, { code: shown.code ?? "" }, { act: "enable", ...shown });
  }

  async turnsSecondFactorOff(): Promise<void> {
    const told = await this.#asksSignedIn(flows.disableSecondFactor, {}, { act: "disable" });
    if (told?.kind === "done") this.secret = undefined;
  }

  /** It was lost: an operator takes it away. Gives back whether that was told. */
  async losesSecondFactor(): Promise<boolean> {
    const { userId } = this.session ?? {};
    if (userId === undefined) return false;
    const input = { userId, by: "key:ops", reason: "Lost phone" };
    const told = await this.#once(() => this.#asks(flows.liftSecondFactor, input, { act: "lift", userId }));
    if (told?.kind !== "done") return false;
    this.secret = undefined;
    return true;
  }

  async getsBackupCodes(): Promise<void> {
    const told = await this.#asksSignedIn(flows.regenerateBackupCodes, {}, { act: "backup-codes" });
    if (told?.kind !== "done") return;
    const before = this.backupCodes;
    this.backupCodes = (told.body as { readonly backupCodes: readonly string[] }).backupCodes;
    const [old] = before;
    if (old !== undefined) await this.#stepsUp({ code: old });
  }

  /** Proves the second factor anew. */
  async stepsUp(): Promise<void> {
    const shown = await this.#showsCode();
    if (shown === undefined) return;
    await Promise.all(
      this.#world.random.chance(0.4) ? [this.#stepsUp(shown), this.#stepsUp(shown)] : [this.#stepsUp(shown)],
    );
  }

  async #stepsUp(shown: Pick<AccountAsked, "code" | "totp">): Promise<void> {
    const { sessionId } = this.session ?? {};
    if (sessionId === undefined) return;
    const input = { sessionId, code: shown.code ?? "" };
    const told = await this.#asksSignedIn(flows.stepUp, input, { act: "step-up", ...shown });
    if (told?.kind === "done") this.#keeps(told);
  }

  /** A new password in place of the one that is known, or the first. */
  async changesPassword(password: string): Promise<void> {
    const { sessionId } = this.session ?? {};
    if (sessionId === undefined) return;
    const oldPassword = this.password;
    const input = {
      exceptSessionId: sessionId,
      password,
      ...(oldPassword !== undefined && { currentPassword: oldPassword }),
    };
    const told = await this.#asksSignedIn(flows.changePassword, input, {
      act: "change-password",
      password,
      oldPassword,
    });
    if (told?.kind === "done") this.password = password;
  }

  /** A new password by mail. */
  async resetsPassword(password: string): Promise<void> {
    const ask = { email: this.email, locale: "en" };
    const challengeId = await this.#asksForMail(flows.requestPasswordReset, ask, { act: "ask-reset" });
    const token = challengeId === undefined ? undefined : await this.#linkOf(challengeId);
    if (token === undefined) return;
    const told = await this.#once(() =>
      this.#asks(flows.resetPassword, { token, password }, { act: "reset", challengeId, password }),
    );
    if (told?.kind === "done") this.password = password;
  }

  /** Another name, and another address, if one is given. */
  async changesProfile(displayName: string, email?: string): Promise<void> {
    const input = { displayName, mailLocale: "en", ...(email !== undefined && { newEmail: email }) };
    const told = await this.#asksSignedIn(flows.updateProfile, input, { act: "profile" });
    if (told?.kind !== "done" || email === undefined) return;
    const { emailChange } = told.body as { readonly emailChange?: { readonly operationId: string } };
    if (emailChange === undefined) return;
    const challengeId = this.#challengeOf(emailChange.operationId);
    const token = await this.#linkOf(challengeId, email);
    if (token === undefined) return;
    const changed = await this.#once(() =>
      this.#asks(flows.confirmEmailChange, { token }, { act: "confirm-email", email, challengeId }),
    );
    if (changed?.kind === "done") this.email = email;
  }

  /** "This wasn't me", by a mail's link. */
  async reports({ userId, sessionId }: Pick<OwnSession, "userId" | "sessionId">): Promise<void> {
    const { random } = this.#world;
    const others = random.chance(0.3);
    const input = { userId, sessionId, others, newPassword: random.chance(0.3), mailLocale: "en" };
    await this.#once(() => this.#asks(flows.reportSession, input, { act: "report", userId, ofSession: sessionId }));
  }

  /** Looks whether any of the sessions still lets it in, and goes on with some. */
  async looksAround(): Promise<void> {
    const { random } = this.#world;
    for (const [index, session] of this.sessions.entries()) {
      const admission = await this.#clients.access(session.tokens);
      if (admission?.kind !== "admitted" && random.chance(0.6)) continue;
      const tokens = random.chance(0.4) ? await this.#clients.refresh(session.tokens) : undefined;
      if (tokens !== undefined) this.sessions[index] = { ...session, tokens };
    }
  }

  /** One code: of the app, if it is on, or now and then a backup code. */
  async #showsCode(): Promise<Pick<AccountAsked, "code" | "totp"> | undefined> {
    const { random } = this.#world;
    const { secret } = this;
    const [backupCode, ...others] = this.backupCodes;
    if (secret === undefined) return undefined;
    if (backupCode !== undefined && random.chance(0.3)) {
      this.backupCodes = others;
      this.lastCode = { code: backupCode };
      return this.lastCode;
    }
    // An app does not know what was shown before: its holder waits for the next code, mostly.
    const step = random.chance(0.8) ? await this.#freshStep() : this.#step;
    this.#usedStep = Math.max(step, this.#usedStep);
    this.lastCode = { code: totpCode(secret, step), totp: { secret, step } };
    return this.lastCode;
  }

  #wrongCode(turn: number): string {
    return this.secret === undefined ? String(turn).padStart(6, "0") : wrongTotpCode(this.secret, this.#step, turn);
  }

  get #step(): number {
    return totpStepAt(this.#world.time.now());
  }

  async #freshStep(): Promise<number> {
    const { time, random } = this.#world;
    if (this.#step <= this.#usedStep)
      await time.sleep((this.#usedStep + 1) * STEP_MS - time.now() + random.between(500, 5_000));
    return this.#step;
  }

  /** Asks for something once, or twice at once as by a double click; gives back what it was told. */
  async #once(ask: () => Told): Told {
    const told = await Promise.all(this.#world.random.chance(0.3) ? [ask(), ask()] : [ask()]);
    return told.find((each) => each?.kind === "done") ?? told[0];
  }

  /** What a sign-in comes to: a session, or the second factor that is asked for first. */
  async #enters(told: Answer | undefined): Promise<boolean> {
    if (told?.kind !== "done") return false;
    const { secondFactor } = told.body as { readonly secondFactor?: { readonly challengeId: string } };
    if (secondFactor === undefined) return this.#keeps(told);
    await this.#clients.pause(500, 20_000);
    if (this.#stranger) {
      if (this.lastCode !== undefined) await this.replays(secondFactor.challengeId, this.lastCode);
      const tries = Array.from({ length: 6 }, (_, turn) =>
        this.replays(secondFactor.challengeId, { code: this.#wrongCode(turn) }),
      );
      await Promise.all(tries);
      return false;
    }
    const { secret } = this;
    const isLifted = this.#world.random.chance(0.2) && (await this.losesSecondFactor());
    // The app shows its codes all the same.
    if (isLifted) this.secret = secret;
    const isIn = await this.answers(secondFactor.challengeId);
    if (isLifted) this.secret = undefined;
    return isIn;
  }

  #keeps({ body }: Extract<Answer, { kind: "done" }>): boolean {
    const { user, session, tokens, deviceToken } = body as {
      readonly user: { readonly id: string };
      readonly session: { readonly id: string };
      readonly tokens: Tokens;
      readonly deviceToken?: string;
    };
    this.#deviceToken = deviceToken ?? this.#deviceToken;
    const own = { sessionId: session.id, userId: user.id, tokens };
    const before = this.sessions.findIndex(({ sessionId }) => sessionId === session.id);
    if (before === -1) this.sessions.push(own);
    else this.sessions[before] = own;
    return true;
  }

  async #asksForMail(flow: Flow, input: JsonObject, asked: AccountAsked): Promise<string | undefined> {
    const told = await this.#asks(flow, input, asked);
    return told?.kind === "accepted" ? this.#challengeOf(told.operationId) : undefined;
  }

  #challengeOf(operationId: string): string {
    const { derivation } = this.#world;
    return challengeIdOf(derivation, derivation.currentKid, operationId);
  }

  /** The link of a challenge, when its mail has come; a stranger waits for none. */
  async #linkOf(challengeId: string, email = this.email): Promise<string | undefined> {
    const { time, mails, derivation } = this.#world;
    for (let waitMs = 1_000; waitMs < 5 * MINUTE_MS && !this.#stranger; waitMs *= 2) {
      await time.sleep(waitMs);
      const link = mails
        .filter(({ to, arrivesAt }) => to === email && arrivesAt <= time.now())
        .flatMap((mail) => mail.link ?? [])
        .find((each) => readChallengeToken(derivation, each)?.challengeId === challengeId);
      if (link !== undefined) return link;
    }
    return undefined;
  }

  #asksSignedIn(flow: Flow, input: JsonObject, asked: AccountAsked): Told {
    const { userId, sessionId } = this.session ?? {};
    if (userId === undefined) return Promise.resolve(undefined);
    return this.#asks(flow, { ...input, userId }, { ...asked, userId, ofSession: sessionId }, userId);
  }

  #asks(flow: Flow, input: JsonObject, asked: AccountAsked, userId?: string): Told {
    const { random, derivation } = this.#world;
    this.#salt += 1;
    const key = random.chance(0.7) ? keyFor(`${this.#name} ${this.#salt}`) : undefined;
    const caller = userId === undefined ? NOBODY : ({ kind: "user", userId } as const);
    const device = this.#deviceToken === undefined ? undefined : readDeviceToken(derivation, this.#deviceToken);
    const about = { email: this.email, ...asked, ...(this.#stranger && { byStranger: true as const }) };
    const ask = { flow, input, caller, key, ip: this.#ip, userAgent: this.#userAgent, device };
    return this.#clients.insist("account", ask, { account: about });
  }
}
