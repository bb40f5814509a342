/** One SQLite connection and its prepared statements; the same for the reader here and the writer in its worker. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

export interface StatementResult {
  rows: unknown[];
  changes: number;
  insertId: number;
}

export interface Connection {
  readonly db: DatabaseSync;
  run(sql: string, parameters: readonly unknown[]): StatementResult;
  /** Row by row, for those that read more than memory should hold. Each call has a statement of its own. */
  each<T>(sql: string, parameters: readonly unknown[]): IterableIterator<T>;
  close(): void;
}

/** Statements kept prepared; our queries come in a few hundred shapes. */
const STATEMENTS_MAX = 512;

export interface ConnectionOptions {
  file: string;
  readOnly: boolean;
  /** Page cache, KiB. */
  cacheKib: number;
  /** How long to wait for another process's lock, ms. */
  busyMs: number;
}

export function openConnection({ file, readOnly, cacheKib, busyMs }: ConnectionOptions): Connection {
  const db = new DatabaseSync(file, { readOnly, timeout: busyMs, enableForeignKeyConstraints: true });
  if (!readOnly) {
    // Both count only before the first table is made. Incremental: `gc` gives space back in pieces, without a rewrite.
    db.exec("pragma page_size = 4096; pragma auto_vacuum = incremental");
    db.exec("pragma journal_mode = wal; pragma synchronous = full; pragma fullfsync = 1");
    // Checkpoints are the writer's own business, after it has answered (writer-worker.ts).
    db.exec("pragma wal_autocheckpoint = 0; pragma journal_size_limit = 67108864");
  }
  db.exec(`pragma cache_size = -${cacheKib}; pragma mmap_size = 2147418112; pragma temp_store = memory`);

  const statements = new Map<string, { statement: StatementSync; reader: boolean }>();

  function prepare(sql: string) {
    let found = statements.get(sql);
    if (found === undefined) {
      const statement = db.prepare(sql);
      // This pragma works a page a step and says that it has no columns: it is stepped to its end like a query.
      const reader = statement.columns().length > 0 || sql.startsWith("pragma incremental_vacuum");
      found = { statement, reader };
      if (statements.size >= STATEMENTS_MAX) statements.delete(statements.keys().next().value!);
    } else {
      statements.delete(sql);
    }
    // A Map keeps insertion order, so the first key is the one not used for longest.
    statements.set(sql, found);
    return found;
  }

  return {
    db,
    run(sql, parameters) {
      const { statement, reader } = prepare(sql);
      const values = parameters as SQLInputValue[];
      if (reader) return { rows: statement.all(...values), changes: 0, insertId: 0 };
      const { changes, lastInsertRowid } = statement.run(...values);
      return { rows: [], changes: Number(changes), insertId: Number(lastInsertRowid) };
    },
    each: <T>(sql: string, parameters: readonly unknown[]) =>
      db.prepare(sql).iterate(...(parameters as SQLInputValue[])) as IterableIterator<T>,
    close() {
      statements.clear();
      db.close();
    },
  };
}
