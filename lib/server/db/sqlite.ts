/** SQLite behind the Database contract: reads on this thread's own connection, writes in a worker thread. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Database } from "./db.ts";
import { migrate } from "./migrate.ts";
import type { Tables } from "./schema.ts";
import { type Connection, openConnection } from "./statements.ts";
import { noStream, WriterDriver } from "./writer.ts";

/** Opens (and makes, and migrates) the database in `file`. Throws HubError Unavailable, or Error for a file that is no database. */
export async function openDatabase({ file }: { file: string }): Promise<Database> {
  await mkdir(dirname(file), { recursive: true });
  const writer = new Kysely<Tables>({ dialect: dialectOf(new WriterDriver(file)) });
  try {
    await migrate(writer);
  } catch (error) {
    await writer.destroy();
    throw error;
  }
  const connection = openConnection({ file, readOnly: true, cacheKib: 64 * 1024, busyMs: 2_000 });
  const read = new Kysely<Tables>({ dialect: dialectOf(readerDriver(connection)) });
  return {
    read,
    write: (work) => writer.transaction().execute(work),
    async close() {
      // The reader first: the last connection to close puts the log into the file. Not by `read.destroy`, which
      // does nothing when nothing was ever asked.
      connection.close();
      await writer.destroy();
    },
  };
}

export function dialectOf(driver: Driver): Dialect {
  return {
    createDriver: () => driver,
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** Statements run at once, on this thread: for questions that touch few rows. */
function readerDriver(connection: Connection): Driver {
  const face: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      return { rows: connection.run(sql, parameters).rows as R[] };
    },
    streamQuery: noStream,
  };
  return {
    async init() {},
    async acquireConnection() {
      return face;
    },
    async releaseConnection() {},
    async beginTransaction() {
      throw new Error("The reader has no transactions; use write.");
    },
    async commitTransaction() {},
    async rollbackTransaction() {},
    async destroy() {},
  };
}
