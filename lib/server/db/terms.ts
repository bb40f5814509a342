/** Terms of a file as the `files` table keeps them: 16 bytes each, four little-endian u32. */
export interface StoredTerm {
  xorbId: number;
  chunkStart: number;
  chunkEnd: number;
  unpackedLength: number;
}

const TERM_BYTES = 16;

/** A view of a file's packed terms; `count` new ones when given a number. */
export class PackedTerms implements Iterable<StoredTerm> {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly count: number;
  private readonly view: DataView;

  constructor(terms: Uint8Array | number) {
    this.bytes = typeof terms === "number" ? new Uint8Array(terms * TERM_BYTES) : (terms as Uint8Array<ArrayBuffer>);
    this.count = this.bytes.length / TERM_BYTES;
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  get(index: number): StoredTerm {
    const at = index * TERM_BYTES;
    return {
      xorbId: this.view.getUint32(at, true),
      chunkStart: this.view.getUint32(at + 4, true),
      chunkEnd: this.view.getUint32(at + 8, true),
      unpackedLength: this.view.getUint32(at + 12, true),
    };
  }

  set(index: number, term: StoredTerm): void {
    const at = index * TERM_BYTES;
    this.view.setUint32(at, term.xorbId, true);
    this.view.setUint32(at + 4, term.chunkStart, true);
    this.view.setUint32(at + 8, term.chunkEnd, true);
    this.view.setUint32(at + 12, term.unpackedLength, true);
  }

  xorbIdAt(index: number): number {
    return this.view.getUint32(index * TERM_BYTES, true);
  }

  lengthAt(index: number): number {
    return this.view.getUint32(index * TERM_BYTES + 12, true);
  }

  /** Ids of the xorbs it refers to, each once, in order of first use. */
  xorbIds(): Set<number> {
    const ids = new Set<number>();
    for (let i = 0; i < this.count; i++) ids.add(this.xorbIdAt(i));
    return ids;
  }

  *[Symbol.iterator](): Iterator<StoredTerm> {
    for (let i = 0; i < this.count; i++) yield this.get(i);
  }
}
