import { SeededHash } from '../otlp/keys/seeded-hash.js';
import type { ItemFrame } from '../otlp/parts/framed-writer.js';
import type { Frames } from '../otlp/parts/frames.js';

interface KeptFrame extends ItemFrame {
  readonly hash: number;
  /** The latest tick at which spans with this frame were stored. */
  lastUsed: number;
  /** Another one with the same hash; -1 ends the list. */
  next: number;
}

/** Memory of a shared frame beside its bytes. */
const perFrame = 256;

/** The frame of a span is not shared: it stands before the span. */
export const ownFrame = -1;

/**
 * The resources and scopes of stored spans, each kept once however many requests bring it, as long as a trace that may
 * have it is pending. They have a bound: beyond it a span keeps a frame of its own, in the memory of its trace, so that
 * a sender of ever new resources pays for them.
 */
export class SharedFrames {
  readonly #limit: number;
  readonly #hash: SeededHash = new SeededHash();
  readonly #shared: (KeptFrame | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #byHash: Map<number, number> = new Map();
  #scratch: Buffer = Buffer.allocUnsafe(4096);
  #resourceEnd = 0;
  #scopeEnd = 0;
  /** Bytes of memory of the shared frames. */
  memory = 0;

  /** @param limit - bytes of memory that shared frames may take */
  constructor(limit: number) {
    this.#limit = limit;
  }

  shared(id: number): ItemFrame {
    return this.#at(id);
  }

  /** The frame that `idOf` looked for last, until it is called again. */
  get latest(): ItemFrame {
    return {
      resource: this.#scratch.subarray(0, this.#resourceEnd),
      scope: this.#scratch.subarray(this.#resourceEnd, this.#scopeEnd),
    };
  }

  /** Bytes of a frame, the latest when it is one of its own. */
  sizeOf(id: number): number {
    if (id === ownFrame) return this.#scopeEnd;
    const { resource, scope } = this.#at(id);
    return resource.length + scope.length;
  }

  /** The number of the frame around the spans of a scope, or `ownFrame`. `tick` is that of now. */
  idOf(batch: Frames, resource: number, scope: number, tick: number): number {
    const { source, runs } = batch;
    const resourceRuns = batch.resource(resource);
    const scopeRuns = batch.scope(scope);
    const length = runs.length(resourceRuns) + runs.length(scopeRuns);
    if (this.#scratch.length < length) this.#scratch = Buffer.allocUnsafe(length);
    const scratch = this.#scratch;
    const middle = (this.#resourceEnd = runs.copy(resourceRuns, source, scratch, 0));
    const end = (this.#scopeEnd = runs.copy(scopeRuns, source, scratch, middle));
    const hash = (Math.imul(this.#hash.of(scratch, 0, middle), 31) + this.#hash.of(scratch, middle, end)) | 0;
    for (let id = this.#byHash.get(hash) ?? -1; id >= 0; id = this.#at(id).next) {
      const frame = this.#at(id);
      if (frame.resource.compare(scratch, 0, middle) !== 0 || frame.scope.compare(scratch, middle, end) !== 0) continue;
      frame.lastUsed = tick;
      return id;
    }
    return this.#add(hash, tick);
  }

  /** Drops the frames that no trace has whose first span came at tick `oldest` or later. */
  dropBefore(oldest: number): void {
    for (const [id, frame] of this.#shared.entries()) if (frame && frame.lastUsed < oldest) this.#drop(id, frame);
  }

  #at(id: number): KeptFrame {
    const frame = this.#shared[id];
    if (!frame) throw new RangeError(`there is no frame ${id}`);
    return frame;
  }

  #add(hash: number, lastUsed: number): number {
    const size = this.#scopeEnd + perFrame;
    if (this.memory + size > this.#limit) return ownFrame;
    // One piece of memory of its own for both.
    const bytes = Buffer.allocUnsafeSlow(this.#scopeEnd);
    this.#scratch.copy(bytes, 0, 0, this.#scopeEnd);
    const id = this.#free.pop() ?? this.#shared.length;
    this.#shared[id] = {
      resource: bytes.subarray(0, this.#resourceEnd),
      scope: bytes.subarray(this.#resourceEnd),
      hash,
      lastUsed,
      next: this.#byHash.get(hash) ?? -1,
    };
    this.#byHash.set(hash, id);
    this.memory += size;
    return id;
  }

  #drop(id: number, { resource, scope, hash, next }: KeptFrame): void {
    let before = -1;
    for (let at = this.#byHash.get(hash) ?? -1; at >= 0 && at !== id; at = this.#at(at).next) before = at;
    if (before >= 0) this.#at(before).next = next;
    else if (next >= 0) this.#byHash.set(hash, next);
    else this.#byHash.delete(hash);
    this.#shared[id] = undefined;
    this.#free.push(id);
    this.memory -= resource.length + scope.length + perFrame;
  }
}
