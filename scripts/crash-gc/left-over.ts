/** What a store should hold after everything unreferenced has gone, found from its entries alone. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

interface FoundFile {
  id: number;
  terms: Uint8Array;
}

/** What is there and should not be, or the other way round. `bytes`: of all xorbs' blobs. */
export async function findLeftOver(dataDir: string): Promise<{ problems: string[]; bytes: number }> {
  const db = new DatabaseSync(join(dataDir, "cooperage.db"), { readOnly: true });
  const problems: string[] = [];
  const all = <T>(sql: string) => db.prepare(sql).all() as T[];
  const idle = all<{ id: number }>("select id from files where id not in (select file_id from file_buckets)");
  if (idle.length > 0) problems.push(`${idle.length} files that no bucket holds`);
  const waste = all<{ xorb_id: number }>("select xorb_id from xorb_waste");
  if (waste.length > 0) problems.push(`waste of ${waste.length} xorbs`);

  // Every chunk that an entry's file needs, as sets: xorb -> chunks.
  const used = new Map<number, Set<number>>();
  for (const { terms } of all<FoundFile>(
    "select id, terms from files where id in (select file_id from file_buckets)",
  )) {
    const view = new DataView(terms.buffer, terms.byteOffset, terms.byteLength);
    for (let at = 0; at < terms.length; at += 16) {
      const id = view.getUint32(at, true);
      const chunks = used.get(id) ?? new Set();
      used.set(id, chunks);
      for (let chunk = view.getUint32(at + 4, true); chunk < view.getUint32(at + 8, true); chunk++) chunks.add(chunk);
    }
  }
  let expected = 0;
  const names = new Set<string>();
  for (const { id, hash, layout, offsets } of all<{
    id: number;
    hash: Uint8Array;
    layout: number;
    offsets: Uint8Array;
  }>("select x.id, x.hash, x.layout, t.offsets from xorbs x join xorb_tables t on t.xorb_id = x.id")) {
    const chunks = used.get(id);
    if (chunks === undefined) problems.push(`xorb ${id}, which nothing needs`);
    const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
    const endOf = (chunk: number) => (chunk < 0 ? 0 : view.getUint32(8 * chunk, true));
    for (const chunk of chunks ?? []) expected += endOf(chunk) - endOf(chunk - 1);
    const text = Buffer.from(hash).swap64().toString("hex");
    names.add(layout === 0 ? text : `${text}-${layout}`);
    used.delete(id);
  }
  for (const id of used.keys()) problems.push(`xorb ${id} is missing`);
  db.close();

  let bytes = 0;
  const folder = join(dataDir, "blobs/xorbs");
  for (const part of await readdir(folder)) {
    for (const name of await readdir(join(folder, part))) {
      bytes += (await stat(join(folder, part, name))).size;
      if (!names.delete(name)) problems.push(`blob ${name}, which no row names`);
    }
  }
  for (const name of names) problems.push(`blob ${name} is missing`);
  if (bytes !== expected) problems.push(`${bytes} bytes of blobs, where ${expected} are needed`);
  return { problems, bytes };
}
