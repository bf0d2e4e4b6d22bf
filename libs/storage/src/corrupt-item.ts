/** Thrown when what is stored is not what its kind declares; names the kind and the places, never a key or a value. */
export class CorruptItem extends Error {
  override readonly name = "CorruptItem";
  readonly kind: string;
  readonly paths: readonly string[];

  constructor(kind: string, paths: readonly string[]) {
    super(`a stored item is no ${kind}: ${paths.join(", ")}`);
    this.kind = kind;
    this.paths = paths;
  }
}
