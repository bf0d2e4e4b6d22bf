import type { AccountStore } from "@lanyard/identity-service";
import type { ClosedVisitors, DataItemStore, SlotStore } from "@lanyard/merge-service";
import type {
  Clock,
  Disposition,
  EventConsumerOptions,
  Handler,
  Outcomes,
  ReceivedMessage,
  Transport,
} from "@lanyard/messaging";
import type { decideSending, MailServer } from "@lanyard/notification-service";
import type { Derivation } from "@lanyard/secrets";
import type {
  BulkRevocationStore,
  decideRotation,
  RevocationLog,
  SessionPulls,
  SessionStore,
  SweptSessions,
} from "@lanyard/session-service";
import type { ItemStore } from "@lanyard/storage";
import type { Process, World } from "./world.ts";

type Handle = (message: ReceivedMessage) => Promise<Disposition>;

interface Lifetimes {
  readonly anonymousIdleSeconds: number;
  readonly accountIdleSeconds: number;
  readonly accountMaxSeconds: number;
}

/** A deliberate defect, put where the real thing goes. Every one must be caught by an invariant. */
export interface Mutant {
  readonly name: string;
  readonly table?: (store: ItemStore, table: string, world: World) => ItemStore;
  readonly transport?: (transport: Transport, world: World) => Transport;
  /** Of ids and envelopes. */
  readonly derivation?: (derivation: Derivation, world: World) => Derivation;
  /** Of links and codes. */
  readonly secrets?: (derivation: Derivation, world: World) => Derivation;
  readonly outcomes?: (outcomes: Outcomes, world: World) => Outcomes;
  readonly runtimeClock?: (clock: Clock) => Clock;
  readonly decideRotation?: typeof decideRotation;
  readonly decideSending?: typeof decideSending;
  readonly handle?: (
    handle: Handle,
    at: { readonly world: World; readonly process: Process; readonly queue: string },
  ) => Handle;
  readonly handler?: (handler: Handler, world: World) => Handler;
  readonly accounts?: (accounts: AccountStore, identityTable: ItemStore) => AccountStore;
  readonly mailServer?: (server: MailServer, world: World) => MailServer;
  /** What the notification worker makes of an event. */
  readonly securityMails?: (hear: EventConsumerOptions["hear"], world: World) => EventConsumerOptions["hear"];
  readonly lifetimes?: (lifetimes: Lifetimes) => Lifetimes;
  /** Where uses of sessions are written. */
  readonly touchedSessions?: (sessions: SessionStore) => SessionStore;
  /** Where those who hold a place on a roster are looked at. */
  readonly rosterSessions?: (
    sessions: SessionStore,
    at: { readonly sessionTable: ItemStore; readonly world: World },
  ) => SessionStore;
  /** Where those are logged who had to end for another. */
  readonly rosterRevocations?: (revocations: RevocationLog) => RevocationLog;
  readonly bulkRevocations?: (
    revocations: BulkRevocationStore,
    at: { readonly sessionTable: ItemStore; readonly world: World },
  ) => BulkRevocationStore;
  readonly sweptSessions?: (
    sessions: SweptSessions,
    at: { readonly sessionTable: ItemStore; readonly world: World },
  ) => SweptSessions;
  /** Where the merge worker finds what users own, their slots, and visitors who are closed. */
  readonly dataItems?: (items: DataItemStore, world: World) => DataItemStore;
  readonly slots?: (slots: SlotStore, at: { readonly mergeTable: ItemStore; readonly world: World }) => SlotStore;
  readonly closedVisitors?: (closed: ClosedVisitors, world: World) => ClosedVisitors;
  /** What the session worker knows of pulls. */
  readonly pulls?: (pulls: SessionPulls) => SessionPulls;
  /** By which hours of the security log are sealed. */
  readonly sealingClock?: (now: () => number) => () => number;
  /** What gateways read revocations and pulls from. */
  readonly gatewayTable?: (sessionTable: ItemStore) => ItemStore;
}

/** Does it some time later, if it gets to it, and does not care how it went. */
export const later = (world: World, ms: number, chance: number, work: () => Promise<unknown>): void => {
  world.time.after(ms, () => {
    if (world.random.chance(chance)) work().catch(() => {});
  });
};
