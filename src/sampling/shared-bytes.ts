/** Memory of a piece beside its bytes. */
const perPiece = 320;

interface Piece {
  readonly bytes: Buffer;
  readonly owner: number;
  readonly hash: number;
  lastUsed: number;
  /** Another one with the same hash; -1 ends the list. */
  next: number;
}

/**
 * Pieces of bytes, each kept once for its owner and known by a number, with the tick at which it was used last: those
 * that nobody needs any more are found without a look at the others.
 */
export class SharedBytes {
  readonly #pieces: (Piece | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #byHash: Map<number, number> = new Map();
  /** Those in use, in the order of the ticks of their last use. */
  readonly #byUse: Set<number> = new Set();
  /** Bytes of memory. */
  memory = 0;

  get(id: number): Buffer {
    return this.#at(id).bytes;
  }

  /** The number of `bytes[from, to)` of an owner, which is used at `tick`; -1 when it is not there. */
  find(bytes: Buffer, from: number, to: number, owner: number, hash: number, tick: number): number {
    for (let id = this.#byHash.get(hash) ?? -1; id >= 0; id = this.#at(id).next) {
      const piece = this.#at(id);
      if (piece.owner !== owner || piece.bytes.compare(bytes, from, to) !== 0) continue;
      this.#use(id, tick);
      return id;
    }
    return -1;
  }

  /** Bytes of memory that a piece of a size takes. */
  static memoryOf(size: number): number {
    return size + perPiece;
  }

  /** Keeps a copy of `bytes[from, to)`, which is not there yet. */
  add(bytes: Buffer, from: number, to: number, owner: number, hash: number, tick: number): number {
    const own = Buffer.allocUnsafeSlow(to - from);
    bytes.copy(own, 0, from, to);
    const id = this.#free.pop() ?? this.#pieces.length;
    this.#pieces[id] = { bytes: own, owner, hash, lastUsed: tick, next: this.#byHash.get(hash) ?? -1 };
    this.#byHash.set(hash, id);
    this.#byUse.add(id);
    this.memory += SharedBytes.memoryOf(own.length);
    return id;
  }

  /** Drops up to `most` pieces that were not used at tick `oldest` or later, those used longest ago first. */
  dropBefore(oldest: number, most: number): number[] {
    const dropped: number[] = [];
    for (const id of this.#byUse) {
      if (dropped.length === most || this.#at(id).lastUsed >= oldest) break;
      this.#drop(id);
      dropped.push(id);
    }
    return dropped;
  }

  #use(id: number, tick: number): void {
    const piece = this.#at(id);
    if (piece.lastUsed === tick) return;
    piece.lastUsed = tick;
    this.#byUse.delete(id);
    this.#byUse.add(id);
  }

  #at(id: number): Piece {
    const piece = this.#pieces[id];
    if (!piece) throw new RangeError(`there is no piece ${id}`);
    return piece;
  }

  #drop(id: number): void {
    const { bytes, hash, next } = this.#at(id);
    let before = -1;
    for (let at = this.#byHash.get(hash) ?? -1; at >= 0 && at !== id; at = this.#at(at).next) before = at;
    if (before >= 0) this.#at(before).next = next;
    else if (next >= 0) this.#byHash.set(hash, next);
    else this.#byHash.delete(hash);
    this.#pieces[id] = undefined;
    this.#free.push(id);
    this.#byUse.delete(id);
    this.memory -= SharedBytes.memoryOf(bytes.length);
  }
}
