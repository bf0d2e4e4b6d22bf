import { describe, expect, it } from "@jest/globals";
import { challengeKind } from "@lanyard/contracts";
import type { ItemStore } from "@lanyard/storage";
import { codeOf, type Result, tally, underTest } from "./testing/challenges-under-test.ts";

const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
const passwordHash = "$argon2id$v=19$m=19456,t=2,p=1,keyid=k1$c2FsdA$aGFzaA";
/** Each asked for with all that any kind may bind. */
const everything = { userId, passwordHash, isShort: true };
const kinds = challengeKind.options;
type Kind = (typeof kinds)[number];
type System = ReturnType<typeof underTest>;
const challengesOf = ({ store }: System) => store.dump().filter(({ key }) => key.sk === "challenge");

/** Every command that takes the token of a link, and the kinds it is for. */
const ways: readonly {
  readonly name: string;
  readonly takes: readonly Kind[];
  readonly spend: (system: System, token: string) => Promise<Result>;
}[] = [
  { name: "consumeMagicLink", takes: ["magic_link", "registration"], spend: (system, token) => system.byLink(token) },
  { name: "consumePasswordReset", takes: ["password_reset"], spend: (system, token) => system.byReset(token) },
  { name: "consumeEmailChange", takes: ["email_change"], spend: (system, token) => system.byChange(token) },
];
const prefixes = ["ml_", "pr_", "ec_"];

describe.each(kinds)("a challenge of the kind %s", (kind) => {
  it("is spent by its own command, and by no other, under whichever prefix its token is shown", async () => {
    const system = underTest();
    const { token } = await system.ask(kind, everything);
    const refused = ways.filter(({ takes }) => !takes.includes(kind));
    const spellings = prefixes.map((prefix) => `${prefix}${token.slice(3)}`);
    const answers = [];
    for (const { spend } of refused) for (const each of spellings) answers.push(await spend(system, each));
    for (const { takes, spend } of ways) {
      if (!takes.includes(kind)) continue;
      for (const each of spellings.filter((spelling) => spelling !== token)) answers.push(await spend(system, each));
    }

    expect(tally(answers)).toEqual({ magic_link_invalid: answers.length });
    expect(system.store.dump().filter(({ value }) => value["used"] !== undefined)).toEqual([]);
    const own = ways.find(({ takes }) => takes.includes(kind));
    expect(own === undefined ? token : codeOf(await own.spend(system, token))).toBe(own === undefined ? "" : "done");
  });

  it("has a code exactly when it signs in, and without one every guess is refused as for none at all", async () => {
    const system = underTest();
    const { challengeId, code, token } = await system.ask(kind, everything);
    const signsIn = ["magic_link", "email_otp", "registration"].includes(kind);

    expect(code).toMatch(signsIn ? /^\d{6}$/ : /^$/);
    expect(await system.byCode(challengeId, signsIn ? code : "123456")).toMatchObject(
      signsIn ? { kind: "done" } : { kind: "problem", code: "otp_invalid", extra: { attemptsLeft: 0 }, events: [] },
    );
    const own = ways.find(({ takes }) => takes.includes(kind));
    if (signsIn || own === undefined) return;
    await own.spend(system, token);
    expect(await system.byCode(challengeId, "123456", { count: 201 })).toMatchObject({ code: "otp_invalid" });
  });

  it("is the same when it is asked for twice, and keeps neither token nor the password's hash", async () => {
    const system = underTest();
    const first = await system.ask(kind, everything);
    const all = system.store.dump();
    const [kept] = challengesOf(system);

    expect(await system.ask(kind, everything)).toEqual(first);
    expect(system.store.dump()).toEqual(all);
    expect(challengesOf(system)).toHaveLength(1);
    expect(JSON.stringify(all)).not.toContain("argon2id");
    if (first.token !== "") expect(JSON.stringify(all)).not.toContain(first.token.slice(-40));
    expect(kept?.value["userId"]).toBe(kind === "email_change" ? userId : undefined);
    expect("sealedPasswordHash" in (kept?.value ?? {})).toBe(kind === "registration");
  });
});

describe("the password that waits for a registration", () => {
  const chosen = { email: "ada@example.com", chosenPasswordHash: passwordHash, chosenIsShort: true };

  it("is told by its link and by its code, however often they come", async () => {
    const system = underTest();
    const one = await system.ask("registration", everything);
    const two = await system.ask("registration", { count: 2, ...everything });

    for (const _ of [1, 2]) {
      expect(await system.byLink(one.token)).toMatchObject({ kind: "done", output: chosen });
      expect(await system.byCode(two.challengeId, two.code)).toMatchObject({ kind: "done", output: chosen });
    }
  });

  it("is told to nobody who is refused, and is of no other kind", async () => {
    const system = underTest();
    const { challengeId, code, token } = await system.ask("registration", everything);
    const wrong = await system.byCode(challengeId, code === "000000" ? "000001" : "000000");
    await system.byLink(token);
    const late = await system.byLink(token, { count: 101 });
    const plain = await system.ask("magic_link", { count: 2, ...everything });

    expect(JSON.stringify([wrong, late])).not.toMatch(/argon2id|Hash/);
    expect(await system.byLink(plain.token, { count: 102 })).toMatchObject({ output: { email: "ada@example.com" } });
    expect(JSON.stringify(await system.byLink(plain.token, { count: 102 }))).not.toContain("Hash");
  });

  it("opens in no other challenge, should its box be put there", async () => {
    const system = underTest();
    await system.ask("registration", everything);
    const [first] = challengesOf(system);
    const { token } = await system.ask("registration", { count: 2, ...everything });
    const second = challengesOf(system).find(({ key }) => key.pk !== first?.key.pk);
    if (first === undefined || second === undefined) throw new Error("there are not two");
    const { sealedPasswordHash = null } = first.value;
    const stored = await system.store.load(second.key);
    if (stored === undefined) throw new Error("it is gone");
    await system.store.replace(stored, { ...second.value, sealedPasswordHash }, { writtenBy: "a thief" });

    await expect(system.byLink(token)).rejects.toThrow("does not open here");
  });
});

describe("a change of address", () => {
  it("is of the account that asked for it, for the one operation that spends its link, of sixteen", async () => {
    const system = underTest();
    const { token } = await system.ask("email_change", everything);
    const results = await Promise.all(
      Array.from({ length: 16 }, (_, index) => system.byChange(token, { count: 400 + index })),
    );
    const winner = results.findIndex(({ kind }) => kind === "done");

    expect(tally(results)).toEqual({ done: 1, token_already_used: 15 });
    expect(results[winner]).toMatchObject({ output: { userId, email: "ada@example.com" } });
    expect(await system.byChange(token, { count: 400 + winner, minutes: 1 })).toEqual(results[winner]);
  });
});

describe("a password's reset", () => {
  it("is spent although its worker stopped before or after the write, once", async () => {
    const stop = { at: "" };
    const wrap = (store: ItemStore): ItemStore => ({
      ...store,
      async replace(...given) {
        if (stop.at === "before") throw new Error("stopped");
        const written = await store.replace(...given);
        if (stop.at === "after") throw new Error("stopped");
        return written;
      },
    });
    for (const side of ["before", "after"]) {
      const system = underTest({ wrap });
      stop.at = "";
      const { token } = await system.ask("password_reset");
      stop.at = side;
      await expect(system.byReset(token)).rejects.toThrow("stopped");
      stop.at = "";
      expect(await system.byReset(token)).toMatchObject({ kind: "done", output: { email: "ada@example.com" } });
      expect(codeOf(await system.byReset(token, { count: 301 }))).toBe("token_already_used");
    }
  });

  it("is taken for an hour", async () => {
    const system = underTest();
    const { token } = await system.ask("password_reset");

    expect(codeOf(await system.byReset(token, { minutes: 61 }))).toBe("magic_link_expired");
    expect(codeOf(await system.byReset(token, { minutes: 59, count: 301 }))).toBe("done");
  });
});
