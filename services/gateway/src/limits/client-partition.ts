import { isIPv4, isIPv6 } from "node:net";

/**
 * What limits take for one client: an IPv4 address, or the /64 of an IPv6 address, since a single host commands all of
 * it. What is no address is one client with all of its kind.
 */
export function clientPartition(ip: string): string {
  if (isIPv4(ip)) return ip;
  const [address = ""] = ip.split("%");
  if (!isIPv6(address)) return "unknown";
  const groups = groupsOf(address);
  const [g1 = 0, g2 = 0, g3 = 0, g4 = 0, g5 = 0, g6 = 0, g7 = 0, g8 = 0] = groups;
  const isMapped = [g1, g2, g3, g4, g5].every((group) => group === 0) && g6 === 0xffff;
  if (isMapped) return [g7 >> 8, g7 & 0xff, g8 >> 8, g8 & 0xff].join(".");
  return `${[g1, g2, g3, g4].map((group) => group.toString(16)).join(":")}::/64`;
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
