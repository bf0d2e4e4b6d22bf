import type { Locale } from "@lanyard/contracts";

/** What a sign-in mail says; nothing here may need escaping, what is put in comes escaped where it has to be. */
export interface SignInStrings {
  /** Shown on locked screens and kept in lists: never a secret. */
  readonly subject: (product: string) => string;
  readonly codeSubject: (product: string) => string;
  readonly intro: (product: string, email: string) => string;
  readonly button: string;
  readonly linkUntil: (duration: string, until: string) => string;
  readonly code: string;
  readonly codeInstead: string;
  readonly codeUntil: (duration: string, until: string) => string;
  readonly addressInstead: string;
  readonly asked: (ip: string, device: string | undefined) => string;
  readonly ignore: string;
  readonly never: string;
  readonly until: (time: string, day: string) => string;
  /** For `Intl.DateTimeFormat`. */
  readonly region: string;
}

export const signInStrings: Readonly<Record<Locale, SignInStrings>> = {
  en: {
    subject: (product) => `Sign in to ${product}`,
    codeSubject: (product) => `Your code to sign in to ${product}`,
    intro: (product, email) => `This signs you in to ${product} as ${email}.`,
    button: "Sign in",
    linkUntil: (duration, until) => `Works once, for ${duration}: ${until}.`,
    code: "Enter this code where you asked for it:",
    codeInstead: "Or enter this code where you asked for it:",
    codeUntil: (duration, until) => `Works once, for ${duration}: ${until}.`,
    addressInstead: "If the button does not work, open this address:",
    asked: (ip, device) => `Asked for from ${ip}${device === undefined ? "" : ` (${device})`}.`,
    ignore: "Was this not you? Then ignore this mail: nothing happens, and nobody can sign in without it.",
    never: "Never pass the link or a code on to anyone, whoever asks.",
    until: (time, day) => `until ${time} UTC on ${day}`,
    region: "en-GB",
  },
  de: {
    subject: (product) => `Bei ${product} anmelden`,
    codeSubject: (product) => `Dein Code für die Anmeldung bei ${product}`,
    intro: (product, email) => `Damit meldest du dich bei ${product} als ${email} an.`,
    button: "Anmelden",
    linkUntil: (duration, until) => `Gilt einmal, ${duration} lang: ${until}.`,
    code: "Gib diesen Code dort ein, wo du ihn angefordert hast:",
    codeInstead: "Oder gib diesen Code dort ein, wo du ihn angefordert hast:",
    codeUntil: (duration, until) => `Gilt einmal, ${duration} lang: ${until}.`,
    addressInstead: "Falls die Schaltfläche nicht funktioniert, öffne diese Adresse:",
    asked: (ip, device) => `Angefordert von ${ip}${device === undefined ? "" : ` (${device})`}.`,
    ignore: "Warst du das nicht? Dann ignoriere diese Mail: Es passiert nichts, und ohne sie meldet sich niemand an.",
    never: "Gib Link und Code niemals weiter, wer immer danach fragt.",
    until: (time, day) => `bis ${time} Uhr UTC am ${day}`,
    region: "de-DE",
  },
};
