import { z } from "zod";
import { personal, sealed } from "../secrecy.ts";
import {
  challengeKind,
  deviceClass,
  displayName,
  email,
  locale,
  operationId,
  risk,
  secondFactorChallengeId,
  secondFactorMethod,
  signInMethod,
  timestamp,
} from "../shapes.ts";

/** What a sign-in answers whose account has a second factor: nobody is signed in yet. */
export const secondFactorNeeded = z
  .object({
    secondFactor: z.object({
      challengeId: secondFactorChallengeId,
      methods: z.array(secondFactorMethod),
      expiresAt: timestamp,
    }),
  })
  .meta({ id: "SecondFactorNeeded" });

/** A TOTP secret, shown once. */
export const secondFactorSetup = z
  .object({
    secret: sealed(z.string()).meta({ description: "Base32, for those who type" }),
    otpauthUrl: sealed(z.string()).meta({ description: "For authenticator apps" }),
  })
  .meta({ id: "SecondFactorSetup" });

/** As it is answered: with a picture of `otpauthUrl`. */
export const secondFactorSetupShown = secondFactorSetup
  .extend({ qrSvg: sealed(z.string()).meta({ description: "`otpauthUrl` as a QR code, SVG" }) })
  .meta({ id: "SecondFactorSetupShown" });

export const backupCodes = z
  .object({ backupCodes: sealed(z.array(z.string())).meta({ description: "Ten, shown this once; each opens once" }) })
  .meta({ id: "BackupCodes" });

/** What an account says of its user. */
export const profile = z.object({ displayName: displayName.optional(), locale: locale.optional() });

export const updatedProfile = z
  .object({
    profile,
    emailChange: z
      .object({ operationId })
      .optional()
      .meta({ description: "A mail is on its way to the new address, which counts once its link was opened" }),
  })
  .meta({ id: "UpdatedProfile" });

/** What an account is proven by, for `GET /auth/me`. */
export const accountSecurity = z.object({
  password: z.boolean().meta({ description: "Whether it has one" }),
  secondFactor: z.boolean().meta({ description: "Whether it is on" }),
  backupCodesLeft: z.int().nonnegative(),
});

export const lastSignIn = z.object({ at: timestamp, method: signInMethod });

export const changedEmail = z.object({ email: personal(email) }).meta({ id: "ChangedEmail" });

/** A change of address that a mail tells of, for the page that undoes it. */
export const undoableEmailChange = z
  .object({
    changedAt: timestamp,
    expiresAt: timestamp.meta({ description: "Until then it can be undone" }),
  })
  .meta({ id: "UndoableEmailChange" });

export const restoredEmail = z
  .object({
    restoredAt: timestamp.meta({ description: "From then on the account carries the address that the mail came to" }),
    passwordReset: z
      .object({ operationId })
      .optional()
      .meta({ description: "A mail to that address is on its way, with a link to choose a password" }),
  })
  .meta({ id: "RestoredEmail" });

/** What a mailed link is for. */
export const linkPurpose = challengeKind.exclude(["email_otp"]);

/** A session that a mail asks about, for the page that ends it. */
export const reportableSession = z
  .object({
    openedAt: timestamp,
    method: signInMethod,
    country: z.string().optional(),
    os: z.string().optional(),
    browser: z.string().optional(),
    device: deviceClass.optional(),
    risk: risk.optional(),
  })
  .meta({ id: "ReportableSession" });

export const reportedSession = z
  .object({
    endedAt: timestamp,
    passwordReset: z
      .object({ operationId })
      .optional()
      .meta({ description: "When a new password was asked for: a mail with a link to choose it is on its way" }),
    isAddressNew: z.literal(true).optional().meta({
      description:
        "The account's address was changed after the session was opened: no link for a password is mailed there. The mail to the old address gives it back",
    }),
  })
  .meta({ id: "ReportedSession" });
