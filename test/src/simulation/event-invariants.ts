import { type Invariant, lastStates, profilesOf, type SessionState, writesOf } from "./evidence.ts";

/** Events that several operations may tell alike. */
const SAID_BY_MANY = new Set(["andon.pulled", "andon.swept", "operator.acted"]);

/** Events that say the same of each of several operations, also of one moment. */
const TRIES = new Set(["user.passwordFailed", "user.secondFactorFailed", "secondFactor.asked"]);

/** Whether a session has ended by itself, and not with all that a pull has voided: of those the pull tells. */
const isEndedAlone = ({ revoked }: { readonly revoked: SessionState["revoked"] }): boolean =>
  revoked !== undefined && revoked.reason !== "operator";

/** What is true of what is told: in events, and in the log that gateways follow. */
export const eventInvariants: readonly Invariant[] = [
  {
    name: "an event says the same whenever it is said, and every change is told",
    violations(evidence) {
      const { world } = evidence;
      const bodies = new Map<string, string>();
      const found: string[] = [];
      const told = new Set<string>();
      for (const { body } of world.broker.published("events")) {
        const { id, type, data, time, operationid } = JSON.parse(body) as {
          id: string;
          type: string;
          time: string;
          operationid: string;
          data: Record<string, string>;
        };
        // Whoever asks for one revocation once more tells of it once more.
        const by = SAID_BY_MANY.has(type) || TRIES.has(type) ? operationid : undefined;
        const said = JSON.stringify([type, data, time, by]);
        if ((bodies.get(id) ?? said) !== said) found.push(`${id} (${type}) said ${bodies.get(id)} and ${said}`);
        bodies.set(id, said);
        told.add(`${type} ${data["sessionId"] ?? data["userId"]}`);
      }
      const distinct = new Map<string, Set<string>>();
      for (const [id, said] of bodies) distinct.set(said, (distinct.get(said) ?? new Set()).add(id));
      for (const [said, ids] of distinct) if (ids.size > 1) found.push(`${said} told under ${ids.size} ids`);
      const users = new Set(profilesOf(evidence).map(({ value }) => String(value["userId"])));
      const ended = (id: string): boolean => !world.isUnfinished(id);
      for (const user of users)
        if (!told.has(`user.created ${user}`) && ended(user))
          found.push(`user ${user} was created, and nobody was told`);
      for (const { sessionId, revoked } of lastStates(evidence).values()) {
        if (!told.has(`session.opened ${sessionId}`) && ended(sessionId))
          found.push(`session ${sessionId} was opened, and nobody was told`);
        if (isEndedAlone({ revoked }) && !told.has(`session.revoked ${sessionId}`))
          found.push(`session ${sessionId} was revoked, and nobody was told`);
      }
      return found;
    },
  },
  {
    name: "every revoked session stands in the log, unless a pull says it of all",
    violations(evidence) {
      const logged = new Set(writesOf(evidence, "session", "entry#").map(({ value }) => String(value["sessionId"])));
      return [...lastStates(evidence).values()]
        .filter(({ revoked, sessionId }) => isEndedAlone({ revoked }) && !logged.has(sessionId))
        .map(({ sessionId }) => `${sessionId} is revoked, but no gateway can know`);
    },
  },
];
