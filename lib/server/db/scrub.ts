/**
 * What must hold between the tables, checked on one snapshot of SQLite beside a running server. Nothing is written. The checks
 * that need a xorb's chunks or bytes are `cas/scrub.ts`'s.
 */
import { type Connection, openConnection } from "./statements.ts";
import { PackedTerms } from "./terms.ts";

export interface Snapshot {
  rows<T>(sql: string, ...parameters: unknown[]): T[];
  close(): void;
}

/** Everything read through it shows one moment. Close it soon: while it is open the log of writes cannot shrink. */
export function openSnapshot(file: string): Snapshot {
  const connection: Connection = openConnection({ file, readOnly: true, cacheKib: 64 * 1024, busyMs: 10_000 });
  connection.db.exec("begin");
  return {
    rows: <T>(sql: string, ...parameters: unknown[]) => connection.run(sql, parameters).rows as T[],
    close: () => connection.close(),
  };
}

/** Findings shown of each kind. */
const SHOWN = 20;

/** Buckets that are being cleared in the background are half there by design. */
const LIVE = "select id from buckets where name not like '~%'";

/** Each query gives the rows that break a rule, as one text. */
const RULES: { rule: string; sql: string }[] = [
  {
    rule: "a chunk table without its xorb",
    sql: "select xorb_id as text from xorb_tables where xorb_id not in (select id from xorbs)",
  },
  {
    rule: "a xorb without its chunk table",
    sql: "select id as text from xorbs where id not in (select xorb_id from xorb_tables)",
  },
  {
    rule: "an indexed chunk of no xorb",
    sql: "select distinct xorb_id as text from chunk_index where xorb_id not in (select id from xorbs)",
  },
  {
    rule: "an uploader of no xorb",
    sql: "select distinct xorb_id as text from xorb_uploaders where xorb_id not in (select id from xorbs)",
  },
  {
    rule: "a first chunk of no file",
    sql: "select distinct file_id as text from file_heads where file_id not in (select id from files)",
  },
  {
    rule: "a proof of no file",
    sql: "select distinct file_id as text from file_proofs where file_id not in (select id from files)",
  },
  {
    rule: "a former file of no file",
    sql: "select distinct file_id as text from file_pasts where file_id not in (select id from files)",
  },
  {
    rule: "a use of a xorb by no file",
    sql: "select distinct file_id as text from xorb_files where file_id not in (select id from files)",
  },
  {
    rule: "waste of no xorb",
    sql: "select xorb_id as text from xorb_waste where xorb_id not in (select id from xorbs)",
  },
  {
    rule: "an entry whose content is unknown or of another size",
    sql: `select e.bucket_id || ' ' || e.path as text from entries e
      where e.kind = 1 and e.xet_hash <> zeroblob(32) and not exists (select 1 from files f
        where f.hash = e.xet_hash and f.size = e.size)`,
  },
  {
    rule: "an empty file with a size, or a file without a hash",
    sql: `select bucket_id || ' ' || path as text from entries
      where kind = 1 and (xet_hash is null or (xet_hash = zeroblob(32) and size <> 0))`,
  },
  {
    rule: "an entry of no bucket",
    sql: "select distinct bucket_id as text from entries where bucket_id not in (select id from buckets)",
  },
  {
    rule: "a file's count in a bucket that its entries do not give (hash, bucket, count)",
    sql: mismatch(
      `select json_array(hex(e.xet_hash), e.bucket_id, count(*)) as text from entries e
        where e.kind = 1 and e.xet_hash <> zeroblob(32) and e.bucket_id in (${LIVE}) group by e.xet_hash, e.bucket_id`,
      `select json_array(hex(f.hash), b.bucket_id, b.refs) as text from file_buckets b left join files f on f.id = b.file_id
        where b.bucket_id in (${LIVE})`,
    ),
  },
  {
    rule: "a file that is idle though a bucket holds it, or not idle though none does",
    sql: `select f.id as text from files f
      where (f.idle_since is null) <> exists (select 1 from file_buckets b where b.file_id = f.id)`,
  },
  {
    rule: "a bucket that holds one content in two ways (hash, bucket)",
    sql: `select hex(f.hash) || ' ' || b.bucket_id as text from file_buckets b join files f on f.id = b.file_id
      group by f.hash, b.bucket_id having count(*) > 1`,
  },
  {
    rule: "an entry outside any folder, or in one of another bucket",
    sql: `select e.bucket_id || ' ' || e.path as text from entries e left join entries d on d.id = e.folder_id
      where e.path <> '' and (d.id is null or d.kind <> 0 or d.bucket_id <> e.bucket_id) and e.bucket_id in (${LIVE})`,
  },
  {
    rule: "a folder's size or number of files that its contents do not give (folder, size, files)",
    sql: mismatch(
      `select json_array(d.id, coalesce(sum(e.size), 0), coalesce(sum(e.files), 0)) as text
        from entries d left join entries e on e.folder_id = d.id where d.kind = 0 and d.bucket_id in (${LIVE}) group by d.id`,
      `select json_array(id, size, files) as text from entries where kind = 0 and bucket_id in (${LIVE})`,
    ),
  },
  {
    rule: "a folder's newest upload that its contents do not give (folder, time)",
    sql: mismatch(
      `select json_array(d.id, max(e.uploaded_at)) as text from entries d join entries e on e.folder_id = d.id
        where d.kind = 0 and d.bucket_id in (${LIVE}) group by d.id`,
      `select json_array(id, uploaded_at) as text from entries d where kind = 0 and bucket_id in (${LIVE})
        and exists (select 1 from entries e where e.folder_id = d.id)`,
    ),
  },
  {
    rule: "a folder that holds nothing",
    sql: `select d.bucket_id || ' ' || d.path as text from entries d where d.kind = 0 and d.path <> ''
      and d.bucket_id in (${LIVE}) and not exists (select 1 from entries e where e.folder_id = d.id)`,
  },
  {
    rule: "a bucket's size or number of files that its root does not give (bucket, size, files)",
    sql: `select json_array(b.id, b.size, b.files) as text from buckets b
      left join entries e on e.bucket_id = b.id and e.kind = 0 and e.path = ''
      where b.id in (${LIVE}) and (coalesce(e.size, 0) <> b.size or coalesce(e.files, 0) <> b.files)`,
  },
  {
    rule: "dedup figures of no bucket",
    sql: "select bucket_id as text from dedup_sets where bucket_id not in (select id from buckets)",
  },
  {
    rule: "dedup figures of a bucket as it is that count it otherwise (bucket, files, logical)",
    sql: `select json_array(s.bucket_id, s.files, s.logical) as text from dedup_sets s join buckets b on b.id = s.bucket_id
      where s.generation > 0 and s.version = b.updated_at and b.id in (${LIVE})
        and (s.files <> b.files or s.logical <> b.size)`,
  },
  {
    rule: "a file that left a bucket and is there (file, bucket)",
    sql: `select json_array(l.file_id, l.bucket_id) as text from dedup_left l
      join file_buckets b on b.file_id = l.file_id and b.bucket_id = l.bucket_id where l.bucket_id in (${LIVE})`,
  },
];

/** What only one of two queries gives: what is counted now and what is kept. */
function mismatch(counted: string, kept: string): string {
  return `select 'counted ' || text as text from (${counted} except ${kept})
    union all select 'kept ' || text from (${kept} except ${counted})`;
}

/** All findings between the tables, as sentences. */
export function* scrubTables(snapshot: Snapshot): Generator<string> {
  for (const { rule, sql } of RULES) {
    const found = snapshot.rows<{ text: unknown }>(`${sql} limit ${SHOWN + 1}`);
    for (const { text } of found.slice(0, SHOWN)) yield `${rule}: ${text}`;
    if (found.length > SHOWN) yield `${rule}: and more`;
  }
  yield* scrubXorbCounts(snapshot);
}

/** `xorb_buckets` counts the distinct files of a bucket that refer to a xorb. */
function* scrubXorbCounts(snapshot: Snapshot): Generator<string> {
  const buckets = snapshot.rows<{ id: number }>(`select id from buckets where id in (${LIVE})`);
  for (const { id } of buckets) {
    const counted = new Map<number, number>();
    let after = 0;
    while (true) {
      const files = snapshot.rows<{ id: number; terms: Uint8Array }>(
        `select f.id, f.terms from file_buckets b join files f on f.id = b.file_id
          where b.bucket_id = ? and b.file_id > ? order by b.file_id limit 1000`,
        id,
        after,
      );
      if (files.length === 0) break;
      after = files.at(-1)!.id;
      for (const { terms } of files) {
        for (const xorb of new PackedTerms(terms).xorbIds()) counted.set(xorb, (counted.get(xorb) ?? 0) + 1);
      }
    }
    const rows = snapshot.rows<{ xorb_id: number; refs: number }>(
      "select xorb_id, refs from xorb_buckets where bucket_id = ?",
      id,
    );
    for (const { xorb_id, refs } of rows) {
      if (counted.get(xorb_id) !== refs) {
        yield `a xorb's count in a bucket that its files do not give: xorb ${xorb_id} in bucket ${id} is ${refs}, not ${counted.get(xorb_id) ?? 0}`;
      }
      counted.delete(xorb_id);
    }
    for (const [xorb, refs] of counted) {
      yield `a xorb's count in a bucket that its files do not give: xorb ${xorb} in bucket ${id} is missing, not ${refs}`;
    }
  }
}
