/** Connections of the worker, each inside one transaction while a question has it: what one answer says is of one moment. */
import { type Connection, openConnection } from "../db/statements.ts";

export interface Readers {
  read<T>(work: (db: Connection) => Promise<T>): Promise<T>;
}

/** Kept open for the next question. */
const SPARE = 3;

export function createReaders(file: string): Readers {
  const spare: Connection[] = [];
  return {
    async read(work) {
      const db = spare.pop() ?? openConnection({ file, readOnly: true, cacheKib: 16 * 1024, busyMs: 5000 });
      db.run("begin", []);
      try {
        return await work(db);
      } finally {
        db.run("commit", []);
        if (spare.length < SPARE) spare.push(db);
        else db.close();
      }
    },
  };
}
