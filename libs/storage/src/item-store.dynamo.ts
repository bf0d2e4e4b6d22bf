import { ConditionalCheckFailedException, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
} from "@aws-sdk/lib-dynamodb";
import { DependencyUnavailable, guard } from "@lanyard/aws";
import { checkIndexed, checkKey, checkLimit, checkPk, checkSkPrefix, checkWriteOptions } from "./check-arguments.ts";
import { CorruptItem } from "./corrupt-item.ts";
import type {
  IndexOptions,
  ItemKey,
  ItemStore,
  ListOptions,
  ScanOptions,
  Stored,
  WriteOptions,
  WriteOutcome,
} from "./item-store.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { fromCursor, fromIndexCursor, fromScanCursor, toCursor, toIndexCursor, toScanCursor } from "./list-cursor.ts";
import { toStorableValue } from "./storable-value.ts";

export interface DynamoItemStoreOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /**
   * Milliseconds after which the table counts as down, whatever the client's attempts still hope for; what was sent may
   * yet be applied. Default: as long as the client tries.
   */
  readonly answerWithinMs?: number;
}

type Attributes = Record<string, unknown>;
type Call<Result> = (options: { readonly abortSignal?: AbortSignal }) => Promise<Result>;

/** The version alone would take an item that was removed and made anew for the one that was read. */
const STILL_STANDS = "#version = :version AND #writtenBy = :writtenBy";
const STILL_STANDS_NAMES = { "#version": "version", "#writtenBy": "writtenBy" };

const PROBED_KEY: ItemKey = { pk: "probe", sk: "probe" };

/**
 * A DynamoDB table with the keys `pk` and `sk` and the attributes `version`, `writtenBy`, `value`, for the table's TTL
 * `ttl`, and for each secondary index one of its name, which is the index's only key. The client stays its owner's to
 * destroy.
 */
export const dynamoItemStore = ({
  client,
  tableName: TableName,
  answerWithinMs,
}: DynamoItemStoreOptions): ItemStore => {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const answered = <Result>(call: Call<Result>): Promise<Result> =>
    guard("dynamodb", () => (answerWithinMs === undefined ? call({}) : within(answerWithinMs, call)));

  const load = async (key: ItemKey): Promise<Stored<JsonObject> | undefined> => {
    const get = new GetCommand({ TableName, Key: { pk: key.pk, sk: key.sk }, ConsistentRead: true });
    const { Item } = await answered((options) => documents.send(get, options));
    return Item && storedOf(TableName, Item);
  };

  /** Not by `ReturnValuesOnConditionCheckFailure`: not every DynamoDB gives the item, and none of them unmarshalled. */
  const afterFailedCondition = async (
    key: ItemKey,
    isMine: (standing: Stored<JsonObject>) => boolean,
  ): Promise<WriteOutcome<JsonObject>> => {
    const standing = await load(key);
    if (standing === undefined) return { kind: "lost", stored: undefined };
    return { kind: isMine(standing) ? "already-mine" : "lost", stored: standing };
  };

  return {
    async load(key) {
      checkKey(key);
      return load(key);
    },

    async putIfAbsent(key, value, options) {
      checkKey(key);
      checkWriteOptions(options);
      const stored = { key: { pk: key.pk, sk: key.sk }, value: toStorableValue(value), version: 1, ...by(options) };
      const put = new PutCommand({
        TableName,
        Item: attributesOf(stored, options),
        ConditionExpression: "attribute_not_exists(#pk)",
        ExpressionAttributeNames: { "#pk": "pk" },
      });
      if (await isApplied(answered((options) => documents.send(put, options)))) return { kind: "won", stored };
      return afterFailedCondition(key, (standing) => standing.writtenBy === options.writtenBy);
    },

    async replace(current, value, options) {
      checkKey(current.key);
      checkWriteOptions(options);
      const { key } = current;
      const version = current.version + 1;
      const stored = { key: { pk: key.pk, sk: key.sk }, value: toStorableValue(value), version, ...by(options) };
      const put = new PutCommand({
        TableName,
        Item: attributesOf(stored, options),
        ConditionExpression: STILL_STANDS,
        ExpressionAttributeNames: STILL_STANDS_NAMES,
        ExpressionAttributeValues: { ":version": current.version, ":writtenBy": current.writtenBy },
      });
      if (await isApplied(answered((options) => documents.send(put, options)))) return { kind: "won", stored };
      return afterFailedCondition(
        key,
        (standing) => standing.version === version && standing.writtenBy === options.writtenBy,
      );
    },

    async remove(current) {
      checkKey(current.key);
      const { key, version, writtenBy } = current;
      const remove = new DeleteCommand({
        TableName,
        Key: { pk: key.pk, sk: key.sk },
        ConditionExpression: STILL_STANDS,
        ExpressionAttributeNames: STILL_STANDS_NAMES,
        ExpressionAttributeValues: { ":version": version, ":writtenBy": writtenBy },
      });
      return (await isApplied(answered((options) => documents.send(remove, options)))) ? "won" : "lost";
    },

    async list(pk, options: ListOptions = {}) {
      checkPk(pk);
      const limit = checkLimit(options.limit);
      const { skPrefix = "", after, newestFirst = false } = options;
      checkSkPrefix(skPrefix);
      const query: QueryCommandInput = {
        TableName,
        ConsistentRead: true,
        ScanIndexForward: !newestFirst,
        ...(skPrefix === "" ? everySk(pk) : skBeginsWith(pk, skPrefix)),
      };
      let startKey: Attributes | undefined = after === undefined ? undefined : { pk, sk: fromCursor(after, skPrefix) };
      const items: Stored<JsonObject>[] = [];
      // One more than wanted tells whether there is more; and DynamoDB ends a page at 1 MB, wanted or not.
      do {
        const page = new QueryCommand({ ...query, Limit: limit + 1 - items.length, ExclusiveStartKey: startKey });
        const { Items = [], LastEvaluatedKey } = await answered((options) => documents.send(page, options));
        for (const item of Items) items.push(storedOf(TableName, item));
        startKey = LastEvaluatedKey;
      } while (startKey !== undefined && items.length <= limit);
      const beyond = items.length > limit;
      const wanted = beyond ? items.slice(0, limit) : items;
      const last = wanted.at(-1);
      return beyond && last !== undefined ? { items: wanted, cursor: toCursor(last.key.sk) } : { items: wanted };
    },

    async scan({ limit, after }: ScanOptions = {}) {
      const Limit = checkLimit(limit);
      const ExclusiveStartKey: Attributes | undefined = after === undefined ? undefined : { ...fromScanCursor(after) };
      const scan = new ScanCommand({ TableName, ConsistentRead: true, Limit, ExclusiveStartKey });
      // One request, and what it gave: whoever reads a whole table is told where to go on, also after 1 MB.
      const { Items = [], LastEvaluatedKey } = await answered((options) => documents.send(scan, options));
      const items = Items.map((item) => storedOf(TableName, item));
      return LastEvaluatedKey === undefined
        ? { items }
        : { items, cursor: toScanCursor(keyOf(TableName, LastEvaluatedKey)) };
    },

    async listByIndex(index, value, options: IndexOptions = {}) {
      checkIndexed(index, value);
      const limit = checkLimit(options.limit);
      const { after } = options;
      const query: QueryCommandInput = {
        TableName,
        IndexName: index,
        KeyConditionExpression: "#index = :value",
        ExpressionAttributeNames: { "#index": index },
        ExpressionAttributeValues: { ":value": value },
      };
      let startKey: Attributes | undefined =
        after === undefined ? undefined : { ...fromIndexCursor(after), [index]: value };
      const keys: ItemKey[] = [];
      do {
        const page = new QueryCommand({ ...query, Limit: limit + 1 - keys.length, ExclusiveStartKey: startKey });
        const { Items = [], LastEvaluatedKey } = await answered((each) => documents.send(page, each));
        for (const item of Items) keys.push(keyOf(TableName, item));
        startKey = LastEvaluatedKey;
      } while (startKey !== undefined && keys.length <= limit);
      const wanted = keys.slice(0, limit);
      const last = wanted.at(-1);
      return keys.length > limit && last !== undefined
        ? { keys: wanted, cursor: toIndexCursor(last) }
        : { keys: wanted };
    },

    async probe() {
      const get = new GetCommand({ TableName, Key: { ...PROBED_KEY }, ConsistentRead: false });
      await answered((options) => documents.send(get, options));
    },
  };
};

/** The abort ends the attempt under way, gives its socket back and begins no other. */
const within = async <Result>(ms: number, call: Call<Result>): Promise<Result> => {
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), ms);
  try {
    return await call({ abortSignal: tooLate.signal });
  } catch (error) {
    throw tooLate.signal.aborted ? new DependencyUnavailable("dynamodb", error) : error;
  } finally {
    clearTimeout(timer);
  }
};

const everySk = (pk: string) => ({
  KeyConditionExpression: "#pk = :pk",
  ExpressionAttributeNames: { "#pk": "pk" },
  ExpressionAttributeValues: { ":pk": pk },
});

const skBeginsWith = (pk: string, skPrefix: string) => ({
  KeyConditionExpression: "#pk = :pk AND begins_with(#sk, :skPrefix)",
  ExpressionAttributeNames: { "#pk": "pk", "#sk": "sk" },
  ExpressionAttributeValues: { ":pk": pk, ":skPrefix": skPrefix },
});

/** Whether the write went through; false when its condition failed, which may be the retry of a write that did. */
const isApplied = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};

const by = ({ writtenBy }: WriteOptions) => ({ writtenBy });

const attributesOf = (
  { key, value, version, writtenBy }: Stored<JsonObject>,
  { ttlEpochSeconds, indexed }: WriteOptions,
): Attributes => ({
  ...indexed,
  ...{ pk: key.pk, sk: key.sk, version, writtenBy, value: asMaps(value), ttl: ttlEpochSeconds },
});

/** The SDK tells objects apart by `constructor.name`, which a property of that name would answer; of a Map it asks nothing. */
const asMaps = (value: JsonValue): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(asMaps);
  return new Map(Object.entries(value).map(([name, each]) => [name, asMaps(each)]));
};

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

const storedOf = (tableName: string, { pk, sk, version, writtenBy, value }: Attributes): Stored<JsonObject> => {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  const key = keyOf(tableName, { pk, sk });
  if (typeof version !== "number") throw new CorruptItem(tableName, ["version"]);
  if (typeof writtenBy !== "string") throw new CorruptItem(tableName, ["writtenBy"]);
  if (!isMap) throw new CorruptItem(tableName, ["value"]);
  return { key, value: value as JsonObject, version, writtenBy };
};

const keyOf = (tableName: string, { pk, sk }: Attributes): ItemKey => {
  if (typeof pk !== "string" || typeof sk !== "string") throw new CorruptItem(tableName, ["pk", "sk"]);
  return { pk, sk };
};
