export { type CloudEnvironment, environmentOf, missingPartsOf, withCloud } from "./cloud-environment.ts";
export { DataDirInUse } from "./data-lock.ts";
export { type EmbeddedMailbox, type EmbeddedMailboxOptions, startMailbox } from "./embedded-mailbox.ts";
export { freePort, isPortFree } from "./free-port.ts";
export {
  type LocalCloud,
  type LocalCloudOptions,
  type PartialCloud,
  startLocalCloud,
  startMissingCloud,
} from "./local-cloud.ts";
export type { MailboxMessage } from "./mailbox/read-mail.ts";
export { type Provisioned, type ProvisionOptions, provision } from "./provision.ts";
export { resourceName } from "./resource-name.ts";
export {
  type IndexTopology,
  parseTopology,
  type QueueTopology,
  readTopology,
  type SubscriptionTopology,
  type TableTopology,
  type Topology,
  topologySchema,
} from "./topology.ts";
