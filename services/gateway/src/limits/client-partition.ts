import { isIPv4, isIPv6 } from "node:net";

/**
 * What limits take for one client: an IPv4 address, or the /64 of an IPv6 address, since a single host commands all of
 * it. What is no address is one client with all of its kind.
 */
export function clientPartition(ip: string): string {
  const address = addressOf(ip);
  if (typeof address === "string") return address;
  return `${hexadecimal(address.slice(0, 4))}::/64`;
}

/** What limits take for one network: the /24 of an IPv4 address, the /48 of an IPv6 address; else as above. */
export function networkPartition(ip: string): string {
  const address = addressOf(ip);
  if (address === "unknown") return address;
  if (typeof address === "string") return `${address.split(".").slice(0, 3).join(".")}.0/24`;
  return `${hexadecimal(address.slice(0, 3))}::/48`;
}

const hexadecimal = (groups: readonly number[]): string => groups.map((group) => group.toString(16)).join(":");

/** An IPv4 address as it is read, the eight groups of an IPv6 address, or that it is neither. */
function addressOf(ip: string): string | readonly number[] {
  if (isIPv4(ip)) return ip;
  const [address = ""] = ip.split("%");
  if (!isIPv6(address)) return "unknown";
  const groups = groupsOf(address);
  const [g6 = 0, g7 = 0, g8 = 0] = groups.slice(5);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && g6 === 0xffff;
  return isMapped ? [g7 >> 8, g7 & 0xff, g8 >> 8, g8 & 0xff].join(".") : groups;
}

/** The eight groups of an IPv6 address, however it is written: URLs have it in one form (WHATWG URL, 3.5). */
function groupsOf(address: string): readonly number[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const read = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return read(head);
  const [front, back] = [read(head), read(tail)];
  return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
}
