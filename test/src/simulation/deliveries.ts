import { allCommands, typesFollowedBy } from "@lanyard/contracts";
import type { OutgoingMessage } from "@lanyard/messaging";
import type { Sent, World } from "./world.ts";

const DAY_MS = 86_400_000;
/** How often a copy of a message that looks for an account comes hours late. */
const OVERTAKEN = 0.3;
/** A message may be taken for too old by whoever's clock is ahead. */
const CLOCKS_MS = 10 * 60_000;
/** An event that comes later may be about a mail that was forgotten. */
const MAILS_REMEMBERED_MS = 28 * DAY_MS;

/** Claims are asked for in time, and come to their end however late. */
const TIMELESS: ReadonlySet<string> = new Set(
  allCommands.filter(({ hasNoDeadline }) => hasNoDeadline === true).map(({ name }) => name),
);

/** Whether a command is carried out however late it comes: as all of a sweep is. */
const isTimeless = ({ queue, message }: Sent): boolean =>
  queue === "session-bulk" || TIMELESS.has(message.attributes["type"] ?? "");

const MAILED: ReadonlySet<string> = new Set(typesFollowedBy("security-mails"));

/** The queues that an event comes to, beside the inboxes of gateways. */
export const followersOf = (
  { isAudited, isSecuring }: World,
  { attributes }: OutgoingMessage,
): readonly ("audit" | "security-mails")[] => [
  ...(isAudited ? ["audit" as const] : []),
  ...(isSecuring && MAILED.has(attributes["type"] ?? "") ? ["security-mails" as const] : []),
];

/** A queue takes a message at once, twice, or shows it only after up to 38 days. */
export async function takeIn(world: World, sent: Sent): Promise<void> {
  const { random, weather, time, calm, broker } = world;
  const { queue, message } = sent;
  world.sent.push(sent);
  const send = (): Promise<void> => broker.send(queue, message);
  const sendLater = (ms: number): void => time.after(ms, () => void send().then(() => world.onMessage(queue)));
  const isInbox = queue.startsWith("inbox");
  const late = !calm && !isInbox && random.chance(weather.late);
  if (!late) await send();
  else {
    const delay = random.pick([
      random.between(5_000, 120_000),
      random.between(60_000, DAY_MS),
      random.between(DAY_MS, 38 * DAY_MS),
    ]);
    const { id, operationId, notAfter } = JSON.parse(message.body) as {
      id?: string;
      operationId?: string;
      notAfter?: string;
    };
    if (queue === "security-mails" && id !== undefined && delay > MAILS_REMEMBERED_MS) world.overdue.add(id);
    const hasTime = operationId !== undefined && !isTimeless(sent);
    if (hasTime && time.now() + delay > Date.parse(notAfter ?? "") - CLOCKS_MS) world.overdue.add(operationId);
    sendLater(delay);
  }
  time.after(random.between(0, 20), () => world.onMessage(queue));
  // An address moves on in a few hours at most: a copy that is to come after that must come more often than others.
  const isOvertaken = world.isSecuring && message.attributes["type"] === "identity.ensureUser";
  if (!calm && !world.isFair && isOvertaken && random.chance(OVERTAKEN)) sendLater(random.between(0, DAY_MS / 2));
  if (world.calm || isInbox || !random.chance(weather.duplicate)) return;
  sendLater(random.between(0, random.chance(0.2) ? 20 * DAY_MS : 60_000));
}
