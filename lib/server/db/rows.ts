/**
 * Many values as one parameter: `from ${jsonRows(rows)}` reads as a table of them. The text of a statement stays the same for any
 * number of rows, so it stays prepared, and there is no limit of parameters. The only SQL here that PostgreSQL says otherwise
 * (jsonb_array_elements, decode).
 */
import { type RawBuilder, sql } from "kysely";

/** A table `j` with one row per element; `j.value` is the element itself when it is a number or a text. */
export function jsonRows(rows: readonly unknown[]): RawBuilder<unknown> {
  return sql`json_each(${JSON.stringify(rows)}) as j`;
}

/** Column `index` of an element that is an array: a number or a text. */
export function jsonColumn(index: number): RawBuilder<unknown> {
  return sql`j.value ->> ${sql.lit(index)}`;
}

/** Column `index` of an element that is an array: bytes, sent as hex digits. */
export function jsonBytes(index: number): RawBuilder<unknown> {
  return sql`unhex(j.value ->> ${sql.lit(index)})`;
}

/** Splits work so that no statement, no message and no stretch on the event loop grows without bound. */
export function* pieces<T>(items: Iterable<T>, size = 1000): Generator<T[]> {
  let part: T[] = [];
  for (const item of items) {
    part.push(item);
    if (part.length < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

/** Lets others have the event loop between two pieces of long work. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
