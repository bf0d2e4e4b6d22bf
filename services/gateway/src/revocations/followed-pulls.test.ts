import { describe, expect, it } from "@jest/globals";
import { DependencyUnavailable } from "@lanyard/aws";
import { silentLog } from "@lanyard/messaging";
import { virtualClock } from "@lanyard/messaging/testing";
import { type ItemStore, memoryItemStore } from "@lanyard/storage";
import { pullOf, putPull } from "../testing/pulled-sessions.ts";
import { RevocationView } from "./revocation-view.ts";

function setUp(wrap: (store: ItemStore) => ItemStore = (store) => store) {
  const clock = virtualClock();
  const store = memoryItemStore();
  const told: number[] = [];
  const view = new RevocationView({
    sessionTable: wrap(store),
    clock,
    log: silentLog,
    onPull: ({ number }) => void told.push(number),
  });
  return { clock, store, view, told };
}

describe("the pulls of the andon cord", () => {
  const all = { kind: "all" } as const;
  const standing = (view: RevocationView) => view.pulls.index.check({ ...ofToken, stamp: 0 }).kind;
  const ofToken = {
    userId: "5f0c8a54-3c1e-4c0b-9a55-2f6f3c1d7e90",
    userKind: "anonymous",
    method: "anonymous",
    openedAtSeconds: 0,
    address: { kind: "not-read" },
  } as const;

  it("are known after the first read, and those that came since after the next", async () => {
    const { store, view, told } = setUp();
    await putPull(store, pullOf(1, { kind: "accounts" }));
    await view.catchUp();
    expect([view.pulls.index.newest, standing(view)]).toEqual([1, "stands"]);
    await putPull(store, pullOf(2, all));
    await view.catchUp();

    expect([view.pulls.index.newest, standing(view)]).toEqual([2, "void"]);
    expect(told).toEqual([1, 2]);
  });

  it("are followed: within a second they are known", async () => {
    const { clock, store, view } = setUp();
    await view.catchUp();
    view.start();
    await putPull(store, pullOf(1, all));
    await clock.advance(999);
    expect(standing(view)).toBe("stands");
    await clock.advance(1);
    expect(standing(view)).toBe("void");

    await view.stop();
  });

  it.each([
    ["pulls", (pk: string) => pk === "pulls"],
    ["one shard of the log", (pk: string) => pk === "revocations#3"],
  ])(
    "and the log grow old together: nobody is let in once %s could not be read for five seconds",
    async (_, isDown) => {
      let down = false;
      const { clock, view } = setUp((inner) => ({
        ...inner,
        list: (pk, ...args) =>
          down && isDown(pk)
            ? Promise.reject(new DependencyUnavailable("dynamodb", new Error("down")))
            : inner.list(pk, ...args),
      }));
      await view.catchUp();
      view.start();
      down = true;
      await clock.advance(5000);
      expect(view.isStale).toBe(false);
      await clock.advance(1);
      expect(view.isStale).toBe(true);

      await view.stop();
    },
  );
});
