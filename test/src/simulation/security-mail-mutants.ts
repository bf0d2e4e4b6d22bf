import type { Mutant } from "./mutant.ts";

/** Deliberate defects in mails on what has happened to an account. */
export const securityMailMutants: readonly Mutant[] = [
  {
    name: "a mail for each copy of an event",
    securityMails:
      (hear, { derivation, random }) =>
      (event) =>
        hear({ ...event, id: derivation.uuid(derivation.currentKid, "identifier", event.id, String(random.next())) }),
  },
  {
    name: "an event that is let go when its mail fails",
    securityMails: (hear) => (event) => hear(event).catch(() => "heard"),
  },
  {
    name: "a mail that is tried no longer than any other message",
    handle: (handle) => async (message) => {
      const disposition = await handle(message);
      return disposition.kind === "retry" ? { kind: "retry", reason: disposition.reason } : disposition;
    },
  },
  {
    name: "a mail on what has happened that is of use for ever",
    securityMails:
      (hear, { time }) =>
      (event) =>
        hear({ ...event, time: new Date(time.now()).toISOString() }),
  },
  {
    name: "a change of address told at the new one",
    table: (store, table) => ({
      ...store,
      async load(key) {
        const stored = await store.load(key);
        if (table !== "identity" || !key.sk.startsWith("email-change#") || stored === undefined) return stored;
        return { ...stored, value: { ...stored.value, from: stored.value["to"] ?? null } };
      },
    }),
  },
];
