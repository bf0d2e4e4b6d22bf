import { afterEach, describe, expect, it } from "@jest/globals";
import { type CommandMessage, commandMessage } from "@lanyard/contracts";
import { type InProcessSystem, inProcessSystem } from "../support/in-process-system.ts";

let system: InProcessSystem;
afterEach(() => system.stop());

/** The command that a request with these headers becomes. */
async function commandOf(
  headers: Record<string, string>,
  trustedProxies: readonly string[] = [],
): Promise<CommandMessage> {
  system = await inProcessSystem({ workers: [], settings: { trustedProxies } });
  await system.call("POST", "/api/v2/auth/anonymous", { headers: { prefer: "respond-async", ...headers } });
  const [message] = system.transport.held("identity");
  return commandMessage.parse(JSON.parse(message?.body ?? "{}"));
}
const forwarded = (list: string) => ({ "x-forwarded-for": list });

describe("the address of a client", () => {
  it.each([
    ["its own, whatever it says", "203.0.113.9", [], "127.0.0.1"],
    ["its own, when some other proxy is trusted", "203.0.113.9", ["10.0.0.0/8"], "127.0.0.1"],
    ["what a trusted proxy says", "203.0.113.9", ["127.0.0.0/8"], "203.0.113.9"],
    ["the last that no trusted proxy vouches for", "198.51.100.1, 203.0.113.9", ["127.0.0.1"], "203.0.113.9"],
    ["behind all trusted proxies", "198.51.100.1, 203.0.113.9, 10.1.2.3", ["127.0.0.1", "10.0.0.0/8"], "203.0.113.9"],
    ["of version 6", "2001:db8::1", ["127.0.0.1"], "2001:db8::1"],
    ["of version 4 in the clothes of version 6", "::ffff:203.0.113.9", ["127.0.0.1"], "203.0.113.9"],
    ["unknown, when it is none", "<script>", ["127.0.0.1"], "unknown"],
  ])("is %s", async (_, list, trusted, ip) => {
    expect((await commandOf(forwarded(list), trusted)).client.ip).toBe(ip);
  });
});

describe("the command of a client", () => {
  it("names its browser, within reason", async () => {
    const { client } = await commandOf({ "user-agent": "x".repeat(5000) });

    expect(client.userAgent).toBe("x".repeat(512));
  });

  it("goes on with its trace, in a span of its own", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const { traceparent } = await commandOf({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });

    expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(traceparent).not.toContain("00f067aa0ba902b7");
  });

  it.each([
    ["is of another version", `ff-${"a".repeat(32)}-${"b".repeat(16)}-01`],
    ["has no trace id", `00-${"0".repeat(32)}-${"b".repeat(16)}-01`],
    ["has no parent id", `00-${"a".repeat(32)}-${"0".repeat(16)}-01`],
    ["is none", "abc"],
  ])("begins a trace when the one it shows %s", async (_, given) => {
    const { traceparent } = await commandOf({ traceparent: given });

    expect(traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
    expect(traceparent).not.toContain("a".repeat(32));
  });

  it("is authenticated, dated and limited to a day", async () => {
    const message = await commandOf({});
    const [sent] = system.transport.held("identity");

    expect(system.derivation.verifies(sent?.attributes["mac"] ?? "", "envelope-command", sent?.body ?? "")).toBe(true);
    expect(message).toMatchObject({
      type: "identity.createAnonymousUser",
      caller: { kind: "none" },
      receivedAt: new Date(system.clock.now()).toISOString(),
      notAfter: new Date(system.clock.now() + 24 * 3600_000).toISOString(),
      progress: false,
    });
    expect(sent?.groupId).toMatch(/^[\w-]{22}$/);
    expect(sent?.groupId).not.toContain("127.0.0.1");
  });
});
