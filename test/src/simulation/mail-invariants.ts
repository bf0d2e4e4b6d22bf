import { BLUR_MS, crowded, grouped, type Invariant, writesOf } from "./evidence.ts";

/** What is true of mails. */
export const mailInvariants: readonly Invariant[] = [
  {
    name: "a challenge is mailed with one link and one code, under one Message-ID",
    violations({ world }) {
      const links = grouped(
        world.mails,
        ({ messageId }) => messageId,
        ({ link }) => link,
      );
      const codes = grouped(
        world.mails.filter(({ code }) => code !== undefined),
        ({ messageId }) => messageId,
        ({ code }) => code,
      );
      const ids = grouped(
        world.mails.filter(({ link }) => link !== undefined),
        ({ link = "" }) => link,
        ({ messageId }) => messageId,
      );
      return [
        ...crowded(links).map(([id]) => `${id}: more than one link`),
        ...crowded(codes).map(([id]) => `${id}: more than one code`),
        ...crowded(ids).map(([, size]) => `one link in mails of ${size} ids`),
        ...crowded(world.issued).map(([id, size]) => `${id}: ${size} codes were issued`),
      ];
    },
  },
  {
    name: "a mail goes out twice only when something died or failed in between",
    violations(evidence) {
      const { world } = evidence;
      const leases = writesOf(evidence, "notification", "mail#");
      return world.mails.flatMap((first, index) => {
        const again = world.mails.slice(index + 1).find(({ messageId }) => messageId === first.messageId);
        if (again === undefined) return [];
        const failed = world.troubles.some(
          ({ process, at }) => process === first.process && at >= first.at && at <= again.at,
        );
        const taken = leases.filter(({ key }) => first.messageId.startsWith(`<${key.pk.slice("mail#".length)}@`));
        // Who sends for longer than its lease lasts, another may come before.
        const ranOut = taken.some(({ value }, nth) => {
          const lease = value["sending"] as { readonly until: string } | undefined;
          const next = taken[nth + 1];
          return (
            lease !== undefined && next?.value["sending"] !== undefined && next.at >= Date.parse(lease.until) - BLUR_MS
          );
        });
        return failed || ranOut ? [] : [`${first.messageId} was sent at ${first.at} and at ${again.at}`];
      });
    },
  },
];
