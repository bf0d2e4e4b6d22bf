import {
  accountDone,
  accountHeard,
  begunAt,
  doneBy,
  eventsTold,
  hasTokens,
  identityWrites,
  openings,
  type SecondFactorState,
} from "./account-evidence.ts";
import { crowded, type Evidence, grouped, type Invariant, operationOf, sessionWrites, writesOf } from "./evidence.ts";

const CODE_ACTS = ["second-factor", "step-up", "enable"] as const;
const ATTEMPTS = 5;

interface ChallengeState {
  readonly challengeId: string;
  readonly attempts: readonly string[];
  readonly used?: { readonly operationId: string };
}

const challengeStates = (evidence: Evidence): readonly ChallengeState[] =>
  writesOf(evidence, "identity", "second-factor#").map(({ value }) => value as unknown as ChallengeState);

/** From when to when each account had a second factor. */
function secondFactorTimes(evidence: Evidence): readonly { userId: string; from: number; to: number }[] {
  const times: { userId: string; from: number; to: number }[] = [];
  for (const { at, value } of identityWrites(evidence, "second-factor")) {
    const { userId, totp } = value as unknown as SecondFactorState;
    const open = times.find((each) => each.userId === userId && each.to === Number.POSITIVE_INFINITY);
    if (totp !== undefined && open === undefined) times.push({ userId, from: at, to: Number.POSITIVE_INFINITY });
    else if (totp === undefined && open !== undefined) open.to = at;
  }
  return times;
}

/** Each state of an account's second factor, with the one before. */
function changes(
  evidence: Evidence,
): readonly { readonly before: SecondFactorState | undefined; readonly after: SecondFactorState }[] {
  const last = new Map<string, SecondFactorState>();
  return identityWrites(evidence, "second-factor").map(({ value }) => {
    const after = value as unknown as SecondFactorState;
    const before = last.get(after.userId);
    last.set(after.userId, after);
    return { before, after };
  });
}

/** What is wrong with one change: a code is right once, and only then is anything spent. */
function wronglyAccepted({ before, after }: ReturnType<typeof changes>[number]): readonly string[] {
  const known = new Set(before?.accepted.map(({ operationId }) => operationId));
  const added = after.accepted.filter(({ operationId }) => !known.has(operationId));
  const name = after.userId;
  const found: string[] = added.length > 1 ? [`${name}: ${added.length} codes were right at once`] : [];
  const isSame = before?.totp !== undefined && before.totp.enabledBy === after.totp?.enabledBy;
  const step = [before?.totp?.lastStep ?? -1, after.totp?.lastStep ?? -1] as const;
  if (isSame && step[1] < step[0]) found.push(`${name}: steps went back from ${step[0]} to ${step[1]}`);
  const spent = after.backupCodes.filter(({ spentBy }) => spentBy !== undefined);
  const spentBefore = new Map(before?.backupCodes.map((code) => [code.hash, code.spentBy] as const));
  for (const { operationId, by } of added) {
    if (by === "totp" && isSame && step[1] <= step[0])
      found.push(`${operationId} was let in by a step that had been used`);
    if (by === "backup_code" && spent.filter((code) => code.spentBy === operationId).length !== 1)
      found.push(`${operationId} was let in by a backup code and spent none`);
  }
  if (before !== undefined && before.backupCodesBy === after.backupCodesBy) {
    for (const code of after.backupCodes) {
      const was = spentBefore.get(code.hash);
      if (was !== undefined && was !== code.spentBy)
        found.push(`${name}: a code that ${was} had spent is ${code.spentBy ?? "nobody"}'s`);
    }
  }
  return found;
}

/** What is true of second factors. */
export const secondFactorInvariants: readonly Invariant[] = [
  {
    name: "a code of a second factor opens once, for one operation",
    violations(evidence) {
      const secretOf = new Map<string, string>();
      for (const { account, answer } of doneBy(evidence, "enable"))
        if (account.totp !== undefined) secretOf.set(answer.operationId, account.totp.secret);
      const told = grouped(
        doneBy(evidence, ...CODE_ACTS),
        ({ account: { totp, code, email } }) =>
          totp === undefined ? `${email} ${code}` : `${totp.secret} ${totp.step}`,
        ({ answer }) => answer.operationId,
      );
      return [
        ...crowded(told).map(([, size]) => `one code opened for ${size} operations`),
        ...changes(evidence).flatMap(wronglyAccepted),
      ];
    },
  },
  {
    name: "a wrong code of a second factor opens nothing",
    violations: (evidence) =>
      doneBy(evidence, ...CODE_ACTS).flatMap(({ account, answer }) =>
        account.totp === undefined && /^\d{6}$/.test(account.code ?? "")
          ? [`${answer.operationId} was let in by ${account.code}`]
          : [],
      ),
  },
  {
    name: "five codes at most are tried for a sign-in that waits, each told its number, and one operation goes on",
    violations(evidence) {
      const tried = new Map<string, Set<string>>();
      const users = new Map<string, Set<string>>();
      const found: string[] = [];
      for (const { challengeId, attempts, used } of challengeStates(evidence)) {
        const all = tried.get(challengeId) ?? new Set();
        for (const attempt of attempts) all.add(attempt);
        tried.set(challengeId, all);
        if (used !== undefined) users.set(challengeId, (users.get(challengeId) ?? new Set()).add(used.operationId));
      }
      const wrong = accountHeard(evidence).flatMap(({ account, answer }) =>
        account.act === "second-factor" && answer.kind === "problem" && answer.code === "totp_invalid"
          ? [
              {
                challengeId: account.challengeId ?? "",
                left: answer.attemptsLeft,
                operationId: answer.operationId ?? "",
              },
            ]
          : [],
      );
      for (const { challengeId, operationId } of wrong)
        if (tried.get(challengeId)?.has(operationId) !== true)
          found.push(`${operationId} was compared and not counted`);
      const same = grouped(
        wrong,
        ({ challengeId, left }) => `${challengeId} ${left}`,
        ({ operationId }) => operationId,
      );
      return [
        ...found,
        ...crowded(tried, ATTEMPTS).map(([id, size]) => `${id}: ${size} codes were tried`),
        ...crowded(users).map(([id, size]) => `${id} went on for ${size} operations`),
        ...crowded(same).map(([name, size]) => `${name} left: told to ${size} tries`),
      ];
    },
  },
  {
    name: "an account with a second factor has no session without one",
    violations(evidence) {
      const times = secondFactorTimes(evidence);
      const begun = begunAt(evidence);
      const tokens = new Set(
        accountDone(evidence)
          .filter(hasTokens)
          .map(({ answer }) => answer.operationId),
      );
      const counted = new Set(
        changes(evidence).flatMap(({ after }) => after.accepted.map(({ operationId }) => operationId)),
      );
      return openings(evidence).flatMap(({ userId, operationId, sessionId, at, hasSecondFactor }) => {
        const since = begun.get(operationId) ?? at;
        const had = times.some((each) => each.userId === userId && each.from < since && each.to > at);
        if (had && !hasSecondFactor)
          return [`${sessionId} was opened without${tokens.has(operationId) ? ", and has tokens" : ""}`];
        return hasSecondFactor && !counted.has(operationId)
          ? [`${sessionId} has a second factor, and no code of one has counted`]
          : [];
      });
    },
  },
  {
    name: "a second factor that was said to be turned off, or lifted, is gone",
    violations(evidence) {
      const gone = new Set(
        identityWrites(evidence, "second-factor")
          .filter(({ value }) => value["totp"] === undefined)
          .map(operationOf),
      );
      return doneBy(evidence, "disable", "lift").flatMap(({ account, answer: { operationId } }) =>
        gone.has(operationId) ? [] : [`${operationId} (${account.act}) has taken nothing away`],
      );
    },
  },
  {
    name: "the mark of a risk is decided once, and told as it stands",
    violations(evidence) {
      const marks = grouped(
        sessionWrites(evidence).filter(({ value }) => value["userKind"] === "account"),
        ({ key }) => key.sk.slice("session#".length),
        ({ value }) => JSON.stringify([value["deviceId"], value["risk"]]),
      );
      const found = crowded(marks).map(([session, size]) => `${session} had ${size} different marks`);
      for (const { type, data } of eventsTold(evidence)) {
        if (type !== "session.opened" || data["userKind"] !== "account") continue;
        const [mark = "[]"] = marks.get(String(data["sessionId"])) ?? [];
        const [, risk] = JSON.parse(mark) as [unknown, unknown];
        if (JSON.stringify(risk ?? null) !== JSON.stringify(data["risk"] ?? null))
          found.push(`${String(data["sessionId"])} was told of with another mark`);
      }
      return found;
    },
  },
  {
    name: "no password, secret or code of an account stands anywhere in the clear",
    violations(evidence) {
      const { world } = evidence;
      if (!world.isSecuring) return [];
      const stored = [
        ...world.writes.map(({ value }) => JSON.stringify(value)),
        ...world.sent.map(({ message }) => message.body),
        ...world.broker.published("events").map(({ body }) => body),
      ].join("\n");
      const secrets = new Set(
        accountHeard(evidence).flatMap(({ account, answer }) => {
          const {
            secret,
            otpauthUrl,
            backupCodes = [],
            deviceToken,
          } = (answer.kind === "done" ? answer.body : {}) as {
            secret?: string;
            otpauthUrl?: string;
            backupCodes?: readonly string[];
            deviceToken?: string;
          };
          // Six digits are in every timestamp.
          const code = /^\d{6}$/.test(account.code ?? "") ? `"${account.code}"` : account.code;
          return [account.password, code, secret, otpauthUrl, deviceToken, ...backupCodes].filter(
            (each) => each !== undefined,
          );
        }),
      );
      const hashes = world.writes.flatMap(({ key, value }) => (key.sk === "password" ? [String(value["hash"])] : []));
      const elsewhere = [
        ...world.sent.map(({ message }) => message.body),
        ...world.broker.published("events").map(({ body }) => body),
      ].join("\n");
      return [
        ...[...secrets].filter((secret) => stored.includes(secret)),
        ...hashes.filter((hash) => elsewhere.includes(hash)),
      ].map((secret) => `${secret} stands in a table or a queue`);
    },
  },
];
