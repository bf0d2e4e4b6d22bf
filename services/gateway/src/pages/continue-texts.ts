import type { Locale } from "@lanyard/contracts";

/** What a link does, in words. `{email}` and `{time}` are put in by the page itself. */
interface PurposeTexts {
  readonly title: string;
  readonly question: string;
  readonly hint: string;
  readonly button: string;
  readonly working: string;
  readonly done: string;
  readonly after: string;
}

/** What the page says that links lead to. Nothing here may need escaping in HTML. */
export interface ContinueTexts {
  readonly title: string;
  readonly checking: string;
  readonly empty: string;
  readonly noscript: string;
  /** By the `purpose` of `GET /auth/magic-link`. */
  readonly purposes: Readonly<Record<"magic_link" | "registration" | "password_reset" | "email_change", PurposeTexts>>;
  readonly password: {
    readonly label: string;
    readonly rule: string;
    readonly show: string;
    readonly hide: string;
    /** By the `reason` of `password_too_weak`; `{minLength}` comes with it. */
    readonly weak: Readonly<Record<string, string>>;
  };
  readonly secondFactor: Omit<PurposeTexts, "title"> & { readonly label: string; readonly wrong: string };
  /** After these, nothing more can be done here. */
  readonly ends: Readonly<Record<string, string>>;
  readonly other: string;
}

export const continueTexts: Readonly<Record<Locale, ContinueTexts>> = {
  en: {
    title: "Continue",
    checking: "Checking your link …",
    empty: "Open the link from the mail once more. This page keeps nothing of it.",
    noscript: "This page needs JavaScript, so that programs that only look at links cannot use yours up.",
    purposes: {
      magic_link: {
        title: "Sign in",
        question: "Sign in as {email}?",
        hint: "Go on only if you asked for this yourself. The link works once, until {time}.",
        button: "Sign in",
        working: "Signing in …",
        done: "You are signed in as {email}.",
        after: "You can close this page.",
      },
      registration: {
        title: "Confirm your address",
        question: "Confirm {email} and sign in?",
        hint: "Go on only if you chose a password here yourself. The link works once, until {time}.",
        button: "Confirm and sign in",
        working: "Signing in …",
        done: "You are signed in as {email}.",
        after: "You can close this page.",
      },
      password_reset: {
        title: "Choose a new password",
        question: "A new password for {email}",
        hint: "Go on only if you asked for this yourself. Every device is signed out then. The link works once, until {time}.",
        button: "Set the password",
        working: "Setting your password …",
        done: "Your new password is set.",
        after: "Every device is signed out: sign in with it from now on. You can close this page.",
      },
      email_change: {
        title: "Confirm your new address",
        question: "Make {email} the address of your account?",
        hint: "Go on only if you asked for this yourself. The link works once, until {time}.",
        button: "Confirm the address",
        working: "Changing your address …",
        done: "{email} is the address of your account now.",
        after: "Mails go there from now on, and you sign in with it. You can close this page.",
      },
    },
    password: {
      label: "New password",
      rule: "15 characters or more: a few words that you remember, for example.",
      show: "Show",
      hide: "Hide",
      weak: {
        too_short: "That is too short: it takes {minLength} characters or more.",
        short_without_second_factor: "That is too short: it takes {minLength} characters or more.",
        too_long: "That is too long: 128 characters are the most.",
        common: "Many people have this password, and it is tried first. Choose another.",
        holds_address: "It holds your address, which is tried first. Choose another.",
        not_text: "It holds characters that cannot be typed everywhere. Choose another.",
        other: "Choose another password.",
      },
    },
    secondFactor: {
      question: "One more step",
      hint: "Enter the code of your authenticator app, or one of your backup codes.",
      label: "Code",
      button: "Go on",
      working: "Checking the code …",
      done: "You are signed in as {email}.",
      after: "You can close this page.",
      wrong: "The code is not right. Wait for the next one, or look whether the clock of your phone is right.",
    },
    ends: {
      token_invalid: "This link is not valid. It may have been cut off: open it from the mail again.",
      token_already_used: "This link has been used. Each link works once: ask for a new one.",
      token_expired: "This link has expired: ask for a new one.",
      email_already_exists: "Another account has this address. Yours keeps the one it had.",
      email_change_superseded: "Your address was changed by a later request. That one counts.",
      password_superseded: "Your password was set by a later request. That one counts.",
      second_factor_expired: "This took too long. Ask for a new link.",
      totp_attempts_exceeded: "Too many wrong codes. Wait a while, then ask for a new link.",
      rate_limited: "Too many tries from here. Wait a few minutes and open the link again.",
    },
    other: "This did not work right now. Nothing was used up: try again.",
  },
  de: {
    title: "Weiter",
    checking: "Der Link wird geprüft …",
    empty: "Öffne den Link noch einmal aus der Mail. Diese Seite behält nichts davon.",
    noscript: "Diese Seite braucht JavaScript, damit Programme, die Links nur ansehen, deinen nicht verbrauchen.",
    purposes: {
      magic_link: {
        title: "Anmelden",
        question: "Als {email} anmelden?",
        hint: "Nur weitermachen, wenn du das selbst angefordert hast. Der Link gilt einmal, bis {time}.",
        button: "Anmelden",
        working: "Anmeldung läuft …",
        done: "Du bist als {email} angemeldet.",
        after: "Du kannst diese Seite schließen.",
      },
      registration: {
        title: "Adresse bestätigen",
        question: "{email} bestätigen und anmelden?",
        hint: "Nur weitermachen, wenn du hier selbst ein Passwort gewählt hast. Der Link gilt einmal, bis {time}.",
        button: "Bestätigen und anmelden",
        working: "Anmeldung läuft …",
        done: "Du bist als {email} angemeldet.",
        after: "Du kannst diese Seite schließen.",
      },
      password_reset: {
        title: "Neues Passwort wählen",
        question: "Ein neues Passwort für {email}",
        hint: "Nur weitermachen, wenn du das selbst angefordert hast. Danach sind alle Geräte abgemeldet. Der Link gilt einmal, bis {time}.",
        button: "Passwort setzen",
        working: "Das Passwort wird gesetzt …",
        done: "Dein neues Passwort gilt.",
        after: "Alle Geräte sind abgemeldet: Melde dich ab jetzt damit an. Du kannst diese Seite schließen.",
      },
      email_change: {
        title: "Neue Adresse bestätigen",
        question: "{email} zur Adresse deines Kontos machen?",
        hint: "Nur weitermachen, wenn du das selbst angefordert hast. Der Link gilt einmal, bis {time}.",
        button: "Adresse bestätigen",
        working: "Die Adresse wird geändert …",
        done: "{email} ist jetzt die Adresse deines Kontos.",
        after: "Mails gehen ab jetzt dorthin, und du meldest dich damit an. Du kannst diese Seite schließen.",
      },
    },
    password: {
      label: "Neues Passwort",
      rule: "15 Zeichen oder mehr: zum Beispiel ein paar Wörter, die du dir merkst.",
      show: "Zeigen",
      hide: "Verbergen",
      weak: {
        too_short: "Das ist zu kurz: Es müssen mindestens {minLength} Zeichen sein.",
        short_without_second_factor: "Das ist zu kurz: Es müssen mindestens {minLength} Zeichen sein.",
        too_long: "Das ist zu lang: Mehr als 128 Zeichen gehen nicht.",
        common: "Dieses Passwort haben viele, und es wird zuerst probiert. Wähle ein anderes.",
        holds_address: "Es enthält deine Adresse, die zuerst probiert wird. Wähle ein anderes.",
        not_text: "Es enthält Zeichen, die sich nicht überall tippen lassen. Wähle ein anderes.",
        other: "Wähle ein anderes Passwort.",
      },
    },
    secondFactor: {
      question: "Noch ein Schritt",
      hint: "Gib den Code deiner Authenticator-App ein, oder einen deiner Backup-Codes.",
      label: "Code",
      button: "Weiter",
      working: "Der Code wird geprüft …",
      done: "Du bist als {email} angemeldet.",
      after: "Du kannst diese Seite schließen.",
      wrong: "Der Code stimmt nicht. Warte auf den nächsten, oder sieh nach, ob die Uhr deines Telefons richtig geht.",
    },
    ends: {
      token_invalid:
        "Dieser Link ist nicht gültig. Vielleicht wurde er abgeschnitten: öffne ihn noch einmal aus der Mail.",
      token_already_used: "Dieser Link wurde schon benutzt. Jeder gilt einmal: fordere einen neuen an.",
      token_expired: "Dieser Link ist abgelaufen: fordere einen neuen an.",
      email_already_exists: "Ein anderes Konto hat diese Adresse. Deines behält die, die es hatte.",
      email_change_superseded: "Deine Adresse wurde durch eine spätere Anfrage geändert. Diese gilt.",
      password_superseded: "Dein Passwort wurde durch eine spätere Anfrage gesetzt. Dieses gilt.",
      second_factor_expired: "Das hat zu lange gedauert. Fordere einen neuen Link an.",
      totp_attempts_exceeded: "Zu viele falsche Codes. Warte eine Weile und fordere dann einen neuen Link an.",
      rate_limited: "Zu viele Versuche von hier. Warte einige Minuten und öffne den Link noch einmal.",
    },
    other: "Das hat gerade nicht geklappt. Verbraucht wurde nichts: versuche es noch einmal.",
  },
};
