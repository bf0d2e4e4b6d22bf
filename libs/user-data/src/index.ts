export { copyIdOf } from "./copy-id.ts";
export {
  type ConflictRule,
  conflictRule,
  type DataKind,
  type DataKinds,
  dataKindsSetting,
  kindsOf,
  SHIPPED_KINDS,
  type ValueMistake,
} from "./data-kinds.ts";
export { decideMove, type MoveDecision, type NamedItem, type NamesTaken, noteName } from "./decide-move.ts";
export { type DataItem, type DataItemView, stands, viewOf } from "./item-view.ts";
