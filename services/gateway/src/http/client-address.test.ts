import { describe, expect, it } from "@jest/globals";
import { clientAddress, withoutPorts } from "./client-address.ts";

const forwardedFor = (given: string | undefined): unknown => {
  const request = { headers: given === undefined ? {} : { "x-forwarded-for": given } };
  withoutPorts(request);
  return request.headers["x-forwarded-for"];
};

describe("what X-Forwarded-For lists", () => {
  it.each([
    ["1.1.1.1", "1.1.1.1"],
    ["1.1.1.1:4444", "1.1.1.1"],
    ["[2001:db8::1]:55", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["2001:db8::1:55", "2001:db8::1:55"],
    ["1.1.1.1:4444,[2001:db8::1]:55 , 2.2.2.2", "1.1.1.1, 2001:db8::1, 2.2.2.2"],
    ["nobody", "nobody"],
    ["nobody:80", "nobody:80"],
    ["999.1.1.1:80", "999.1.1.1:80"],
    ["[nobody]:80", "[nobody]:80"],
    ["1.1.1.1:", "1.1.1.1:"],
    ["", ""],
    [undefined, undefined],
  ])("is without ports and brackets: %s", (given, plain) => {
    expect(forwardedFor(given)).toBe(plain);
  });
});

describe("the address of a client", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8::1"],
    ["nobody", "unknown"],
    ["", "unknown"],
  ])("of %s is %s", (ip, address) => {
    expect(clientAddress(ip)).toBe(address);
  });
});
