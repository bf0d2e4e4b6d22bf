import { commands, events, occurred, type SignInClient } from "@lanyard/contracts";
import { type CommandRun, done, type Handler, handle } from "@lanyard/messaging";
import type { z } from "zod";
import type { ClientFacts } from "./client-facts.ts";
import { type DeviceDecision, decideDevice } from "./devices/decide-device.ts";
import type { DeviceStore } from "./devices/device-store.ts";
import { endsFor, type Place, type RosterDeps, takePlace } from "./roster/take-place.ts";
import type { SessionPulls } from "./session-pulls.ts";
import type { SessionStore } from "./session-store.ts";
import { newSession } from "./sessions/new-session.ts";

/**
 * Opens a session. Only this operation can derive this id: an item that stands there, in whatever state, is the session
 * it opened, and a repeat reports it without reviving it. An account's gets a place on the roster before. What is odd about
 * it is decided once, before it stands, and read from its item ever after; its device is known from then on.
 */
export const openSession = (deps: OpenSessionDeps): Handler =>
  handle(commands.session.open, async (run) => {
    const { sessions, pulls, lifetimes, clientFacts, now } = deps;
    // The same on a repeat, also when the session has been refreshed since: it is this operation's token.
    const jti = run.deriveUuid("access-token");
    const client = clientFacts(run.client);
    const [{ newest }, seen] = await Promise.all([pulls.inForce(), deviceOf(deps, run, client)]);
    const { operationId, writtenBy } = run;
    const opening = { ...run.input, sessionId: run.deriveUuid("session"), pull: newest, operationId, writtenBy };
    const { replaces, ends } = run.input.userKind === "account" ? await takePlace(deps, opening) : NOWHERE;
    const session = newSession({ ...opening, ...seen, jti, client, replaces, now: now(), lifetimes });
    const opened = await sessions.open(session, { writtenBy });
    const { sessionId, userId, userKind, method, openedAt, expiresAt, generation, pull, amr, deviceId, risk } = opened;
    if (deviceId !== undefined) await deps.devices.see({ userId, deviceId, client, at: openedAt }, { writtenBy });
    const known = deviceId === undefined ? {} : { deviceId };
    const { secondFactorAt } = opened;
    const proven = secondFactorAt === undefined ? {} : { secondFactorAt };
    const { secondFactor } = run.input;
    const odd = { ...(secondFactor && { secondFactor }), ...(risk && { risk }) };
    return done({ sessionId, openedAt, expiresAt, generation, pull, amr, jti, method, ...known, ...proven }, [
      occurred(events.sessionOpened, openedAt, { userId, userKind, sessionId, method, ...odd }),
      ...(await endsFor(deps, opening, opened, ends)).flatMap((end) => (end.kind === "ended" ? end.events : [])),
    ]);
  });

/** The device of an account's sign-in, and what is odd about it; visitors have none. */
async function deviceOf(
  { devices }: Pick<OpenSessionDeps, "devices">,
  run: CommandRun<z.output<typeof commands.session.open.input>>,
  client: SignInClient,
): Promise<Partial<DeviceDecision>> {
  const { userId, userKind, failuresBefore = 0 } = run.input;
  if (userKind !== "account") return {};
  const shown = run.client.device;
  return decideDevice(await devices.load(userId), {
    client,
    ...(shown?.userId === userId && { shownDeviceId: shown.deviceId }),
    newDeviceId: run.deriveUuid("device"),
    failuresBefore,
  });
}

const NOWHERE: Place = { replaces: [], ends: new Map() };

interface OpenSessionDeps extends RosterDeps {
  readonly sessions: SessionStore;
  readonly pulls: SessionPulls;
  readonly clientFacts: ClientFacts;
  readonly devices: DeviceStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
