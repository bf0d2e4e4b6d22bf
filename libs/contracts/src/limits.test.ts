import { describe, expect, it } from "@jest/globals";
import { type Limit, limits } from "./http/limits.ts";
import type { Route } from "./http/route.ts";
import { allRoutes } from "./http/routes.ts";

/** The most that windows let through within `seconds`, wherever they begin: the rest of one, whole ones, a begun one. */
const mostWithin = ({ quota, windowSeconds }: Limit, seconds: number): number =>
  quota - 1 + Math.ceil(seconds / windowSeconds) * quota;

describe("the limits of mails", () => {
  it.each([["mailPerAddressAndClient"], ["mailPerAddressAndNetwork"]] as const)(
    "leave the owner of an address one at least, whatever is asked for under %s",
    (name) => {
      const { quota, windowSeconds } = limits.mailPerAddress;

      expect(mostWithin(limits[name], windowSeconds)).toBeLessThan(quota);
    },
  );

  it("count in the order in which what is refused must not count further: the owner's last", () => {
    const ofMails = allRoutes
      .map((route: Route) => route.limits ?? [])
      .filter((names) => names.some((name) => name.startsWith("mail")));

    expect(ofMails).toHaveLength(5);
    for (const names of ofMails) {
      expect(names).toEqual(["mailPerAddressAndClient", "mailPerAddressAndNetwork", "mailPerClient", "mailPerAddress"]);
    }
  });
});
