import { type Argon2Parameters, argon2Sync } from "node:crypto";
import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { parentPort } from "node:worker_threads";

/** Linux has a priority for each thread, and hashing takes none of a core that others want. Elsewhere it has that of its process. */
function giveWay(): void {
  try {
    setPriority(Number(readlinkSync("/proc/thread-self").split("/").at(-1)), constants.priority.PRIORITY_LOW);
  } catch {
    // It hashes all the same.
  }
}

giveWay();
parentPort?.on("message", (parameters: Argon2Parameters) => {
  parentPort?.postMessage(argon2Sync("argon2id", parameters));
});
