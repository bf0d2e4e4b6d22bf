const operations = [
  "decrypt",
  "deriveBits",
  "digest",
  "encrypt",
  "exportKey",
  "generateKey",
  "importKey",
  "sign",
  "verify",
] as const;

type Operation = (...args: readonly unknown[]) => Promise<unknown>;

/** Under which an operation in order keeps the one that it stands for. */
const REAL = Symbol.for("lanyard.test.real-operation");

let underWay = 0;
let last: Promise<unknown> = Promise.resolve();

/** Whether any operation of WebCrypto has begun and not ended. */
export const isCryptographyUnderWay = (): boolean => underWay > 0;

/**
 * WebCrypto works on other threads, whose order is nobody's to choose: from here on its operations end in the order in
 * which they were begun, and `isCryptographyUnderWay` says when all have. WebCrypto is the whole process's, this module
 * each test file's own: what an earlier file has put in its place counts for that file, and is replaced.
 */
export function cryptographyInOrder(): void {
  const { subtle } = globalThis.crypto;
  for (const name of operations) {
    const standing = subtle[name] as Operation & { readonly [REAL]?: Operation };
    const real = standing[REAL] ?? standing.bind(subtle);
    const inOrder: Operation = async (...args) => {
      underWay += 1;
      const before = last;
      const result = real(...args);
      // Without their values: each would keep all before it.
      last = Promise.allSettled([before, result]).then(() => {});
      try {
        await last;
        return await result;
      } finally {
        underWay -= 1;
      }
    };
    // As the real one can be: other tests of this process put their own in its place.
    Object.defineProperty(subtle, name, {
      value: Object.assign(inOrder, { [REAL]: real }),
      configurable: true,
      writable: true,
    });
  }
}
