import { timingSafeEqual } from "node:crypto";
import type { Derivation } from "@lanyard/secrets";

/** What a code is issued for. */
export interface CodeSubject {
  readonly challengeId: string;
  readonly operationId: string;
  /** In its normal form. */
  readonly email: string;
  /** The derivation key of the challenge. */
  readonly kid: string;
}

/**
 * Who issues and checks the codes of e-mail challenges: Lanyard itself, or another identity provider behind the same API
 * (Amazon Cognito: `issue` is `InitiateAuth` with EMAIL_OTP and keeps the `Session`, `check` is `RespondToAuthChallenge`).
 * How often a code may be tried, until when, and that it is spent once, is decided outside.
 */
export interface EmailCodes {
  /**
   * Done again after a crash it should issue the same code. `code`: for Lanyard to mail; absent when the provider mails it.
   * `verifier`: what `check` needs, kept with the challenge; must not give the code away.
   */
  issue(subject: CodeSubject): Promise<{ readonly code?: string; readonly verifier: string }>;
  /**
   * Whether the code is the one of the challenge. It may be asked twice for one operation, after a crash; a provider that then
   * says no to what it has said yes to makes the person ask for another code.
   */
  check(challenge: Omit<CodeSubject, "operationId"> & { readonly verifier: string }, code: string): Promise<boolean>;
}

/** Six digits that follow from the operation, so that whoever tries it again mails the same; kept as a keyed hash. */
export function derivedCodes(derivation: Derivation): EmailCodes {
  return {
    async issue({ challengeId, operationId, kid }) {
      const code = sixDigits(derivation.bytes(kid, "email-code", operationId));
      return { code, verifier: codeHash(derivation, kid, challengeId, code) };
    },
    async check({ challengeId, kid, verifier }, code) {
      return timingSafeEqual(Buffer.from(codeHash(derivation, kid, challengeId, code)), Buffer.from(verifier));
    },
  };
}

/** Codes that are known beforehand, for addresses of tests; all others as `codes` has them. Development only. */
export function fixedCodes(derivation: Derivation, fixed: ReadonlyMap<string, string>, codes: EmailCodes): EmailCodes {
  return {
    async issue(subject) {
      const code = fixed.get(subject.email);
      if (code === undefined) return codes.issue(subject);
      return { code, verifier: codeHash(derivation, subject.kid, subject.challengeId, code) };
    },
    check: (challenge, code) =>
      fixed.has(challenge.email) ? derivedCodes(derivation).check(challenge, code) : codes.check(challenge, code),
  };
}

/** 64 bits modulo a million: no code is likelier than another by more than one in ten million millions. */
const sixDigits = (bytes: Buffer): string => String(bytes.readBigUInt64BE() % 1_000_000n).padStart(6, "0");

const codeHash = (derivation: Derivation, kid: string, challengeId: string, code: string): string =>
  derivation.bytes(kid, "email-code-hash", challengeId, code).toString("base64url");
