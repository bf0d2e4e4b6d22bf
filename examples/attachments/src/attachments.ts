import { DatabaseSync } from "node:sqlite";

/** What this example keeps for each item of a user: names of files. Lanyard knows nothing of it. */
export interface Attachment {
  readonly userId: string;
  readonly itemId: string;
  readonly file: string;
}

/** Where an item has gone, by the `account.itemMoved` of a merge. */
export interface Move {
  readonly mergeId: string;
  readonly sequence: number;
  readonly visitorId: string;
  readonly userId: string;
  readonly fromItemId: string;
  readonly toItemId: string;
}

/** Attachments in SQLite. What an event asks for and that it was heard are one transaction: a copy of it changes nothing. */
export class Attachments {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 });
    this.#database.exec(`
      CREATE TABLE IF NOT EXISTS attachment (user_id TEXT, item_id TEXT, file TEXT, PRIMARY KEY (user_id, item_id, file));
      CREATE TABLE IF NOT EXISTS moved (merge_id TEXT, sequence INTEGER, visitor_id TEXT, from_item_id TEXT, user_id TEXT,
        to_item_id TEXT, PRIMARY KEY (merge_id, sequence));
    `);
  }

  /** Of an item that has moved in the meantime it goes where the item went. */
  add({ userId, itemId, file }: Attachment): void {
    this.#database
      .prepare(`
        INSERT OR IGNORE INTO attachment
        SELECT coalesce(m.user_id, asked.user_id), coalesce(m.to_item_id, asked.item_id), asked.file
        FROM (SELECT ? AS user_id, ? AS item_id, ? AS file) AS asked
        LEFT JOIN moved AS m ON m.visitor_id = asked.user_id AND m.from_item_id = asked.item_id
      `)
      .run(userId, itemId, file);
  }

  move({ mergeId, sequence, visitorId, userId, fromItemId, toItemId }: Move): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const { changes } = this.#database
        .prepare("INSERT OR IGNORE INTO moved VALUES (?, ?, ?, ?, ?, ?)")
        .run(mergeId, sequence, visitorId, fromItemId, userId, toItemId);
      if (changes > 0) {
        this.#database
          .prepare("UPDATE OR REPLACE attachment SET user_id = ?, item_id = ? WHERE user_id = ? AND item_id = ?")
          .run(userId, toItemId, visitorId, fromItemId);
      }
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  of(userId: string): readonly Attachment[] {
    return this.#database
      .prepare(
        "SELECT user_id AS userId, item_id AS itemId, file FROM attachment WHERE user_id = ? ORDER BY item_id, file",
      )
      .all(userId)
      .map((row) => ({ ...row }) as unknown as Attachment);
  }

  close(): void {
    this.#database.close();
  }
}
