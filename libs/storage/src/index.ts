export { changeItem, type NextDecision } from "./change-item.ts";
export { InvalidItemKey } from "./check-arguments.ts";
export {
  type CompareAndSetOptions,
  ContentionExceeded,
  compareAndSet,
  type Decision,
  type ResultOf,
} from "./compare-and-set.ts";
export { CorruptItem } from "./corrupt-item.ts";
export { type ItemKind, type ItemValue, itemKind, type TypedItems, typedItems } from "./item-kind.ts";
export { type DynamoItemStoreOptions, dynamoItemStore } from "./item-store.dynamo.ts";
export { type DumpedItem, type MemoryItemStore, memoryItemStore } from "./item-store.memory.ts";
export type {
  IndexOptions,
  ItemKey,
  ItemStore,
  KeyPage,
  ListOptions,
  ListPage,
  ScanOptions,
  ScanPage,
  Stored,
  WriteOptions,
  WriteOutcome,
} from "./item-store.ts";
export { joinedReads } from "./joined-reads.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export { InvalidCursor, toCursor } from "./list-cursor.ts";
export { type LogPage, raiseHead, readOn } from "./numbered-log.ts";
export { InvalidItemValue, ItemTooLarge, MAX_VALUE_BYTES } from "./storable-value.ts";
