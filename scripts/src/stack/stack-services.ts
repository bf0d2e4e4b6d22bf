import { join } from "node:path";

/** Every service, in the order in which they are started; the gateway is last, since it answers for all. */
export const workerNames = ["token", "identity", "session", "merge", "notification", "audit"] as const;
export type WorkerName = (typeof workerNames)[number];
export type ServiceName = WorkerName | "gateway";
/** Name and index: `token-0`. */
export type ServiceId = `${ServiceName}-${number}`;

const root = join(import.meta.dirname, "../../..");

export const scriptOf = (name: ServiceName): string => join(root, "services", name, "src/main.ts");
export const provisionerScript = join(root, "libs/local-cloud/src/provision-main.ts");
