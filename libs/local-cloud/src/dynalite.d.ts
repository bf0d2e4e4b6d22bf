declare module "dynalite" {
  import type { Server } from "node:http";

  /** The part of dynalite that is used here; it brings no types. */
  export default function dynalite(options: {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
}
