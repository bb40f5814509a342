import type { AskTables, XorbTable } from "../jobs.ts";

/** A job's end of its line to the main thread. */
export interface JobLine {
  send(message: unknown, transfer?: ArrayBuffer[]): void;
  /** Throws when the near end has gone; let it pass, after cleaning up. */
  receive<T>(): Promise<T>;
  /** Lets other jobs of this thread have a turn. Throws as `receive` does. */
  breathe(): Promise<void>;
}

/** Tables this thread has asked for lately: a xorb's chunks never change, so they may serve any job. */
const known = new Map<number, XorbTable>();
const KNOWN_BYTES_MAX = 32 * 1024 * 1024;
let knownBytes = 0;

const bytesOf = ({ hashes, offsets }: XorbTable) => hashes.length + offsets.length;

/** The tables of these xorbs; who may see them was settled when their ids were given. At most some 64 ids at a time. */
export async function askTables(line: JobLine, ids: number[]): Promise<Map<number, XorbTable>> {
  const found = new Map<number, XorbTable>();
  const missing: number[] = [];
  for (const id of new Set(ids)) {
    const table = known.get(id);
    if (table === undefined) missing.push(id);
    else {
      known.delete(id);
      known.set(id, table);
      found.set(id, table);
    }
  }
  if (missing.length === 0) return found;
  line.send({ type: "tables", ids: missing } satisfies AskTables);
  const tables = await line.receive<XorbTable[]>();
  missing.forEach((id, i) => {
    if (!known.has(id)) knownBytes += bytesOf(tables[i]);
    known.set(id, tables[i]);
    found.set(id, tables[i]);
  });
  for (const [id, table] of known) {
    if (knownBytes <= KNOWN_BYTES_MAX) break;
    known.delete(id);
    knownBytes -= bytesOf(table);
  }
  return found;
}
