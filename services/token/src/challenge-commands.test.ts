import { describe, expect, it } from "@jest/globals";
import type { ItemStore } from "@lanyard/storage";
import { ChallengeNotYetThere } from "./challenges/challenge-not-yet-there.ts";
import { derivedCodes, type EmailCodes } from "./challenges/email-codes.ts";
import { codeOf, derived, operation, tally, underTest } from "./testing/challenges-under-test.ts";

const otherThan = (code: string, step = 1): string => String((Number(code) + step) % 1_000_000).padStart(6, "0");
const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

describe("a challenge that is asked for twice by one operation", () => {
  it("is the same: id, link, code, times and event", async () => {
    const { ask, store } = underTest();
    const first = await ask("magic_link");

    expect(await ask("magic_link")).toEqual(first);
    expect(store.dump()).toHaveLength(1);
  });

  it("is spent once for all, however often it is asked for again", async () => {
    const { ask, byLink, store } = underTest();
    const { token } = await ask("magic_link");
    await byLink(token);
    await ask("magic_link");

    expect(store.dump()[0]?.value).toMatchObject({
      used: { at: "2026-11-21T12:01:00.000Z", byIp: "192.0.2.7", operationId: operation(100, 1), by: "link" },
    });
    expect(codeOf(await byLink(token, { count: 101 }))).toBe("token_already_used");
  });

  it("keeps neither code nor token", async () => {
    const { ask, store } = underTest();
    const { code, token } = await ask("magic_link");
    const kept = JSON.stringify(store.dump());

    expect(kept).not.toContain(`"${code}"`);
    expect(kept).not.toContain(token);
    expect(kept).not.toContain(token.slice(-40));
  });
});

describe("a link", () => {
  it("is spent by one of sixteen, and that one may ask again", async () => {
    const { ask, byLink } = underTest();
    const { token } = await ask("magic_link");
    const results = await times(16, (index) => byLink(token, { count: index }));
    const winner = results.findIndex((result) => result.kind === "done");

    expect(tally(results)).toEqual({ done: 1, token_already_used: 15 });
    expect(await byLink(token, { count: winner })).toEqual(results[winner]);
    expect(await byLink(token, { count: winner, minutes: 1 })).toMatchObject({ output: { email: "ada@example.com" } });
  });

  it("is taken for an hour", async () => {
    const { ask, byLink } = underTest();
    const { token } = await ask("magic_link");

    expect(codeOf(await byLink(token, { minutes: 61 }))).toBe("magic_link_expired");
    expect(codeOf(await byLink(token, { minutes: 59, count: 101 }))).toBe("done");
  });

  it("with another secret is not valid, before and after the right one was used", async () => {
    const { ask, byLink } = underTest();
    const { token } = await ask("magic_link");
    const bytes = Buffer.from(token.slice(3), "base64url");
    bytes.writeUInt8(bytes.readUInt8(63) ^ 1, 63);
    const forged = `ml_${bytes.toString("base64url")}`;

    expect(codeOf(await byLink(forged))).toBe("magic_link_invalid");
    expect(codeOf(await byLink(token, { count: 101 }))).toBe("done");
    expect(codeOf(await byLink(forged, { count: 102 }))).toBe("magic_link_invalid");
  });
});

describe("a code", () => {
  it("is spent by one of five at once, and that one may ask again", async () => {
    const { ask, byCode } = underTest();
    const { challengeId, code } = await ask("email_otp");
    const results = await times(5, (index) => byCode(challengeId, code, { count: index }));
    const winner = results.findIndex((result) => result.kind === "done");

    expect(tally(results)).toEqual({ done: 1, token_already_used: 4 });
    expect(await byCode(challengeId, code, { count: winner })).toEqual(results[winner]);
  });

  it("and the link of one challenge are one: whichever comes first", async () => {
    const { ask, byCode, byLink } = underTest();
    const seen: Record<string, number> = {};
    for (let count = 0; count < 20; count += 1) {
      const { challengeId, code, token } = await ask("magic_link", { count });
      const both = await Promise.all([
        byLink(token, { count: 1000 + count }),
        byCode(challengeId, code, { count: 2000 + count }),
      ]);
      const key = JSON.stringify(tally(both));
      seen[key] = (seen[key] ?? 0) + 1;
    }

    expect(Object.keys(seen).map((key) => JSON.parse(key))).toEqual([{ done: 1, token_already_used: 1 }]);
  });

  it("is taken for ten minutes", async () => {
    const { ask, byCode } = underTest();
    const { challengeId, code } = await ask("email_otp");

    expect(codeOf(await byCode(challengeId, code, { minutes: 10, count: 201 }))).toBe("otp_expired");
    expect(codeOf(await byCode(challengeId, code, { minutes: 9 }))).toBe("done");
  });
});

describe("wrong codes", () => {
  it("are compared five times of fifty at once", async () => {
    let compared = 0;
    const counting: EmailCodes = {
      ...derivedCodes(derived),
      check: async (...given) => {
        compared += 1;
        return derivedCodes(derived).check(...given);
      },
    };
    const { ask, byCode } = underTest({ codes: counting });
    const { challengeId, code } = await ask("email_otp");
    const results = await times(50, (index) => byCode(challengeId, otherThan(code, index + 1), { count: index }));

    expect(tally(results)).toEqual({ otp_invalid: 5, otp_attempts_exceeded: 45 });
    expect(compared).toBe(5);
    expect(codeOf(await byCode(challengeId, code, { count: 60 }))).toBe("otp_attempts_exceeded");
  });

  it("say how many are left, each its own number, and the same when they come again", async () => {
    const { ask, byCode } = underTest();
    const { challengeId, code } = await ask("email_otp");
    const said = [];
    for (const count of [1, 2, 3, 4, 5, 2]) said.push(await byCode(challengeId, otherThan(code), { count }));

    expect(said.map((result) => ("extra" in result ? result.extra["attemptsLeft"] : undefined))).toEqual([
      4, 3, 2, 1, 0, 3,
    ]);
    expect(said.at(-1)).toEqual(said[1]);
    expect(said[0]).toMatchObject({ events: [{ type: "challenge.guessFailed", data: { attemptsLeft: 4 } }] });
  });

  it("count for the address too: the twenty-first in 24 hours is not compared, at whichever challenge", async () => {
    const { ask, byCode, byLink } = underTest();
    for (let count = 0; count < 4; count += 1) {
      const { challengeId, code } = await ask("email_otp", { count });
      for (let guess = 0; guess < 5; guess += 1)
        await byCode(challengeId, otherThan(code), { count: 100 * (count + 1) + guess });
    }
    const fifth = await ask("magic_link", { count: 5 });

    expect(codeOf(await byCode(fifth.challengeId, fifth.code, { count: 900 }))).toBe("otp_attempts_exceeded");
    // A stranger who guesses does not lock the owner out.
    expect(codeOf(await byLink(fifth.token, { count: 901 }))).toBe("done");
    const nextDay = 24 * 60 + 2;
    const sixth = await ask("email_otp", { count: 6, minutes: nextDay });
    expect(codeOf(await byCode(sixth.challengeId, sixth.code, { count: 902, minutes: nextDay }))).toBe("done");
  });

  it("do not add up when the right one follows: thirty sign-ins a day are no guessing", async () => {
    const { ask, byCode } = underTest();
    for (let count = 0; count < 30; count += 1) {
      const { challengeId, code } = await ask("email_otp", { count });
      expect(codeOf(await byCode(challengeId, code, { count: 100 + count }))).toBe("done");
    }
  });
});

describe("an answer that overtakes its question", () => {
  it("is tried again while the question may still come, and then finds it", async () => {
    const { ask, byCode, byLink } = underTest();
    const elsewhere = await underTest().ask("magic_link");

    await expect(byCode(elsewhere.challengeId, elsewhere.code, { minutes: 0.5 })).rejects.toThrow(ChallengeNotYetThere);
    await expect(byLink(elsewhere.token, { minutes: 0.5 })).rejects.toThrow(ChallengeNotYetThere);
    await ask("magic_link");
    expect(codeOf(await byCode(elsewhere.challengeId, elsewhere.code, { minutes: 0.5 }))).toBe("done");
  });

  it("is refused when the question has not come for a minute", async () => {
    const { byCode, byLink } = underTest();
    const { challengeId, code, token } = await underTest().ask("magic_link");

    expect(codeOf(await byCode(challengeId, code, { minutes: 2 }))).toBe("otp_expired");
    expect(codeOf(await byLink(token, { minutes: 2 }))).toBe("magic_link_invalid");
  });

  it("is refused as soon as the question has not come for a minute, also when it was there in that minute", async () => {
    const { byCode, byLink } = underTest();
    const { challengeId, code, token } = await underTest().ask("magic_link");

    expect(codeOf(await byCode(challengeId, code, { minutes: 0.5, triedAt: 1 }))).toBe("otp_expired");
    expect(codeOf(await byLink(token, { minutes: 0.5, triedAt: 1 }))).toBe("magic_link_invalid");
  });

  it("is refused at once when there can be no such question", async () => {
    const { byCode, byLink } = underTest();

    expect(codeOf(await byCode(`ch_${"0".repeat(32)}${"A".repeat(22)}`, "123456"))).toBe("otp_invalid");
    expect(codeOf(await byLink("ml_x"))).toBe("magic_link_invalid");
  });
});

describe("a right code", () => {
  /** Stops dead before the n-th write. */
  const stopping =
    (after: { writes: number }) =>
    (store: ItemStore): ItemStore => {
      const guarded =
        <Args extends readonly unknown[], R>(write: (...args: Args) => Promise<R>) =>
        async (...args: Args): Promise<R> => {
          if (after.writes === 0) throw new Error("stopped");
          after.writes -= 1;
          return write(...args);
        };
      return { ...store, putIfAbsent: guarded(store.putIfAbsent), replace: guarded(store.replace) };
    };

  it.each([0, 1, 2, 3])("signs in although its worker stopped after %i of its four writes", async (writes) => {
    const after = { writes: Number.POSITIVE_INFINITY };
    const { ask, byCode, store } = underTest({ wrap: stopping(after) });
    const { challengeId, code } = await ask("email_otp");
    after.writes = writes;
    await expect(byCode(challengeId, code)).rejects.toThrow("stopped");
    after.writes = Number.POSITIVE_INFINITY;

    expect(codeOf(await byCode(challengeId, code))).toBe("done");
    expect(store.dump().find(({ key }) => key.sk === "challenge")?.value["attempts"]).toHaveLength(1);
    expect(store.dump().find(({ key }) => key.sk === "attempts")?.value["attempts"]).toEqual([]);
  });
});

describe("the visitor whom a sign-in continues", () => {
  const visitorId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";

  it("is the one that was shown when it was asked for, by link and by code, however often it is told", async () => {
    const { ask, byLink, byCode } = underTest();
    const { token } = await ask("magic_link", { visitorId });
    const { challengeId, code } = await ask("email_otp", { count: 2, visitorId });

    for (const _ of [1, 2]) {
      expect(await byLink(token)).toMatchObject({ kind: "done", output: { email: "ada@example.com", visitorId } });
      expect(await byCode(challengeId, code)).toMatchObject({ kind: "done", output: { visitorId } });
    }
  });

  it("stays the first when the same operation asks with another: a challenge has one", async () => {
    const { ask, byLink } = underTest();
    const { token } = await ask("magic_link", { visitorId });
    await ask("magic_link", { visitorId: "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e" });

    expect(await byLink(token)).toMatchObject({ output: { visitorId } });
  });

  it("is nobody when none was shown, and is told to nobody who is refused", async () => {
    const { ask, byLink, byCode } = underTest();
    const { token } = await ask("magic_link");
    const bound = await ask("email_otp", { count: 2, visitorId });

    expect(await byLink(token)).toMatchObject({ kind: "done", output: { email: "ada@example.com" } });
    expect(JSON.stringify(await byLink(token))).not.toContain("visitorId");
    expect(JSON.stringify(await byCode(bound.challengeId, otherThan(bound.code ?? "")))).not.toContain(visitorId);
    expect(JSON.stringify([bound.output, bound.events])).not.toContain(visitorId);
  });
});

describe("another identity provider", () => {
  it("can issue and check the codes, and mail them itself, behind the same commands", async () => {
    const issued = new Map<string, string>();
    const provider: EmailCodes = {
      async issue({ challengeId }) {
        issued.set(challengeId, "424242");
        return { verifier: `session-of-${challengeId}` };
      },
      check: async ({ challengeId, verifier }, code) =>
        verifier === `session-of-${challengeId}` && issued.get(challengeId) === code,
    };
    const { ask, byCode } = underTest({ codes: provider });
    const asked = await ask("email_otp");

    expect(asked.output).not.toHaveProperty("code");
    expect(codeOf(await byCode(asked.challengeId, "111111", { count: 1 }))).toBe("otp_invalid");
    expect(codeOf(await byCode(asked.challengeId, "424242", { count: 2 }))).toBe("done");
    expect(codeOf(await byCode(asked.challengeId, "424242", { count: 3 }))).toBe("token_already_used");
  });
});
