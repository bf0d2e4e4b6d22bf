import { secondFactorItem } from "@lanyard/contracts";
import type { Sealing } from "@lanyard/secrets";
import {
  changeItem,
  type ItemStore,
  type ItemValue,
  type NextDecision,
  type Stored,
  type TypedItems,
  typedItems,
  type WriteOutcome,
} from "@lanyard/storage";

export type SecondFactor = ItemValue<typeof secondFactorItem>;

/** A second factor with its secrets opened, in base32. */
export interface OpenedSecondFactor {
  readonly item: SecondFactor;
  readonly pendingSecret: string | undefined;
  readonly totpSecret: string | undefined;
}

/** What was decided, and what stands then. */
export interface Changed<Made> {
  readonly decision: Made;
  readonly standing: SecondFactor | undefined;
}

/** The second factors of accounts, one item each. */
export interface SecondFactorStore {
  /** As it stands at this moment. */
  load(userId: string): Promise<SecondFactor | undefined>;
  /** Decides on it as it stands, and again after each lost race. */
  change<Made extends NextDecision<SecondFactor>>(
    userId: string,
    writtenBy: string,
    decide: (current: SecondFactor | undefined) => Made,
  ): Promise<Changed<Made>>;
  /** The same for who has to know the secrets. @throws SealBroken @throws UnknownKey */
  changeOpened<Made extends NextDecision<SecondFactor>>(
    userId: string,
    writtenBy: string,
    decide: (current: OpenedSecondFactor | undefined) => Made,
  ): Promise<Changed<Made>>;
  /** A secret as it rests in the user's item. */
  seal(userId: string, secret: string): Promise<string>;
}

export function secondFactorStore(identityTable: ItemStore, sealing: Sealing): SecondFactorStore {
  const items = typedItems(identityTable, secondFactorItem);
  const placeOf = (userId: string): string => `user/${userId}/totp`;

  const secretIn = async (userId: string, sealed: string | undefined): Promise<string | undefined> =>
    sealed === undefined ? undefined : String(await sealing.open(sealed, placeOf(userId)));
  const opened = async (stored: Stored<SecondFactor>): Promise<Stored<OpenedSecondFactor>> => {
    const { userId, pending, totp } = stored.value;
    const [pendingSecret, totpSecret] = await Promise.all([
      secretIn(userId, pending?.sealedSecret),
      secretIn(userId, totp?.sealedSecret),
    ]);
    return { ...stored, value: { item: stored.value, pendingSecret, totpSecret } };
  };
  const openedOutcome = async (outcome: WriteOutcome<SecondFactor>): Promise<WriteOutcome<OpenedSecondFactor>> =>
    outcome.kind === "lost"
      ? { kind: "lost", stored: outcome.stored && (await opened(outcome.stored)) }
      : { kind: outcome.kind, stored: await opened(outcome.stored) };
  /** The same items, each with its secrets opened on the way out. */
  const openedItems: Pick<TypedItems<OpenedSecondFactor, [user: string]>, "load" | "putIfAbsent" | "replace"> = {
    async load(userId) {
      const stored = await items.load(userId);
      return stored && opened(stored);
    },
    putIfAbsent: async ({ item }, key, options) => openedOutcome(await items.putIfAbsent(item, key, options)),
    replace: async (current, { item }, options) =>
      openedOutcome(await items.replace({ ...current, value: current.value.item }, item, options)),
  };

  return {
    load: async (userId) => (await items.load(userId))?.value,
    async change(userId, writtenBy, decide) {
      const { decision, value } = await changeItem(items, [userId], writtenBy, decide, () => undefined);
      return { decision, standing: value };
    },
    async changeOpened(userId, writtenBy, decide) {
      const { decision, value } = await changeItem(
        openedItems,
        [userId],
        writtenBy,
        (current) => {
          const made = decide(current);
          const { next } = made;
          const secrets = { pendingSecret: current?.pendingSecret, totpSecret: current?.totpSecret };
          return next === undefined
            ? { kind: made.kind, made }
            : { kind: made.kind, made, next: { item: next, ...secrets } };
        },
        () => undefined,
      );
      return { decision: decision.made, standing: value?.item };
    },
    seal: (userId, secret) => sealing.seal(secret, placeOf(userId)),
  };
}
