import {
  accountDone,
  accountHeard,
  chosenBy,
  doneBy,
  hasTokens,
  identityWrites,
  openings,
  type PasswordSet,
  passwordsSet,
} from "./account-evidence.ts";
import { STRANGERS_PASSWORD } from "./account-people.ts";
import { crowded, type Evidence, grouped, type Invariant, SKEW_MS, VIEW_MS, writesOf } from "./evidence.ts";
import { voidSinceOf } from "./pull-evidence.ts";

/** What shows that somebody was let in by a session that was over for them since `at`. */
function letIn({ clients }: Evidence, sessionId: string, at: number): readonly string[] {
  const firstAsked = new Map<string, number>();
  for (const { key, askedAt } of clients.heard)
    if (key !== undefined) firstAsked.set(key, Math.min(firstAsked.get(key) ?? askedAt, askedAt));
  return clients.heard.flatMap(({ what, sessionId: of, key, askedAt, answer }) => {
    if (of !== sessionId) return [];
    const asked = key === undefined ? askedAt : (firstAsked.get(key) ?? askedAt);
    if (what === "access" && answer.kind === "admitted" && askedAt > at + VIEW_MS)
      return [`${sessionId} was admitted ${askedAt - at} ms later`];
    return what === "refresh" && answer.kind === "done" && asked > at
      ? [`${sessionId} was refreshed ${asked - at} ms later`]
      : [];
  });
}

/** When each new password was told to be set, by the operation that did. */
const toldSet = (
  evidence: Evidence,
): ReadonlyMap<string, { readonly at: number; readonly except: string | undefined }> => {
  const told = new Map<string, { readonly at: number; readonly except: string | undefined }>();
  for (const { account, answer, heardAt } of doneBy(evidence, "reset", "change-password")) {
    const except = account.act === "reset" ? undefined : account.ofSession;
    if (!told.has(answer.operationId)) told.set(answer.operationId, { at: heardAt, except });
  }
  return told;
};

interface RegistrationState {
  readonly challengeId: string;
  readonly email: string;
  readonly createdAt: string;
  readonly used?: { readonly isCrossed?: true };
}

/** How long a registration is open, and some more. */
const REGISTRATION_MS = 3_660_000;

interface FailuresState {
  readonly count: number;
  readonly counted: readonly { readonly operationId: string; readonly count: number }[];
}

const SAYS_WRONG = new Set(["credentials_invalid"]);

/** What is true of accounts and their passwords. */
export const accountInvariants: readonly Invariant[] = [
  {
    name: "a password opens only the account whose owner has chosen it",
    violations(evidence) {
      const chosen = chosenBy(evidence);
      const unchosen = new Set(
        doneBy(evidence, "link").flatMap(({ account, answer }) =>
          account.password === undefined ? [answer.operationId] : [],
        ),
      );
      const versionOf = new Map(
        openings(evidence).map(({ operationId, passwordVersion }) => [operationId, passwordVersion]),
      );
      return doneBy(evidence, "password").flatMap(({ account, answer }) => {
        if (account.password === STRANGERS_PASSWORD) return [`${answer.operationId} got in by what nobody has proven`];
        const version = versionOf.get(answer.operationId);
        if (version !== undefined && unchosen.has(version))
          return [`${answer.operationId} got in by what came with a mail of somebody else`];
        const right = version === undefined ? undefined : chosen.get(version);
        return right !== undefined && right !== account.password
          ? [`${answer.operationId} got in by ${account.password}, which is not ${right}`]
          : [];
      });
    },
  },
  {
    name: "a chosen password is dropped only where its address was registered twice",
    violations(evidence) {
      const asked = accountHeard(evidence).filter(({ account }) => account.act === "register");
      return writesOf(evidence, "token", "challenge#").flatMap(({ value }) => {
        const { challengeId, email, createdAt, used } = value as unknown as RegistrationState;
        if (used?.isCrossed !== true) return [];
        const began = Date.parse(createdAt);
        const open = asked.filter(
          ({ account, receivedAt }) => account.email === email && Math.abs(receivedAt - began) < REGISTRATION_MS,
        );
        const operations = new Set(
          open.map(({ answer }) => ("operationId" in answer ? answer.operationId : "unknown")),
        );
        return operations.size > 1 ? [] : [`${challengeId} was crossed by none`];
      });
    },
  },
  {
    name: "once a new password was told, no session of before lets anybody in",
    violations(evidence) {
      const told = toldSet(evidence);
      const all = openings(evidence);
      const found: string[] = [];
      for (const { at, userId, setBy, suspended } of passwordsSet(evidence)) {
        const since = told.get(setBy);
        if (since === undefined || suspended) continue;
        for (const opening of all) {
          if (opening.userId !== userId || opening.at > at || opening.sessionId === since.except) continue;
          found.push(...letIn(evidence, opening.sessionId, since.at));
        }
      }
      return found;
    },
  },
  {
    name: "nobody gets tokens by a password that was replaced before their session stood",
    violations(evidence) {
      const sets = passwordsSet(evidence);
      const answered = new Set(
        accountDone(evidence)
          .filter(hasTokens)
          .map(({ answer }) => answer.operationId),
      );
      return openings(evidence).flatMap(({ userId, operationId, sessionId, passwordVersion, at }) => {
        if (passwordVersion === undefined) return [];
        const own = sets.findLast((set) => set.userId === userId && set.at <= at);
        const isReplaced = own !== undefined && (own.setBy !== passwordVersion || own.suspended);
        if (!isReplaced) return [];
        return [
          ...(answered.has(operationId) ? [`${operationId} was given tokens`] : []),
          ...letIn(evidence, sessionId, 0),
        ];
      });
    },
  },
  {
    name: "a password that was asked for earlier never takes the place of a later one",
    violations(evidence) {
      const last = new Map<string, PasswordSet>();
      const resets = new Set(doneBy(evidence, "reset").map(({ answer }) => answer.operationId));
      const changed = new Map(
        doneBy(evidence, "change-password").map(({ answer, account }) => [answer.operationId, account]),
      );
      const chosen = chosenBy(evidence);
      return passwordsSet(evidence).flatMap((set) => {
        const { userId, receivedAt, setBy } = set;
        const before = last.get(userId);
        last.set(userId, set);
        if (before === undefined || before.setBy === setBy) return [];
        if (resets.has(setBy) && receivedAt < before.receivedAt)
          return [`${setBy} was set over a later one of ${userId}`];
        // Of a change the one that it replaces is named: their order is not a matter of time.
        const replaced = chosen.get(before.setBy);
        const change = changed.get(setBy);
        return change !== undefined && replaced !== undefined && change.oldPassword !== replaced
          ? [`${setBy} was set over ${replaced}, in place of ${change.oldPassword ?? "none"}`]
          : [];
      });
    },
  },
  {
    name: "every password that is tried is counted once, one after the other",
    violations(evidence) {
      const found: string[] = [];
      const last = new Map<string, FailuresState>();
      const countedIn = new Map<string, Set<string>>();
      for (const { table, key, value } of evidence.world.writes) {
        if (table !== "identity" || !key.sk.startsWith("password-failures#")) continue;
        const name = `${key.pk} ${key.sk}`;
        const before = last.get(name);
        const state = value as unknown as FailuresState;
        last.set(name, state);
        const known = new Set(before?.counted.map(({ operationId }) => operationId));
        const added = state.counted.filter(({ operationId }) => !known.has(operationId));
        for (const { operationId } of added) {
          const already = countedIn.get(operationId) ?? new Set();
          if (already.has(name)) found.push(`${operationId} was counted twice`);
          countedIn.set(operationId, already.add(name));
        }
        const isNext = added.length === 1 && [1, (before?.count ?? 0) + 1].includes(state.count);
        const isAnew = added.length === 0 && [0, before?.count].includes(state.count);
        if (!isNext && !isAnew)
          found.push(`${name} went from ${before?.count ?? 0} to ${state.count} by ${added.length} tries`);
      }
      for (const [operationId, { size }] of countedIn)
        if (size > 1) found.push(`${operationId} was counted at ${size} places`);
      for (const { account, answer } of accountHeard(evidence)) {
        if (account.act !== "password" || answer.kind !== "problem" || !SAYS_WRONG.has(answer.code)) continue;
        if (!countedIn.has(answer.operationId ?? ""))
          found.push(`${answer.operationId} was told that it is wrong, and not counted`);
      }
      const told = grouped(
        failuresTold(evidence),
        ({ operationid }) => operationid,
        ({ data }) => data["failures"],
      );
      return [...found, ...crowded(told).map(([operation, size]) => `${operation} was told of as ${size} failures`)];
    },
  },
  {
    name: "a right password is refused only for what was tried or changed before",
    violations(evidence) {
      const sets = passwordsSet(evidence);
      const chosen = chosenBy(evidence);
      const emails = profileEmails(evidence);
      return accountHeard(evidence).flatMap(({ account, answer, askedAt, heardAt }) => {
        if (account.act !== "password" || answer.kind !== "problem" || answer.code !== "credentials_invalid") return [];
        const owners = emails.filter(
          ({ email, from, to }) => email === account.email && from < askedAt - SKEW_MS && to > heardAt,
        );
        return owners.flatMap(({ userId }) => {
          const own = sets.filter((set) => set.userId === userId && set.at <= heardAt);
          const standing = own.at(-1);
          const isStanding = standing !== undefined && standing.at < askedAt - SKEW_MS && !standing.suspended;
          return isStanding && chosen.get(standing.setBy) === account.password
            ? [`${answer.operationId} was refused with the password of ${userId}`]
            : [];
        });
      });
    },
  },
  {
    name: "one account carries an address at any moment, and none loses its own",
    violations(evidence) {
      const carries = new Map<string, string>();
      const proven = new Set(
        evidence.world.writes.flatMap(({ table, key, value }) =>
          table === "token" && key.pk.startsWith("challenge#") && value["used"] !== undefined
            ? [`${(value["used"] as { operationId: string }).operationId} ${String(value["email"])}`]
            : [],
        ),
      );
      const found = identityWrites(evidence, "profile").flatMap((write) => {
        const { userId, email, userKind, emailChanges } = write.value as {
          userId: string;
          email?: string;
          userKind: string;
          emailChanges?: readonly { operationId: string; to: string }[];
        };
        if (userKind !== "account") return [];
        const before = [...carries].find(([, of]) => of === userId)?.[0];
        if (email === before || email === undefined)
          return email === undefined ? [`${userId} has lost its address by ${write.writtenBy}`] : [];
        const other = carries.get(email);
        if (before !== undefined) carries.delete(before);
        carries.set(email, userId);
        const by = emailChanges?.at(-1);
        const isProven = before === undefined || (by?.to === email && proven.has(`${by.operationId} ${email}`));
        return [
          ...(other === undefined ? [] : [`${email} is carried by ${other} and by ${userId}`]),
          ...(isProven ? [] : [`${userId} carries ${email}, which nobody has proven for it`]),
        ];
      });
      const standing = (evidence.world.stores.get("identity")?.dump() ?? []).filter(({ key }) => key.sk === "claim");
      const claims = new Map(standing.map(({ value }) => [value["email"], value["userId"]]));
      for (const [email, userId] of carries)
        if (evidence.world.isSecuring && claims.get(email) !== userId)
          found.push(`${userId} carries ${email}, and the claim names ${String(claims.get(email))}`);
      return found;
    },
  },
  {
    name: "a session that was reported is over for good, and was reported once",
    violations(evidence) {
      const reports = doneBy(evidence, "report");
      const operations = grouped(
        reports,
        ({ account }) => account.ofSession ?? "",
        ({ answer }) => answer.operationId,
      );
      return [
        ...crowded(operations).map(([session, size]) => `${session} was reported by ${size} operations`),
        ...reports.flatMap(({ account, heardAt }) => letIn(evidence, account.ofSession ?? "", heardAt)),
        ...reports.flatMap(({ account, answer }) =>
          reportedAndSuspended(evidence, account.ofSession ?? "", answer.operationId),
        ),
      ];
    },
  },
];

/** A password by which a reported session was opened must open nothing more when that was told. */
function reportedAndSuspended(evidence: Evidence, sessionId: string, operationId: string): readonly string[] {
  const opening = openings(evidence).find((each) => each.sessionId === sessionId);
  const heard = doneBy(evidence, "report").find(({ answer }) => answer.operationId === operationId);
  if (opening?.passwordVersion === undefined || heard === undefined) return [];
  if (voidSinceOf(evidence, sessionId) < opening.at) return [];
  return openings(evidence)
    .filter(({ passwordVersion, userId, operationId: by }) => {
      if (passwordVersion !== opening.passwordVersion || userId !== opening.userId) return false;
      const answered = accountDone(evidence).find(({ answer }) => answer.operationId === by);
      return answered !== undefined && hasTokens(answered) && answered.receivedAt > heard.heardAt + 2_000;
    })
    .map((each) => `${each.sessionId} was opened by a password that ${sessionId} was reported for`);
}

/** Who carried which address from when to when. */
function profileEmails(evidence: Evidence): readonly { userId: string; email: string; from: number; to: number }[] {
  const all: { userId: string; email: string; from: number; to: number }[] = [];
  for (const { at, value } of identityWrites(evidence, "profile")) {
    const { userId, email } = value as { userId: string; email?: string };
    const last = all.findLast((each) => each.userId === userId);
    if (email === undefined || last?.email === email) continue;
    if (last !== undefined) last.to = at;
    all.push({ userId, email, from: at, to: Number.POSITIVE_INFINITY });
  }
  return all;
}

const failuresTold = ({ world }: Evidence) =>
  world.broker.published("events").flatMap(({ attributes, body }) => {
    if (attributes["type"] !== "user.passwordFailed") return [];
    return [JSON.parse(body) as { operationid: string; data: { failures: number } }];
  });
