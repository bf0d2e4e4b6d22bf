import { createDynamoClient } from "@lanyard/aws";
import { dataItem } from "@lanyard/contracts";
import { eventually } from "@lanyard/messaging/testing";
import { dynamoItemStore, type ItemStore, typedItems } from "@lanyard/storage";
import { answerOf, type CallOptions, type HttpAnswer, openCall } from "./http-call.ts";
import { type ReceivedMail, signInMailTo } from "./sign-in-mail.ts";
import { bearerOf, tokensOf, type Visitor } from "./visitor.ts";

/** Calls one gateway. */
export interface Caller {
  call(method: string, path: string, options?: CallOptions): Promise<HttpAnswer>;
}

/** An item as the API shows it. */
export interface OwnedItem {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly value: unknown;
  readonly version: number;
}

/** Signs an account in over HTTP on a stack with a mailbox. */
export async function signInByMailbox(gateway: Caller, email: string): Promise<Visitor> {
  const mails = async (): Promise<readonly ReceivedMail[]> => {
    const { body } = await gateway.call("GET", `/dev/mailbox?to=${encodeURIComponent(email)}`);
    return (body as { readonly messages: readonly ReceivedMail[] }).messages;
  };
  await gateway.call("POST", "/api/v2/auth/magic-link", { json: { email } });
  await eventually("the mail is there", async () => (await mails()).length > 0, { timeoutMs: 30_000 });
  const { token } = signInMailTo((await mails()).slice(0, 1), email);
  const answer = await gateway.call("POST", "/api/v2/auth/magic-link/verify", { json: { token } });
  const tokens = tokensOf(answer);
  const { user, session } = answer.body as { user: { id: string }; session: { id: string } };
  return { userId: user.id, sessionId: session.id, ...tokens, bearer: bearerOf(tokens) };
}

/** Everything of a kind that the bearer owns, page by page. */
export async function itemsOf(gateway: Caller, { bearer }: Visitor, kind: string, query = ""): Promise<OwnedItem[]> {
  const items: OwnedItem[] = [];
  let cursor: string | undefined;
  do {
    const after = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await gateway.call("GET", `/api/v2/data/${kind}?limit=100${query}${after}`, { headers: bearer });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
    const page = answer.body as { readonly items: readonly OwnedItem[]; readonly cursor?: string };
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}

/** Asks for a merge, and follows it to its end; gives back how it ended. */
export async function mergeTo(
  gateway: Caller,
  account: Visitor,
  visitor: Visitor,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> {
  const asked = await gateway.call("POST", "/api/v2/auth/merge", {
    headers: { ...account.bearer, ...headers },
    json: { anonymous: { accessToken: visitor.accessToken } },
  });
  return asked.status === 202 ? followedMerge(gateway, account, asked) : asked;
}

/** What became of a merge that was accepted, as it would have been answered; `onProgress` is told each state on the way. */
export async function followedMerge(
  gateway: Caller,
  { bearer }: Visitor,
  accepted: HttpAnswer,
  onProgress: (moved: number) => void | Promise<void> = () => undefined,
): Promise<HttpAnswer> {
  const ended = await eventually(
    "the merge has ended",
    async () => {
      const answer = await gateway.call("GET", String(accepted.headers["location"]), { headers: bearer });
      if (answer.status === 202) {
        const { progress } = answer.body as { readonly progress?: { readonly moved: number } };
        if (progress !== undefined) await onProgress(progress.moved);
      }
      return answer.status === 200 && answer;
    },
    { timeoutMs: 600_000, everyMs: 50 },
  );
  const { result, problem } = ended.body as {
    readonly result?: unknown;
    readonly problem?: { readonly status: number };
  };
  return problem === undefined ? { ...ended, body: result } : { ...ended, status: problem.status, body: problem };
}

/** The items of a user as they lie in the table of a stack, tombstones included. */
export async function storedItemsOf(table: ItemStore, userId: string) {
  const items = typedItems(table, dataItem);
  const { pk } = dataItem.key(userId, "", "");
  const found: ReturnType<typeof items.parse>["value"][] = [];
  let after: string | undefined;
  do {
    const page = await table.list(pk, { skPrefix: "data#", limit: 100, ...(after !== undefined && { after }) });
    found.push(...page.items.map((item) => items.parse(item).value));
    after = page.cursor;
  } while (after !== undefined);
  return found;
}

/** The table of the merge worker of a stack, by the environment of its services. */
export const mergeTableOf = (env: Readonly<Record<string, string>>): ItemStore =>
  dynamoItemStore({
    client: createDynamoClient({ region: env["AWS_REGION"] ?? "", endpoint: env["AWS_ENDPOINT_URL_DYNAMODB"] ?? "" }),
    tableName: `${env["LANYARD_PREFIX"]}-merge`,
  });

/** One gateway of a stack by its address. */
export const callerAt = (baseUrl: string): Caller => ({
  call: async (method, path, options = {}) => answerOf(await openCall(baseUrl, method, path, options)),
});
