import {
  emailClaimItem,
  knownDevicesItem,
  passwordItem,
  secondFactorChallengeItem,
  secondFactorItem,
  sessionItem,
  userEmailItem,
  userItem,
} from "@lanyard/contracts";
import { parseKeyring, sealing } from "@lanyard/secrets";
import { secondFactorChallengeIdOf } from "@lanyard/session-manager";
import { typedItems } from "@lanyard/storage";
import { cheapHashing } from "./cheap-hashing.ts";
import { derived, earlier, type Scenario } from "./crashing-system.ts";

type Prepare = NonNullable<Scenario["prepare"]>;

const MINUTE = 60_000;
export const userId = "0b6f6a3e-7a0e-8f5b-9c1d-2e3f4a5b6c7d";
export const sessionId = "1c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
export const otherSessionId = "2c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
const deviceId = "3c7a7b4f-8b1f-8a6c-8d2e-3f4a5b6c7d8e";
export const email = "ada@example.com";
export const password = "correct horse battery";
/** RFC 6238, appendix B. */
export const totpSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
export const waitingId = secondFactorChallengeIdOf(derived, "k1", earlier);
export const backupCode = "ABCDE-FGHJK";

export const sealed = sealing(parseKeyring(`k1:${Buffer.alloc(32, 7).toString("base64url")}`));
export const hash = await cheapHashing(derived).hash(password, { operationId: earlier, kid: "k1" });
const sealedSecret = await sealed.seal(totpSecret, `user/${userId}/totp`);
const backupHash = derived.bytes("k1", "backup-code-hash", userId, backupCode.replace("-", "")).toString("base64url");
const writtenBy = earlier;
const at = (now: number, ms: number): string => new Date(now + ms).toISOString();
const failures = { count: 0, counted: [] };

/** Several things that stand, one after the other. */
export const all =
  (...prepared: readonly Prepare[]): Prepare =>
  async (tableOf, now) => {
    for (const prepare of prepared) await prepare(tableOf, now);
  };

/** An account with an address, signed in on one device by two sessions. */
export const withAccount: Prepare = async (tableOf, now) => {
  const identity = tableOf("identity");
  const createdAt = at(now, -60 * MINUTE);
  const claim = { email, userId, claimedAt: createdAt, operationId: earlier };
  await typedItems(identity, emailClaimItem).putIfAbsent(claim, [email], { writtenBy });
  const user = { userId, userKind: "account", email, createdAt } as const;
  await typedItems(identity, userItem).putIfAbsent(user, [userId], { writtenBy });
  const carried = { userId, email, since: createdAt };
  await typedItems(identity, userEmailItem).putIfAbsent(carried, [userId, email], { writtenBy });
  for (const id of [sessionId, otherSessionId]) {
    const session = {
      ...({ sessionId: id, userId, userKind: "account", method: "password", deviceId } as const),
      ...{ openedAt: at(now, -30 * MINUTE), expiresAt: at(now, 24 * 60 * MINUTE), generation: 1, pull: 0 },
      ...{ amr: ["pwd"], rotations: [] },
    };
    await typedItems(tableOf("session"), sessionItem).putIfAbsent(session, [userId, id], { writtenBy });
  }
  const devices = [{ deviceId, seenAt: createdAt, client: {} }];
  const known = { userId, devices, countries: [], forgotten: [] };
  await typedItems(tableOf("session"), knownDevicesItem).putIfAbsent(known, [userId], { writtenBy });
};

export const withPassword: Prepare = async (tableOf, now) => {
  const set = at(now, -60 * MINUTE);
  const standing = { userId, hash, setBy: earlier, setAt: set, receivedAt: set, isShort: false, changes: [] };
  await typedItems(tableOf("identity"), passwordItem).putIfAbsent(standing, [userId], { writtenBy });
};

/** One that opens nothing without a second factor beside it. */
export const withShortPassword: Prepare = async (tableOf, now) => {
  const set = at(now, -60 * MINUTE);
  const standing = { userId, hash, setBy: earlier, setAt: set, receivedAt: set, isShort: true, changes: [] };
  await typedItems(tableOf("identity"), passwordItem).putIfAbsent(standing, [userId], { writtenBy });
};

/** A secret that was shown, and is not proven yet. */
export const withPendingSecret: Prepare = async (tableOf, now) => {
  const pending = { sealedSecret, operationId: earlier, receivedAt: at(now, -MINUTE) };
  const item = { userId, pending, backupCodes: [], accepted: [], failures, changes: [] };
  await typedItems(tableOf("identity"), secondFactorItem).putIfAbsent(item, [userId], { writtenBy });
};

export const withSecondFactor: Prepare = async (tableOf, now) => {
  const enabled = { enabledAt: at(now, -30 * MINUTE), enabledBy: earlier };
  const item = {
    ...{ userId, totp: { sealedSecret, ...enabled, lastStep: 0 }, backupCodes: [{ hash: backupHash }] },
    ...{ backupCodesBy: earlier, kid: "k1", accepted: [], failures, changes: [] },
  };
  await typedItems(tableOf("identity"), secondFactorItem).putIfAbsent(item, [userId], { writtenBy });
};

/** Its password was right a minute ago, and the second factor is asked for. */
export const withWaitingSignIn: Prepare = async (tableOf, now) => {
  const waiting = {
    ...({ challengeId: waitingId, userId, method: "password", passwordVersion: earlier } as const),
    ...{ createdAt: at(now, -MINUTE), expiresAt: at(now, 9 * MINUTE), attempts: [] },
  };
  await typedItems(tableOf("identity"), secondFactorChallengeItem).putIfAbsent(waiting, [waitingId], { writtenBy });
};
