/** Fills a bucket row by row, past the Hub: entries with their folders' kept figures, contents with their counted references. */
import type { Connection } from "#lib/server/db/statements.ts";
import { PackedTerms } from "#lib/server/db/terms.ts";
import { nameOf, type Piece } from "./xorbs.ts";

export interface Content {
  id: number;
  hash: Uint8Array;
  size: number;
}

interface Folder {
  id: number;
  path: string;
  parent: Folder | null;
  size: number;
  files: number;
  uploadedAt: number;
}

const ENTRY = `insert into entries (id, bucket_id, folder_id, kind, path, size, files, uploaded_at, xet_hash)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const CONTENT = "insert into files (id, hash, size, terms, created_at) values (?, ?, ?, ?, 1700000000000)";
const PROOF = "insert into file_proofs (file_id, bucket_id) values (?, ?)";
const HELD = "insert into file_buckets (file_id, bucket_id, refs) values (?, ?, ?)";
const USED = "insert into xorb_files (xorb_id, file_id) values (?, ?)";
const XORB = "insert into xorb_buckets (xorb_id, bucket_id, refs) values (?, ?, ?)";
/** Rows of one transaction. */
const COMMIT = 20_000;

export class BucketWriter {
  files = 0;
  logical = 0;
  terms = 0;
  private readonly folders = new Map<string, Folder>();
  private readonly xorbs = new Map<number, number>();
  private readonly held = new Map<number, number>();
  private readonly connection: Connection;
  private readonly bucketId: number;

  constructor(connection: Connection, bucketId: number) {
    this.connection = connection;
    this.bucketId = bucketId;
    const [root] = connection.run("select id from entries where bucket_id = ? and path = ''", [bucketId]).rows;
    const id = (root as { id: number }).id;
    this.folders.set("", { id, path: "", parent: null, size: 0, files: 0, uploadedAt: 0 });
    connection.db.exec("begin");
  }

  get folderCount(): number {
    return this.folders.size;
  }

  /** Content of these pieces, one after another. */
  content(pieces: Piece[]): Content {
    const id = this.nextId("files");
    const hash = nameOf("file", id);
    const terms = new PackedTerms(pieces.length);
    let size = 0;
    for (const [at, { xorb, start, end, unpacked }] of pieces.entries()) {
      terms.set(at, { xorbId: xorb, chunkStart: start, chunkEnd: end, unpackedLength: unpacked });
      size += unpacked;
    }
    this.connection.run(CONTENT, [id, hash, size, terms.bytes]);
    this.connection.run(PROOF, [id, this.bucketId]);
    for (const xorb of terms.xorbIds()) {
      this.connection.run(USED, [xorb, id]);
      this.xorbs.set(xorb, (this.xorbs.get(xorb) ?? 0) + 1);
    }
    this.terms += pieces.length;
    return { id, hash, size };
  }

  add(path: string, { id, hash, size }: Content, uploadedAt: number): void {
    const folder = this.folder(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
    this.connection.run(ENTRY, [this.nextId("entries"), this.bucketId, folder.id, 1, path, size, 1, uploadedAt, hash]);
    this.held.set(id, (this.held.get(id) ?? 0) + 1);
    for (let above: Folder | null = folder; above !== null; above = above.parent) {
      above.size += size;
      above.files++;
      above.uploadedAt = Math.max(above.uploadedAt, uploadedAt);
    }
    this.logical += size;
    this.files++;
    if (this.files % COMMIT === 0) this.connection.db.exec("commit; begin");
  }

  private folder(path: string): Folder {
    const known = this.folders.get(path);
    if (known !== undefined) return known;
    const parent = this.folder(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
    const made = { id: this.nextId("entries"), path, parent, size: 0, files: 0, uploadedAt: 0 };
    this.folders.set(path, made);
    return made;
  }

  private readonly last = new Map<string, number>();

  private nextId(table: string): number {
    const read = () =>
      (this.connection.run(`select max(id) as id from ${table}`, []).rows[0] as { id: number | null }).id;
    const id = (this.last.get(table) ?? read() ?? 0) + 1;
    this.last.set(table, id);
    return id;
  }

  /** What is known only now: the folders' figures, and how often contents and xorbs are used. */
  finish(): void {
    const { connection, bucketId } = this;
    for (const { id, path, parent, size, files, uploadedAt } of this.folders.values()) {
      if (parent === null) {
        connection.run("update entries set size = ?, files = ?, uploaded_at = ? where id = ?", [
          size,
          files,
          uploadedAt,
          id,
        ]);
      } else connection.run(ENTRY, [id, bucketId, parent.id, 0, path, size, files, uploadedAt, null]);
    }
    for (const [id, refs] of this.held) connection.run(HELD, [id, bucketId, refs]);
    for (const [id, refs] of this.xorbs) connection.run(XORB, [id, bucketId, refs]);
    connection.run("update buckets set size = ?, files = ? where id = ?", [this.logical, this.files, bucketId]);
    connection.db.exec("commit");
  }
}
