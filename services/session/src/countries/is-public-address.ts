import { BlockList, isIP } from "node:net";

/** Nobody's on the Internet: private, local, shared, for documentation, multicast, reserved (RFC 6890 and its registries). */
const NOT_PUBLIC = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  "::/128",
  "::1/128",
  "64:ff9b:1::/48",
  "100::/64",
  "2001:db8::/32",
  "3fff::/20",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
];

const notPublic = new BlockList();
for (const range of NOT_PUBLIC) {
  const [network = "", bits] = range.split("/");
  notPublic.addSubnet(network, Number(bits), familyOf(network));
}

/** Whether an IP address can be somebody's on the Internet. */
export const isPublicAddress = (ip: string): boolean => !notPublic.check(ip, familyOf(ip));

function familyOf(ip: string): "ipv4" | "ipv6" {
  return isIP(ip) === 4 ? "ipv4" : "ipv6";
}
