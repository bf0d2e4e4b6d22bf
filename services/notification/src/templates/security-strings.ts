import type { Locale } from "@lanyard/contracts";
import type { SecurityTemplate } from "../security-mails/mail-of-event.ts";

/** What one kind of mail says. */
export interface SecurityMailStrings {
  /** Shown on locked screens and kept in lists. */
  readonly subject: (product: string) => string;
  readonly body: (said: {
    readonly product: string;
    readonly left?: number;
    /** Default: somebody who was signed in has done it. */
    readonly byOperator?: boolean;
    /** Whether a change of address was taken back. Default: false. */
    readonly isUndo?: boolean;
  }) => string;
  /** What to do about it if it was somebody else. */
  readonly advice: (product: string) => string;
  /** The same where a link does it. Default: that. */
  readonly linkAdvice?: string;
}

export interface SecurityStrings {
  readonly mails: Readonly<Record<SecurityTemplate, SecurityMailStrings>>;
  readonly account: (product: string, email: string) => string;
  readonly when: (time: string) => string;
  readonly where: (ip: string, device: string | undefined) => string;
  readonly button: string;
  readonly linkUntil: (days: number) => string;
  readonly addressInstead: string;
  /** For `Intl.DateTimeFormat`. */
  readonly region: string;
}

const adviceEn = (product: string): string =>
  `If that was you, you need do nothing. If not, sign in to ${product}, end all other sessions and choose a new password.`;
const adviceDe = (product: string): string =>
  `Warst du das, brauchst du nichts zu tun. Wenn nicht, melde dich bei ${product} an, beende alle anderen Sitzungen und wähle ein neues Passwort.`;

const leftEn = (left = 0): string => (left === 1 ? "1 backup code is left." : `${left} backup codes are left.`);
const leftDe = (left = 0): string => (left === 1 ? "1 Ersatzcode ist übrig." : `${left} Ersatzcodes sind übrig.`);

export const securityStrings: Readonly<Record<Locale, SecurityStrings>> = {
  en: {
    mails: {
      "new-device": {
        subject: (product) => `New sign-in to ${product}`,
        body: () => "Somebody has signed in to your account from a device or a country that was not seen before.",
        advice: () =>
          "If that was you, you need do nothing. If not, open the link: one press there ends that session at once.",
      },
      "password-set": {
        subject: (product) => `Your password for ${product} was set`,
        body: () => "A new password was set for your account.",
        advice: (product) =>
          `If that was you, you need do nothing. If not, ask ${product} for a link to reset your password now.`,
      },
      "second-factor-on": {
        subject: (product) => `Two-step sign-in is on at ${product}`,
        body: () => "A second factor was turned on for your account. Keep the backup codes where you will find them.",
        advice: adviceEn,
      },
      "second-factor-off": {
        subject: (product) => `Two-step sign-in is off at ${product}`,
        body: ({ product, byOperator = false }) =>
          byOperator
            ? `${product} has turned the second factor of your account off: its codes are no longer asked for.`
            : "The second factor of your account was turned off: its codes are no longer asked for.",
        advice: adviceEn,
      },
      "backup-codes-made": {
        subject: (product) => `New backup codes at ${product}`,
        body: () => "New backup codes were made for your account. Those of before open nothing any more.",
        advice: adviceEn,
      },
      "backup-code-used": {
        subject: (product) => `A backup code was used at ${product}`,
        body: ({ left }) => `A backup code was used in place of your second factor. ${leftEn(left)}`,
        advice: adviceEn,
      },
      "email-changed": {
        subject: (product) => `Your address at ${product} was changed`,
        body: ({ isUndo = false }) =>
          `${isUndo ? "A change of your account's address was taken back: it carries its old one again." : "Your account carries another address from now on."} Nothing more about it will be sent to this address.`,
        advice: (product) => `If that was not you, get in touch with ${product} now.`,
        linkAdvice:
          "If that was you, you need do nothing. If not, open the link: one press there gives your account this address back, ends every session, and mails you a link to choose a new password.",
      },
      "sessions-revoked": {
        subject: (product) => `You were signed out of ${product}`,
        body: ({ product }) => `${product} has ended sessions of your account, to be on the safe side.`,
        advice: () => "Sign in again where you need it. There is nothing else to do.",
      },
      "token-theft": {
        subject: (product) => `A session of yours at ${product} was ended`,
        body: () =>
          "A session of your account was used in two places at once, as happens when it was copied. It has ended.",
        advice: (product) =>
          `Sign in again where you need it. If you do not know why this happened, end all other sessions at ${product} and choose a new password.`,
      },
    },
    account: (product, email) => `Your account at ${product}: ${email}`,
    when: (time) => `When: ${time} UTC`,
    where: (ip, device) => `From: ${ip}${device === undefined ? "" : ` (${device})`}`,
    button: "This wasn't me",
    linkUntil: (days) => `The link works once, for ${days} days.`,
    addressInstead: "If the button does not work, open this address:",
    region: "en-GB",
  },
  de: {
    mails: {
      "new-device": {
        subject: (product) => `Neue Anmeldung bei ${product}`,
        body: () => "Jemand hat sich von einem Gerät oder aus einem Land bei deinem Konto angemeldet, das neu ist.",
        advice: () =>
          "Warst du das, brauchst du nichts zu tun. Wenn nicht, öffne den Link: ein Druck dort beendet diese Sitzung sofort.",
      },
      "password-set": {
        subject: (product) => `Dein Passwort für ${product} wurde gesetzt`,
        body: () => "Für dein Konto wurde ein neues Passwort gesetzt.",
        advice: (product) =>
          `Warst du das, brauchst du nichts zu tun. Wenn nicht, fordere bei ${product} jetzt einen Link an, um dein Passwort neu zu setzen.`,
      },
      "second-factor-on": {
        subject: (product) => `Anmeldung in zwei Schritten bei ${product} ist an`,
        body: () =>
          "Für dein Konto wurde ein zweiter Faktor eingeschaltet. Bewahre die Ersatzcodes dort auf, wo du sie findest.",
        advice: adviceDe,
      },
      "second-factor-off": {
        subject: (product) => `Anmeldung in zwei Schritten bei ${product} ist aus`,
        body: ({ product, byOperator = false }) =>
          byOperator
            ? `${product} hat den zweiten Faktor deines Kontos ausgeschaltet: Nach seinen Codes wird nicht mehr gefragt.`
            : "Der zweite Faktor deines Kontos wurde ausgeschaltet: Nach seinen Codes wird nicht mehr gefragt.",
        advice: adviceDe,
      },
      "backup-codes-made": {
        subject: (product) => `Neue Ersatzcodes bei ${product}`,
        body: () => "Für dein Konto wurden neue Ersatzcodes gemacht. Die bisherigen öffnen nichts mehr.",
        advice: adviceDe,
      },
      "backup-code-used": {
        subject: (product) => `Ein Ersatzcode wurde bei ${product} benutzt`,
        body: ({ left }) => `Statt deines zweiten Faktors wurde ein Ersatzcode benutzt. ${leftDe(left)}`,
        advice: adviceDe,
      },
      "email-changed": {
        subject: (product) => `Deine Adresse bei ${product} wurde geändert`,
        body: ({ isUndo = false }) =>
          `${isUndo ? "Eine Änderung der Adresse deines Kontos wurde zurückgenommen: Es trägt wieder seine alte." : "Dein Konto trägt ab jetzt eine andere Adresse."} An diese hier kommt nichts mehr darüber.`,
        advice: (product) => `Warst du das nicht, wende dich jetzt an ${product}.`,
        linkAdvice:
          "Warst du das, brauchst du nichts zu tun. Wenn nicht, öffne den Link: ein Druck dort gibt deinem Konto diese Adresse zurück, beendet alle Sitzungen und schickt dir einen Link für ein neues Passwort.",
      },
      "sessions-revoked": {
        subject: (product) => `Du wurdest bei ${product} abgemeldet`,
        body: ({ product }) => `${product} hat sicherheitshalber Sitzungen deines Kontos beendet.`,
        advice: () => "Melde dich dort neu an, wo du es brauchst. Mehr ist nicht zu tun.",
      },
      "token-theft": {
        subject: (product) => `Eine deiner Sitzungen bei ${product} wurde beendet`,
        body: () =>
          "Eine Sitzung deines Kontos wurde an zwei Orten zugleich benutzt, wie es geschieht, wenn sie kopiert wurde. Sie ist beendet.",
        advice: (product) =>
          `Melde dich dort neu an, wo du es brauchst. Weißt du nicht, wie es dazu kam, beende bei ${product} alle anderen Sitzungen und wähle ein neues Passwort.`,
      },
    },
    account: (product, email) => `Dein Konto bei ${product}: ${email}`,
    when: (time) => `Wann: ${time} Uhr UTC`,
    where: (ip, device) => `Von: ${ip}${device === undefined ? "" : ` (${device})`}`,
    button: "Das war ich nicht",
    linkUntil: (days) => `Der Link gilt einmal, ${days} Tage lang.`,
    addressInstead: "Falls die Schaltfläche nicht funktioniert, öffne diese Adresse:",
    region: "de-DE",
  },
};
