import { freePort, isPortFree } from "@lanyard/local-cloud";

/** The gateway's port is not free. */
export class PortTaken extends Error {
  override readonly name = "PortTaken";
  readonly port: number;

  constructor(port: number) {
    super(`port ${port} is taken`);
    this.port = port;
  }
}

/** As many ports as there are gateways, the first as wished (0: any); throws PortTaken rather than give another one. */
export async function gatewayPorts(count: number, first: number): Promise<number[]> {
  const ports = count > 0 && first !== 0 ? [first] : [];
  if (ports.length > 0 && !(await isPortFree(first))) throw new PortTaken(first);
  while (ports.length < count) {
    const port = await freePort();
    if (!ports.includes(port)) ports.push(port);
  }
  return ports;
}
