import type { Locale } from "@lanyard/contracts";

/** What the page about a sign-in says, in each language. `{…}` is put in by the page itself. */
export const reportTexts: Record<Locale, Readonly<Record<string, string>>> = {
  en: {
    title: "Was this you?",
    checking: "Checking the link …",
    question: "Somebody signed in to your account on {time}: {where}.",
    hint: "If that was you, close this page: nothing happens. If not, the button ends this session on the spot.",
    others: "End all my other sessions too",
    newPassword: "Mail me a link to choose a new password",
    button: "This wasn't me",
    working: "Ending the session …",
    done: "The session has ended.",
    advice: "Whoever had it is signed out, and the device is no longer known to your account.",
    mailed: "A mail with a link to choose a new password is on its way.",
    addressNew:
      "The address of your account was changed after this sign-in. If that was not you, open the mail that told your old address of it: its link gives it back.",
    unknown: "an unknown device",
    empty: "Open the link from the mail once more. This page keeps nothing of it.",
    token_invalid: "This link is not valid. It may have been cut off: open it from the mail again.",
    token_already_used: "This has been reported. The session has ended.",
    token_expired: "This link has expired. Look at your sessions in your account.",
    rate_limited: "Too many tries from here. Wait a few minutes and open the link again.",
    other: "This did not work right now. Nothing has happened: try again.",
    noscript: "This page needs JavaScript, so that programs that only look at links end no session of yours.",
  },
  de: {
    title: "Warst du das?",
    checking: "Der Link wird geprüft …",
    question: "Jemand hat sich am {time} bei deinem Konto angemeldet: {where}.",
    hint: "Warst du das, dann schließe diese Seite: Es passiert nichts. Wenn nicht, beendet die Schaltfläche diese Sitzung sofort.",
    others: "Auch alle meine anderen Sitzungen beenden",
    newPassword: "Schickt mir einen Link für ein neues Passwort",
    button: "Das war ich nicht",
    working: "Die Sitzung wird beendet …",
    done: "Die Sitzung ist beendet.",
    advice: "Wer sie hatte, ist abgemeldet, und dein Konto kennt das Gerät nicht mehr.",
    mailed: "Eine Mail mit einem Link für ein neues Passwort ist unterwegs.",
    addressNew:
      "Die Adresse deines Kontos wurde nach dieser Anmeldung geändert. Warst du das nicht, öffne die Mail, die deiner alten Adresse davon berichtet hat: Ihr Link gibt sie zurück.",
    unknown: "ein unbekanntes Gerät",
    empty: "Öffne den Link noch einmal aus der Mail. Diese Seite behält nichts davon.",
    token_invalid:
      "Dieser Link ist nicht gültig. Vielleicht wurde er abgeschnitten: öffne ihn noch einmal aus der Mail.",
    token_already_used: "Das wurde schon gemeldet. Die Sitzung ist beendet.",
    token_expired: "Dieser Link ist abgelaufen. Sieh dir deine Sitzungen in deinem Konto an.",
    rate_limited: "Zu viele Versuche von hier. Warte einige Minuten und öffne den Link noch einmal.",
    other: "Das hat gerade nicht geklappt. Es ist nichts passiert: versuche es noch einmal.",
    noscript: "Diese Seite braucht JavaScript, damit Programme, die Links nur ansehen, keine Sitzung von dir beenden.",
  },
};
