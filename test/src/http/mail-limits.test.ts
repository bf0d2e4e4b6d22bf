import { afterEach, describe, expect, it } from "@jest/globals";
import { defaultLimits } from "@lanyard/gateway-service";
import type { HttpAnswer } from "../support/http-call.ts";
import { type InProcessOptions, type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";

let system: InProcessSystem;
const begin = async (limits: NonNullable<InProcessOptions["settings"]>["limits"] = defaultLimits): Promise<void> => {
  // Without workers: what is counted is counted before anything is carried out.
  system = await inProcessSystem({ workers: [], settings: { limits, trustedProxies: ["127.0.0.1"] } });
};
afterEach(() => system.stop());

const mail = (from: string, email = "ada@example.com", route: "magic-link" | "otp" = "magic-link") =>
  system.call("POST", `/api/v2/auth/${route}`, { json: { email }, headers: { "x-forwarded-for": from } });
const statuses = (answers: readonly HttpAnswer[]): readonly number[] => answers.map(({ status }) => status);
const limitsOf = ({ headers }: HttpAnswer) => [headers["ratelimit-policy"], headers["ratelimit"]];

const few = {
  mailPerAddressAndClient: { quota: 2, windowSeconds: 900 },
  mailPerClient: { quota: 9, windowSeconds: 900 },
  mailPerAddress: { quota: 3, windowSeconds: 3600 },
};

describe("mails that are asked for", () => {
  it("are limited for each address and client, whichever kind, however the address is written", async () => {
    await begin(few);
    const [one, other] = ["203.0.113.1", "203.0.113.2"];
    const answers = [
      await mail(one),
      await mail(one, " ADA@Example.com", "otp"),
      await mail(one, "ada@example.com", "otp"),
    ];

    expect(statuses(answers)).toEqual([202, 202, 429]);
    expect(answers.map(limitsOf)).toEqual([
      [
        '"mailPerAddressAndClient";q=2;w=900, "mailPerClient";q=9;w=900',
        '"mailPerAddressAndClient";r=1;t=900, "mailPerClient";r=8;t=900',
      ],
      [
        '"mailPerAddressAndClient";q=2;w=900, "mailPerClient";q=9;w=900',
        '"mailPerAddressAndClient";r=0;t=900, "mailPerClient";r=7;t=900',
      ],
      ['"mailPerAddressAndClient";q=2;w=900', '"mailPerAddressAndClient";r=0;t=900'],
    ]);
    expect(answers[2]?.headers["retry-after"]).toBe("900");
    expect(statuses([await mail(other), await mail(one, "bob@example.com")])).toEqual([202, 202]);
  });

  it("are limited for each client, to however many addresses", async () => {
    await begin();
    const bomber = "203.0.113.66";
    const answers: HttpAnswer[] = [];
    for (let index = 0; index < 65; index += 1) answers.push(await mail(bomber, `bomb+${index}@example.com`, "otp"));

    expect(statuses(answers)).toEqual([...Array(60).fill(202), ...Array(5).fill(429)]);
    expect(answers.at(-1)?.headers["retry-after"]).toBe("900");
    expect((await mail("203.0.113.1", "bomb+64@example.com", "otp")).status).toBe(202);
  });

  it("are not counted for an address when its client is over its own limit", async () => {
    await begin({ mailPerClient: { quota: 1, windowSeconds: 900 }, mailPerAddress: { quota: 1, windowSeconds: 3600 } });
    await mail("203.0.113.66", "bob@example.com");
    expect((await mail("203.0.113.66")).status).toBe(429);

    expect((await mail("203.0.113.1")).status).toBe(202);
  });

  it("cannot be used up for the owner of an address by one stranger", async () => {
    await begin(few);
    const stranger = "203.0.113.66";
    for (let tries = 0; tries < 20; tries += 1) await mail(stranger);

    expect((await mail("203.0.113.1")).status).toBe(202);
  });

  it.each([
    ["an IPv4 /24", (host: number) => `203.0.113.${host}`, "198.51.100.1"],
    ["an IPv6 /48", (host: number) => `2001:db8:1:${host}::1`, "2001:db8:2::1"],
  ])("are limited for each address and network, %s, which leaves some for others", async (_, stranger, owner) => {
    await begin();
    const answers: HttpAnswer[] = [];
    for (let host = 1; host <= 12; host += 1) answers.push(await mail(stranger(host)));

    expect(statuses(answers)).toEqual([...Array(10).fill(202), 429, 429]);
    expect((await mail(owner)).status).toBe(202);
    expect((await mail(stranger(11), "bob@example.com")).status).toBe(202);
  });

  it("are limited for each address, whoever asks, and a refused one leaves its client's limit as it was", async () => {
    await begin(few);
    for (let host = 1; host <= 3; host += 1) expect((await mail(`203.0.113.${host}`)).status).toBe(202);
    const refused = await mail("203.0.113.4");
    await mail("203.0.113.4");

    expect(statuses([refused, await mail("203.0.113.4")])).toEqual([429, 429]);
    await system.clock.advance(3600_000);
    expect(limitsOf(await mail("203.0.113.4"))[1]).toBe(
      '"mailPerAddressAndClient";r=1;t=900, "mailPerClient";r=8;t=900',
    );
  });
});

describe("who asks for a mail to an address that others have asked for", () => {
  /** All that an answer says besides what names this one request. */
  const told = ({ status, headers, body }: HttpAnswer) => {
    const { date: _date, "x-request-id": _request, "x-operation-id": _operation, ...rest } = headers;
    const { challengeId: _challenge, ...said } = body as Record<string, unknown>;
    return { status, rest, said };
  };

  it("is told nothing else than for one that nobody has asked for", async () => {
    await begin();
    for (let host = 1; host <= 5; host += 1) await mail(`198.51.100.${host}`, "used@example.com");
    const [fresh, used] = [
      await mail("203.0.113.1", "free@example.com"),
      await mail("203.0.113.2", "used@example.com"),
    ];

    expect(fresh.status).toBe(202);
    expect(limitsOf(fresh)).not.toContain(undefined);
    expect(told(used)).toEqual(told(fresh));
  });

  it.each([
    ["mailPerAddress", 0, "3600"],
    ["mailPerAddress", 61, "3600"],
    ["mailPerAddress", 301, "3300"],
    ["mailPerAddress", 3599, "300"],
    ["mailPerAddressAndNetwork", 61, "3600"],
  ])("is told when to come back in steps of five minutes when %s is reached, %d s on", async (name, seconds, after) => {
    await begin({
      ...few,
      mailPerAddress: { quota: 9, windowSeconds: 3600 },
      [name]: { quota: 1, windowSeconds: 3600 },
    });
    await mail("203.0.113.1");
    await system.clock.advance(seconds * 1000);
    const refused = await mail("203.0.113.2");

    expect([refused.status, refused.headers["retry-after"]]).toEqual([429, after]);
    expect(limitsOf(refused).join()).not.toContain(name === "mailPerAddress" ? 'Address"' : "Network");
  });
});
