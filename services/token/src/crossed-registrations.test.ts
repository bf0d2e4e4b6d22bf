import { describe, expect, it } from "@jest/globals";
import type { ItemStore } from "@lanyard/storage";
import { type Result, underTest } from "./testing/challenges-under-test.ts";

const owners = "$argon2id$v=19$m=19456,t=2,p=1,keyid=azE$c2FsdA$b3duZXI";
const strangers = "$argon2id$v=19$m=19456,t=2,p=1,keyid=azE$c2FsdA$c3RyYW5nZXI";
const asking = (passwordHash: string, count: number, minutes = 0) => ({ passwordHash, isShort: false, count, minutes });
const passwordOf = (result: Result): unknown =>
  result.kind === "done" ? (result.output["chosenPasswordHash"] ?? "none") : result.kind;

describe("two registrations of one address", () => {
  it("with different passwords bring none, whichever is answered, by link or by code", async () => {
    for (const answered of [0, 1]) {
      for (const by of ["link", "code"]) {
        const system = underTest();
        const both = [
          await system.ask("registration", asking(strangers, 1)),
          await system.ask("registration", asking(owners, 2)),
        ];
        const { token = "", challengeId = "", code = "" } = both[answered] ?? {};
        const result = by === "link" ? await system.byLink(token) : await system.byCode(challengeId, code);

        expect(result).toMatchObject({ kind: "done", output: { email: "ada@example.com" } });
        expect(passwordOf(result)).toBe("none");
        expect(JSON.stringify(result)).not.toContain("argon2id");
      }
    }
  });

  it("with one password bring it, as somebody does who asks twice", async () => {
    const system = underTest();
    await system.ask("registration", asking(owners, 1));
    const { token } = await system.ask("registration", asking(owners, 2));

    expect(passwordOf(await system.byLink(token))).toBe(owners);
  });

  it("bring what was chosen when the first was over before the second was asked for", async () => {
    const system = underTest();
    await system.ask("registration", asking(strangers, 1));
    const { token } = await system.ask("registration", asking(owners, 2, 60));

    expect(passwordOf(await system.byLink(token, { minutes: 61 }))).toBe(owners);
  });

  it("of two addresses know nothing of each other", async () => {
    const system = underTest();
    await system.ask("registration", { ...asking(strangers, 1), email: "bob@example.com" });
    const { token } = await system.ask("registration", asking(owners, 2));

    expect(passwordOf(await system.byLink(token))).toBe(owners);
  });

  it("cross from when the second is said to come, before its password is hashed", async () => {
    const system = underTest();
    const { token } = await system.ask("registration", asking(strangers, 1));
    await system.note({ count: 2 });

    expect(passwordOf(await system.byLink(token))).toBe("none");
  });

  it("bring none when an answer finds its challenge only after it has looked for others", async () => {
    let hidden = 0;
    const wrap = (store: ItemStore): ItemStore => ({
      ...store,
      async load(key) {
        if (key.sk !== "challenge" || hidden === 0) return store.load(key);
        hidden -= 1;
        return undefined;
      },
    });
    const system = underTest({ wrap });
    const { token } = await system.ask("registration", asking(strangers, 1));
    await system.ask("registration", asking(owners, 2));
    hidden = 1;

    expect(passwordOf(await system.byLink(token))).toBe("none");
  });

  it("keep what was decided when the answer came: it is said again, whatever has come since", async () => {
    const alone = underTest();
    const { token } = await alone.ask("registration", asking(owners, 1));
    await alone.byLink(token);
    await alone.ask("registration", asking(strangers, 2, 2));
    expect(passwordOf(await alone.byLink(token))).toBe(owners);

    const crossed = underTest();
    const first = await crossed.ask("registration", asking(owners, 1));
    await crossed.ask("registration", asking(strangers, 2));
    const answer = () => crossed.byCode(first.challengeId, first.code);
    await answer();
    for (const { key } of crossed.store.dump()) {
      const listed = key.sk === "registrations" ? await crossed.store.load(key) : undefined;
      if (listed === undefined) continue;
      await crossed.store.replace(listed, { registrations: [] }, { writtenBy: "the end of its time" });
    }
    expect(passwordOf(await answer())).toBe("none");
  });
});

describe("registrations of one address, all at once", () => {
  it.each([2, 16, 24])("%d of them with as many passwords bring none, whichever is answered", async (count) => {
    const system = underTest();
    const indexes = Array.from({ length: count }, (_, index) => index);
    const asked = await Promise.all(
      indexes.map((index) => system.ask("registration", asking(`${strangers}${index}`, index))),
    );
    const answers = await Promise.all(asked.map(({ token }, index) => system.byLink(token, { count: 100 + index })));

    expect(new Set(answers.map(passwordOf))).toEqual(new Set(["none"]));
  });

  it("of which the owner's was pushed off the list by a stranger's bring none", async () => {
    const system = underTest();
    const own = await system.ask("registration", asking(owners, 1));
    const others = [];
    for (let count = 2; count < 30; count += 1) others.push(await system.ask("registration", asking(strangers, count)));
    const answers = [own, ...others].map(({ token }, index) => system.byLink(token, { count: 100 + index }));

    expect(new Set((await Promise.all(answers)).map(passwordOf))).toEqual(new Set(["none"]));
  });
});

describe("what is kept of a registration", () => {
  it("is neither address nor hash, and lasts longer than what it is about", async () => {
    const system = underTest();
    await system.note();
    await system.ask("registration", asking(owners, 1));
    const [kept] = system.store.dump().filter(({ key }) => key.sk === "registrations");

    expect(JSON.stringify(kept)).not.toMatch(/ada|argon2id|b3duZXI/);
    expect(kept?.value["registrations"]).toEqual([
      {
        challengeId: expect.any(String),
        from: "2026-11-21T12:00:00.000Z",
        until: "2026-11-21T13:00:00.000Z",
        passwordTag: expect.stringMatching(/^[\w-]{43}$/),
      },
    ]);
    expect(kept?.ttlEpochSeconds).toBeGreaterThan(Date.parse("2026-11-22T13:00:00.000Z") / 1000);
  });

  it("stands before anybody has its link, and once, although its worker stopped before or after the write", async () => {
    for (const side of ["before", "after"]) {
      const stop = { at: "" };
      const written: string[] = [];
      const wrap = (store: ItemStore): ItemStore => ({
        ...store,
        async putIfAbsent(key, ...given) {
          const isMeant = key.sk === "registrations";
          if (isMeant && stop.at === "before") throw new Error("stopped");
          const outcome = await store.putIfAbsent(key, ...given);
          written.push(key.sk);
          if (isMeant && stop.at === "after") throw new Error("stopped");
          return outcome;
        },
      });
      const system = underTest({ wrap });
      stop.at = side;
      await expect(system.ask("registration", asking(owners, 1))).rejects.toThrow("stopped");
      stop.at = "";
      const { token } = await system.ask("registration", asking(owners, 1));

      expect(written).toEqual(["registrations", "challenge"]);
      expect(passwordOf(await system.byLink(token))).toBe(owners);
    }
  });
});
