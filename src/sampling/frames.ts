import { SeededHash } from '../otlp/keys/seeded-hash.js';
import type { ItemFrame } from '../otlp/parts/framed-writer.js';
import type { Frames } from '../otlp/parts/frames.js';
import { SharedBytes } from './shared-bytes.js';

/** The frame of a span is not shared: it stands before the span. */
export const ownFrame = -1;
/** The frame of a span can neither be shared, for want of memory, nor stand before the span, for its size. */
export const noFrame = -2;
/** Bytes of a frame that may stand before each span: copies of a longer one would cost more than a sender sends. */
const longestOwn = 64 << 10;
const noResource = -1;
/** Bytes of memory in which most frames are put together. */
const usualSize = 4096;

/**
 * The resources and scopes of stored spans, each kept once however many requests bring it, as long as a trace that may
 * have it is pending. They have a bound: beyond it a span keeps a frame of its own, in the memory of its trace, so that
 * a sender of ever new resources pays for them.
 */
export class SharedFrames {
  readonly #limit: number;
  readonly #hash: SeededHash = new SeededHash();
  readonly #resources: SharedBytes = new SharedBytes();
  /** A scope is its resource's, and its number that of the frame. */
  readonly #scopes: SharedBytes = new SharedBytes();
  readonly #frames: (ItemFrame | undefined)[] = [];
  #scratch: Buffer = Buffer.allocUnsafe(usualSize);
  #resourceEnd = 0;
  #scopeEnd = 0;
  /** The last question, its tick, and the numbers that were found: its frame stands in `#scratch`. */
  #batch: Frames | undefined;
  #resourceRow = -1;
  #scopeRow = -1;
  #tick = -1;
  #resource = noResource;
  #frame = noFrame;

  /** @param limit - bytes of memory that shared frames may take */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes of memory of the shared frames. */
  get memory(): number {
    return this.#resources.memory + this.#scopes.memory;
  }

  /** A shared frame. Those of one resource have one buffer for it. */
  shared(id: number): ItemFrame {
    const frame = this.#frames[id];
    if (!frame) throw new RangeError(`there is no frame ${id}`);
    return frame;
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
    if (id < 0) return this.#scopeEnd;
    const { resource, scope } = this.shared(id);
    return resource.length + scope.length;
  }

  /**
   * The number of the frame around the spans of a scope, or `ownFrame` or `noFrame`. `tick` is that of now. A resource
   * is read once for its scopes that are asked for in a row, and a scope once until another one is asked for.
   */
  idOf(batch: Frames, resource: number, scope: number, tick: number): number {
    if (batch !== this.#batch || resource !== this.#resourceRow || tick !== this.#tick) {
      this.#resource = this.#resourceOf(batch, batch.resource(resource), tick);
      this.#batch = batch;
      this.#resourceRow = resource;
      this.#tick = tick;
    } else if (scope === this.#scopeRow) return this.#frame;
    this.#scopeRow = scope;
    return (this.#frame = this.#frameOf(batch, batch.scope(scope), tick));
  }

  /** Lets go of the batch that was asked about last, and of the memory for an unusual frame of it. */
  forgetBatch(): void {
    this.#batch = undefined;
    if (this.#scratch.length > longestOwn) this.#scratch = Buffer.allocUnsafe(usualSize);
  }

  /** Whether a frame of so many bytes finds room once others have gone. */
  fitsEver(bytes: number): boolean {
    return bytes <= longestOwn || SharedBytes.memoryOf(bytes) + SharedBytes.memoryOf(0) <= this.#limit;
  }

  /**
   * Drops frames that no trace has whose first span came at tick `oldest` or later, up to `most` of them. Returns
   * whether there may be more.
   */
  dropBefore(oldest: number, most: number): boolean {
    const scopes = this.#scopes.dropBefore(oldest, most);
    for (const id of scopes) this.#frames[id] = undefined;
    // A resource was used whenever one of its scopes was, so that those that are left have theirs.
    const resources = scopes.length < most ? this.#resources.dropBefore(oldest, most - scopes.length) : [];
    // There may be room for what found none.
    if (this.#frame < 0) this.#batch = undefined;
    return scopes.length + resources.length === most;
  }

  #resourceOf({ source, runs }: Frames, place: number, tick: number): number {
    this.#makeRoom(runs.length(place));
    const end = (this.#resourceEnd = runs.copy(place, source, this.#scratch, 0));
    const hash = this.#hash.of(this.#scratch, 0, end);
    const known = this.#resources.find(this.#scratch, 0, end, 0, hash, tick);
    if (known >= 0 || !this.#hasRoomFor(end)) return known;
    return this.#resources.add(this.#scratch, 0, end, 0, hash, tick);
  }

  #frameOf({ source, runs }: Frames, place: number, tick: number): number {
    const from = this.#resourceEnd;
    this.#makeRoom(from + runs.length(place));
    const to = (this.#scopeEnd = runs.copy(place, source, this.#scratch, from));
    const resource = this.#resource;
    if (resource === noResource) return this.#unshared();
    const hash = (Math.imul(resource, 0x9e3779b1) + this.#hash.of(this.#scratch, from, to)) | 0;
    const known = this.#scopes.find(this.#scratch, from, to, resource, hash, tick);
    if (known >= 0) return known;
    if (!this.#hasRoomFor(to - from)) return this.#unshared();
    const id = this.#scopes.add(this.#scratch, from, to, resource, hash, tick);
    this.#frames[id] = { resource: this.#resources.get(resource), scope: this.#scopes.get(id) };
    return id;
  }

  #unshared(): number {
    return this.#scopeEnd <= longestOwn ? ownFrame : noFrame;
  }

  #hasRoomFor(size: number): boolean {
    return this.memory + SharedBytes.memoryOf(size) <= this.#limit;
  }

  /** The content of the scratch stays. */
  #makeRoom(size: number): void {
    if (this.#scratch.length >= size) return;
    const before = this.#scratch;
    this.#scratch = Buffer.allocUnsafe(size);
    before.copy(this.#scratch, 0, 0, this.#resourceEnd);
  }
}
