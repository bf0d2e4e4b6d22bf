import type { Locale, MailTemplate } from "@lanyard/contracts";

/** The mails that something is proven with. */
export type ChallengeTemplate = Extract<MailTemplate, "sign-in" | "registration" | "password-reset" | "email-change">;

/** What such a mail says about what it is for. */
export interface PurposeStrings {
  /** Shown on locked screens and kept in lists: never a secret. */
  readonly subject: (product: string) => string;
  /** When there is a code and no link. Default: the subject. */
  readonly codeSubject?: (product: string) => string;
  readonly intro: (product: string, email: string) => string;
  readonly button: string;
  readonly ignore: string;
}

/** What such a mail says; nothing here may need escaping, what is put in comes escaped where it has to be. */
export interface SignInStrings {
  readonly of: Readonly<Record<ChallengeTemplate, PurposeStrings>>;
  readonly linkUntil: (duration: string, until: string) => string;
  readonly code: string;
  readonly codeInstead: string;
  readonly codeUntil: (duration: string, until: string) => string;
  readonly addressInstead: string;
  readonly asked: (ip: string, device: string | undefined, time: string, day: string) => string;
  readonly never: string;
  readonly until: (time: string, day: string) => string;
  /** For `Intl.DateTimeFormat`. */
  readonly region: string;
}

export const signInStrings: Readonly<Record<Locale, SignInStrings>> = {
  en: {
    of: {
      "sign-in": {
        subject: (product) => `Sign in to ${product}`,
        codeSubject: (product) => `Your code to sign in to ${product}`,
        intro: (product, email) => `This signs you in to ${product} as ${email}.`,
        button: "Sign in",
        ignore: "Was this not you? Then ignore this mail: nothing happens, and nobody can sign in without it.",
      },
      registration: {
        subject: (product) => `Confirm your address for ${product}`,
        intro: (product, email) =>
          `This confirms the address ${email} and signs you in to ${product}. If it has no account yet, it gets one, with the password that was just chosen, unless somebody has chosen another for it as well.`,
        button: "Confirm and sign in",
        ignore:
          "Was this not you? Then ignore this mail: nothing happens, and the password that was chosen opens nothing.",
      },
      "password-reset": {
        subject: (product) => `Choose a new password for ${product}`,
        intro: (product, email) =>
          `This lets you choose a new password for ${email} at ${product}. Every device is then signed out.`,
        button: "Choose a password",
        ignore: "Was this not you? Then ignore this mail: your password stays as it is.",
      },
      "email-change": {
        subject: (product) => `Confirm your new address for ${product}`,
        intro: (product, email) => `This makes ${email} the address of your account at ${product}.`,
        button: "Confirm the address",
        ignore:
          "Was this not you? Then ignore this mail: nothing happens, and no account gets this address without it.",
      },
    },
    linkUntil: (duration, until) => `Works once, for ${duration}: ${until}.`,
    code: "Enter this code where you asked for it:",
    codeInstead: "Or enter this code where you asked for it:",
    codeUntil: (duration, until) => `Works once, for ${duration}: ${until}.`,
    addressInstead: "If the button does not work, open this address:",
    asked: (ip, device, time, day) =>
      `Asked for at ${time} UTC on ${day}, from ${ip}${device === undefined ? "" : ` (${device})`}.`,
    never: "Never pass the link or a code on to anyone, whoever asks.",
    until: (time, day) => `until ${time} UTC on ${day}`,
    region: "en-GB",
  },
  de: {
    of: {
      "sign-in": {
        subject: (product) => `Bei ${product} anmelden`,
        codeSubject: (product) => `Dein Code für die Anmeldung bei ${product}`,
        intro: (product, email) => `Damit meldest du dich bei ${product} als ${email} an.`,
        button: "Anmelden",
        ignore:
          "Warst du das nicht? Dann ignoriere diese Mail: Es passiert nichts, und ohne sie meldet sich niemand an.",
      },
      registration: {
        subject: (product) => `Bestätige deine Adresse für ${product}`,
        intro: (product, email) =>
          `Damit bestätigst du die Adresse ${email} und meldest dich bei ${product} an. Hat sie noch kein Konto, bekommt sie eines, mit dem Passwort, das gerade gewählt wurde, falls niemand ein anderes für sie gewählt hat.`,
        button: "Bestätigen und anmelden",
        ignore:
          "Warst du das nicht? Dann ignoriere diese Mail: Es passiert nichts, und das gewählte Passwort öffnet nichts.",
      },
      "password-reset": {
        subject: (product) => `Wähle ein neues Passwort für ${product}`,
        intro: (product, email) =>
          `Damit wählst du ein neues Passwort für ${email} bei ${product}. Danach sind alle Geräte abgemeldet.`,
        button: "Passwort wählen",
        ignore: "Warst du das nicht? Dann ignoriere diese Mail: Dein Passwort bleibt, wie es ist.",
      },
      "email-change": {
        subject: (product) => `Bestätige deine neue Adresse für ${product}`,
        intro: (product, email) => `Damit wird ${email} die Adresse deines Kontos bei ${product}.`,
        button: "Adresse bestätigen",
        ignore:
          "Warst du das nicht? Dann ignoriere diese Mail: Es passiert nichts, und ohne sie bekommt kein Konto diese Adresse.",
      },
    },
    linkUntil: (duration, until) => `Gilt einmal, ${duration} lang: ${until}.`,
    code: "Gib diesen Code dort ein, wo du ihn angefordert hast:",
    codeInstead: "Oder gib diesen Code dort ein, wo du ihn angefordert hast:",
    codeUntil: (duration, until) => `Gilt einmal, ${duration} lang: ${until}.`,
    addressInstead: "Falls die Schaltfläche nicht funktioniert, öffne diese Adresse:",
    asked: (ip, device, time, day) =>
      `Angefordert um ${time} Uhr UTC am ${day} von ${ip}${device === undefined ? "" : ` (${device})`}.`,
    never: "Gib Link und Code niemals weiter, wer immer danach fragt.",
    until: (time, day) => `bis ${time} Uhr UTC am ${day}`,
    region: "de-DE",
  },
};
