import type { Kysely } from "kysely";
import type { Tables } from "./schema.ts";

/** The tables, inside one transaction. */
export type Tx = Kysely<Tables>;

/**
 * The one door to the tables. Reads outside a transaction are answered at once from the reader's own connection and see
 * everything committed; `write` runs one transaction at a time, retries nothing, and resolves only when the
 * commit is on disk.
 */
export interface Database {
  readonly read: Kysely<Tables>;
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
