/** Xorbs for a store without bytes: packed tables of chunk lengths, as a client's uploads would leave them. */
import type { Connection } from "#lib/server/db/statements.ts";

/** A run of chunks in one xorb: what a term names. */
export interface Piece {
  xorb: number;
  start: number;
  end: number;
  unpacked: number;
  stored: number;
}

/** Of a full xorb of 64 MiB. */
const CHUNKS = 1000;
const TABLE = "insert into xorb_tables (xorb_id, hashes, offsets) values (?, ?, ?)";
const ROW =
  "insert into xorbs (id, hash, chunks, unpacked_bytes, stored_bytes, created_at) values (?, ?, ?, ?, ?, 1700000000000)";

export class XorbSource {
  /** Of all chunks so far. */
  unpacked = 0;
  stored = 0;
  chunks = 0;
  private id = 1;
  private readonly offsets = new Uint32Array(2 * CHUNKS);
  private count = 0;
  private state = 1;
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** New chunks, one after another; a piece for each xorb that they lie in. */
  take(chunks: number): Piece[] {
    const pieces: Piece[] = [];
    for (let left = chunks; left > 0; ) {
      const taken = Math.min(left, CHUNKS - this.count);
      pieces.push(this.fill(taken));
      left -= taken;
      if (this.count === CHUNKS) this.flush();
    }
    return pieces;
  }

  private fill(chunks: number): Piece {
    const start = this.count;
    const [stored, unpacked] = this.ends(start);
    for (; this.count < start + chunks; this.count++) {
      const [storedBefore, unpackedBefore] = this.ends(this.count);
      // xorshift: 32 to 96 KiB, of which compression leaves three quarters or more.
      this.state ^= this.state << 13;
      this.state ^= this.state >>> 17;
      this.state ^= this.state << 5;
      const length = 32_768 + (this.state & 0xffff);
      const packed = 8 + length - Math.floor((length * ((this.state >>> 16) & 63)) / 256);
      this.offsets[2 * this.count] = storedBefore + packed;
      this.offsets[2 * this.count + 1] = unpackedBefore + length;
    }
    const [storedEnd, unpackedEnd] = this.ends(this.count);
    return { xorb: this.id, start, end: this.count, unpacked: unpackedEnd - unpacked, stored: storedEnd - stored };
  }

  private ends(chunk: number): [stored: number, unpacked: number] {
    return chunk === 0 ? [0, 0] : [this.offsets[2 * chunk - 2]!, this.offsets[2 * chunk - 1]!];
  }

  /** Ends the xorb, full or not; to be called after the last piece. */
  flush(): void {
    if (this.count === 0) return;
    const [stored, unpacked] = this.ends(this.count);
    this.connection.run(ROW, [this.id, nameOf("xorb", this.id), this.count, unpacked, stored]);
    // Nobody asks for chunk hashes here; they would be 32 bytes a chunk.
    const table = new Uint8Array(this.offsets.buffer, 0, 8 * this.count).slice();
    this.connection.run(TABLE, [this.id, new Uint8Array(0), table]);
    this.unpacked += unpacked;
    this.stored += stored;
    this.chunks += this.count;
    this.id++;
    this.count = 0;
  }
}

/** 32 bytes that stand for a hash. */
export function nameOf(kind: string, number: number): Uint8Array {
  const name = Buffer.alloc(32);
  name.write(kind);
  // Spread over the index, as hashes are.
  name.writeUInt32BE(Math.imul(number, 0x9e3779b1) >>> 0, 8);
  name.writeUInt32BE(number, 12);
  return name.swap32();
}
