import { beforeEach, describe, expect, it } from "@jest/globals";
import { type MemoryItemStore, memoryItemStore } from "@lanyard/storage";
import { accountAt } from "./testing/email-changes.ts";
import { operation, ownIdOf, START_MS, signIn } from "./testing/sign-ins.ts";
import { updateProfile } from "./update-profile.ts";
import { userStore } from "./user-store.ts";

let store: MemoryItemStore;
let userId: string;
beforeEach(async () => {
  store = memoryItemStore();
  ({ userId } = await signIn(store, operation(1), "ada@example.com"));
});

const time = (seconds: number): string => new Date(START_MS + seconds * 1000).toISOString();
/** Runs the command for an operation that was received so many seconds after noon. */
async function update(
  number: number,
  input: { readonly displayName?: string | null; readonly wantedLocale?: "en" | "de" | null },
  { received = number, at = received, of = userId }: { received?: number; at?: number; of?: string } = {},
) {
  const handler = updateProfile({ users: userStore(store), now: () => time(at) });
  return handler.run({
    operationId: operation(number),
    writtenBy: `${operation(number)}/${handler.command.name}`,
    input: { userId: of, ...input },
    caller: { kind: "user", userId: of },
    client: { ip: "192.0.2.7" },
    derivationKid: "k1",
    receivedAt: time(received),
    cursor: undefined,
    deriveUuid: () => "",
  });
}
const profile = async () => {
  const { displayName, locale } = await accountAt(store, userId);
  return { displayName, locale };
};
const told = (fields: readonly string[], at: number) => [
  { type: "user.profileChanged", occurredAt: time(at), data: { userId, fields } },
];

describe("a change of a profile", () => {
  it("sets what is given, takes away what is null, and leaves what is absent", async () => {
    expect(await update(2, { displayName: "Ada", wantedLocale: "de" })).toEqual({
      kind: "done",
      output: { profile: { displayName: "Ada", locale: "de" } },
      events: told(["displayName", "locale"], 2),
    });
    expect(await update(3, { displayName: null })).toEqual({
      kind: "done",
      output: { profile: { locale: "de" } },
      events: told(["displayName"], 3),
    });
    expect(await profile()).toEqual({ displayName: undefined, locale: "de" });
    expect(await update(4, { wantedLocale: null })).toMatchObject({ output: { profile: {} } });
    expect(await accountAt(store, userId)).not.toHaveProperty("locale");
  });

  it("of nothing writes nothing, tells of nothing, and says what stands", async () => {
    await update(2, { displayName: "Ada" });
    const written = store.dump();

    expect(await update(3, {})).toEqual({ kind: "done", output: { profile: { displayName: "Ada" } }, events: [] });
    expect(store.dump()).toEqual(written);
  });

  it("that comes again says the same of itself, writes nothing and undoes nothing", async () => {
    const once = await update(2, { displayName: "Ada" });
    expect(await update(2, { displayName: "Ada" }, { at: 600 })).toEqual(once);
    await update(3, { displayName: "Countess" });
    const written = store.dump();

    expect(await update(2, { displayName: "Ada" }, { at: 900 })).toMatchObject({ events: told(["displayName"], 2) });
    expect(store.dump()).toEqual(written);
  });

  it("tells one time though two copies of its message are at it by different clocks", async () => {
    const copies = await Promise.all([5, 3, 900].map((at) => update(2, { displayName: "Ada" }, { at })));
    expect(new Set(copies.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(await update(2, { displayName: "Ada" })).toEqual(copies[0]);
  });

  it("that comes late changes only what nobody changed after it was asked for", async () => {
    await update(5, { displayName: "Countess" });
    const late = await update(2, { displayName: "Ada", wantedLocale: "de" }, { at: 600 });

    expect(late).toMatchObject({ output: { profile: { displayName: "Countess", locale: "de" } } });
    expect(late.events).toEqual(told(["locale"], 600));
    expect(await update(3, { displayName: "Augusta" }, { at: 700 })).toMatchObject({ kind: "done", events: [] });
    expect(await profile()).toEqual({ displayName: "Countess", locale: "de" });
  });

  it("is one of sixteen at once: the one received last stands, and none is lost", async () => {
    await Promise.all(Array.from({ length: 16 }, (_, index) => update(index + 2, { displayName: `Ada ${index}` })));

    expect(await profile()).toMatchObject({ displayName: "Ada 15" });
  });

  it("leaves everything else of the account as it is", async () => {
    const before = await accountAt(store, userId);
    await update(2, { displayName: "Ada" });
    const { displayName: _, profileChanges, ...after } = await accountAt(store, userId);

    expect(after).toEqual(before);
    expect(profileChanges).toHaveLength(1);
  });

  it("is an account's alone", async () => {
    const nobody = ownIdOf(operation(77));
    expect(await update(2, { displayName: "Ada" }, { of: nobody })).toMatchObject({ code: "account_required" });
    expect(await userStore(store).load(nobody)).toBeUndefined();
  });
});
