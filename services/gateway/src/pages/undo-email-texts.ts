import type { Locale } from "@lanyard/contracts";

/** What the page about a changed address says, in each language. `{…}` is put in by the page itself. Nothing here may need escaping in HTML. */
export interface UndoEmailTexts {
  readonly title: string;
  readonly noscript: string;
  readonly button: string;
  /** By what the page is doing, or by the `code` of a problem. */
  readonly says: Readonly<Record<string, string>>;
  /** After these, nothing more can be done here. */
  readonly ends: Readonly<Record<string, string>>;
}

export const undoEmailTexts: Readonly<Record<Locale, UndoEmailTexts>> = {
  en: {
    title: "Was this you?",
    noscript: "This page needs JavaScript, so that programs that only look at links change nothing about your account.",
    button: "This wasn't me: undo it",
    says: {
      checking: "Checking the link …",
      question: "The address of your account was changed on {time}.",
      hint: "If that was you, close this page: nothing happens. If not, the button gives your account its old address back, ends every session, and sets the password aside. You can do this until {until}.",
      working: "Undoing the change …",
      done: "Your account has its old address back.",
      advice:
        "Everybody is signed out. A mail with a link to choose a new password is on its way to you; until then no password opens your account.",
      empty: "Open the link from the mail once more. This page keeps nothing of it.",
      rate_limited: "Too many tries from here. Wait a few minutes and open the link again.",
      other: "This did not work right now. Try again: nothing happens twice.",
    },
    ends: {
      token_invalid: "This link is not valid. It may have been cut off: open it from the mail again.",
      token_already_used: "This change has been undone already.",
      token_expired: "This link has expired. Get in touch with whoever runs this service.",
      email_already_exists:
        "Another account carries your old address by now. If it is yours, give it another address or get in touch with whoever runs this service; then open this link again.",
      email_change_superseded: "An earlier change has been undone meanwhile.",
    },
  },
  de: {
    title: "Warst du das?",
    noscript: "Diese Seite braucht JavaScript, damit Programme, die Links nur ansehen, nichts an deinem Konto ändern.",
    button: "Das war ich nicht: rückgängig machen",
    says: {
      checking: "Der Link wird geprüft …",
      question: "Die Adresse deines Kontos wurde am {time} geändert.",
      hint: "Warst du das, dann schließe diese Seite: Es passiert nichts. Wenn nicht, gibt die Schaltfläche deinem Konto die alte Adresse zurück, beendet alle Sitzungen und setzt das Passwort außer Kraft. Das geht bis {until}.",
      working: "Die Änderung wird rückgängig gemacht …",
      done: "Dein Konto hat seine alte Adresse wieder.",
      advice:
        "Alle sind abgemeldet. Eine Mail mit einem Link für ein neues Passwort ist zu dir unterwegs; bis dahin öffnet kein Passwort dein Konto.",
      empty: "Öffne den Link noch einmal aus der Mail. Diese Seite behält nichts davon.",
      rate_limited: "Zu viele Versuche von hier. Warte einige Minuten und öffne den Link noch einmal.",
      other: "Das hat gerade nicht geklappt. Versuche es noch einmal: Nichts passiert doppelt.",
    },
    ends: {
      token_invalid:
        "Dieser Link ist nicht gültig. Vielleicht wurde er abgeschnitten: öffne ihn noch einmal aus der Mail.",
      token_already_used: "Diese Änderung ist schon rückgängig gemacht.",
      token_expired: "Dieser Link ist abgelaufen. Wende dich an die Betreiber dieses Dienstes.",
      email_already_exists:
        "Inzwischen trägt ein anderes Konto deine alte Adresse. Ist es deines, gib ihm eine andere Adresse oder wende dich an die Betreiber dieses Dienstes; öffne dann diesen Link noch einmal.",
      email_change_superseded: "Inzwischen wurde eine frühere Änderung rückgängig gemacht.",
    },
  },
};
