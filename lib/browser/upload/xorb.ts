/** A xorb as the line knows it: one that is being made here, or one of the store that chunks were found in. */

export class XorbRef {
  /** 32 bytes; null while it is still open. */
  hash: Uint8Array | null;
  /** Whether the store has it: so for what it told us of, later for what we send. */
  stored: boolean;
  /** The store says that it does not have it, or not for us: nothing may lean on it any more. */
  lost = false;
  /** Made here. */
  readonly ours: boolean;

  constructor(hash: Uint8Array | null) {
    this.hash = hash;
    this.ours = hash === null;
    this.stored = hash !== null;
  }
}

/** A chunk that needs no bytes: where it stands. */
export interface Place {
  xorb: XorbRef;
  index: number;
}
