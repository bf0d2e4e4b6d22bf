export { type DumpedItem, type MemoryItemStore, memoryItemStore } from "../item-store.memory.ts";
export { itemStoreContract, type MakeItemStore } from "./item-store-contract.ts";
export { TEST_INDEX } from "./item-store-index-contract.ts";
export { createTestTable, type TestTable } from "./test-table.ts";
