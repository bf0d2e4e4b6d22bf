import { isIP } from "node:net";
import type { Request } from "express";

/**
 * Takes brackets and ports off what `X-Forwarded-For` lists, as some proxies write them (`192.0.2.1:4444`,
 * `[2001:db8::1]:55`), before anything asks which proxies to believe: with a port, none would be known.
 */
export function withoutPorts(request: Pick<Request, "headers">): void {
  const listed = request.headers["x-forwarded-for"];
  if (listed === undefined) return;
  request.headers["x-forwarded-for"] = String(listed).split(",").map(withoutPort).join(", ");
}

function withoutPort(entry: string): string {
  const text = entry.trim();
  const [, bracketed, plain] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  return address !== undefined && isIP(address) !== 0 ? address : text;
}

/** The address behind the trusted proxies; `unknown` in place of what is none, which is not repeated. IPv4 reads as IPv4 also over an IPv6 socket. */
export function clientAddress(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  return mapped ?? (isIP(ip) === 0 ? "unknown" : ip);
}
