import { describe, expect, it } from "@jest/globals";
import { type PasswordAccount, passwordAccount, right, userId } from "./testing/password-account.ts";
import { type PasswordCommands, passwordCommands } from "./testing/password-commands.ts";
import { operation } from "./testing/sign-ins.ts";
import { dyingAt } from "./testing/troubled-table.ts";

let on: PasswordAccount;

describe("a worker that dies at any call and begins anew", () => {
  const steps = {
    "in a sign-in with the right password": (of: PasswordCommands) => on.verify(50, right, 100, of),
    "in a sign-in with the right password, whose hash is old": (of: PasswordCommands) => on.verify(50, right, 100, of),
    "in a sign-in with a wrong password": (of: PasswordCommands) => on.verify(50, "wrong", 100, of),
    "in a check of the password": (of: PasswordCommands) =>
      of.check({ operationId: operation(50), receivedAt: 100 }, { userId, currentPassword: right }),
    "in setting one": async (of: PasswordCommands) => {
      const delivery = { operationId: operation(50), receivedAt: 100 };
      const hashed = await of.hash(delivery, { password: "another horse battery" });
      return of.set(delivery, { userId, how: "reset", ...(hashed.kind === "done" && hashed.output) });
    },
    "in a registration": async (of: PasswordCommands) => {
      const delivery = { operationId: operation(50), receivedAt: 100 };
      const hashed = await of.hash(delivery, { password: right });
      const chosenPasswordHash = hashed.kind === "done" && hashed.output["passwordHash"];
      return of.ensure(delivery, { email: "eve@example.com", chosenPasswordHash, chosenIsShort: false });
    },
    "in finding whose password a reset sets": (of: PasswordCommands) =>
      of.ensure({ operationId: operation(50), receivedAt: 100 }, { email: "eve@example.com" }),
    "in suspending one": (of: PasswordCommands) =>
      of.suspend({ operationId: operation(50), receivedAt: 100 }, { userId, reportedMethod: "password" }),
  };
  const over = (store: Parameters<typeof passwordCommands>[0], name: string) =>
    passwordCommands(store, name.includes("old") ? { kids: ["k2", "k1"] } : {});

  it.each(Object.keys(steps))("%s, ends as if nothing had happened", async (name) => {
    const step = steps[name as keyof typeof steps];
    const prepared = async () => {
      on = await passwordAccount();
      await on.setTo(1, right);
      await on.verify(2, "wrong");
    };
    await prepared();
    const whole = await step(over(on.table, name));
    const left = on.table.dump();
    let deaths = 0;
    for (const side of ["before", "after"] as const) {
      for (let nth = 1; nth < 30; nth += 1) {
        await prepared();
        const died = await step(over(dyingAt(on.table, nth, side), name)).then(
          () => false,
          () => true,
        );
        if (died) deaths += 1;
        expect(await step(over(on.table, name))).toEqual(whole);
        expect(on.table.dump().map(({ key, value }) => ({ key, value }))).toEqual(
          left.map(({ key, value }) => ({ key, value })),
        );
      }
    }
    expect(deaths).toBeGreaterThanOrEqual(4);
    expect(deaths).toBeLessThan(50);
  });
});
