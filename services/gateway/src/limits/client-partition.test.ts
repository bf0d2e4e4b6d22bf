import { describe, expect, it } from "@jest/globals";
import { clientPartition, networkPartition } from "./client-partition.ts";

describe("the client that a limit counts for", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["unknown", "unknown"],
    ["", "unknown"],
    ["not an address", "unknown"],
  ])("of %s is %s", (ip, partition) => {
    expect(clientPartition(ip)).toBe(partition);
  });

  it("is one for all addresses of a /64, and another for the next", () => {
    const one = ["2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff"].map(clientPartition);

    expect(new Set(one).size).toBe(1);
    expect(one).not.toContain(clientPartition("2001:db8:0:2::1"));
  });
});

describe("the network that a limit counts for", () => {
  it.each([
    ["192.0.2.1", "192.0.2.0/24"],
    ["192.0.2.255", "192.0.2.0/24"],
    ["192.0.3.1", "192.0.3.0/24"],
    ["::ffff:192.0.2.1", "192.0.2.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
    ["2001:db8:1:ffff::9", "2001:db8:1::/48"],
    ["2001:db8:2::1", "2001:db8:2::/48"],
    ["::1", "0:0:0::/48"],
    ["unknown", "unknown"],
    ["", "unknown"],
  ])("of %s is %s", (ip, partition) => {
    expect(networkPartition(ip)).toBe(partition);
  });
});
