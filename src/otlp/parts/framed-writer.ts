import { tagOf } from '../fields.js';
import { at32 } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';
import { varintSize, writeVarint } from '../wire/varint.js';

/** The frame around items: their resource and their scope, each without what it holds. */
export interface ItemFrame {
  readonly resource: Buffer;
  readonly scope: Buffer;
}

/** Walks runs of items that are stored apart from what surrounds them. */
export interface FramedRuns {
  /** Moves to the next run; false behind the last one. */
  next(): boolean;
  /** Whether the run behind this one has this resource, a shared one. */
  follows(resource: Buffer): boolean;
  /** Equal for runs with one frame; 0 for a run with a frame of its own. */
  readonly frameNumber: number;
  readonly frame: ItemFrame;
  readonly hasMore: boolean;
  /** Bytes of the items of the run, with their tags. */
  readonly length: number;
  /** Copies them to `out` from `at` on; the result is the offset behind them. */
  copy(out: Buffer, at: number): number;
}

const resourceTag = tagOf('TracesData', 'resource_spans');
const scopeTag = tagOf('ResourceSpans', 'scope_spans');

/**
 * Writes stored items as OTLP: first a plan of all that go into one request, for its size, then the bytes. Runs with
 * the same frame that follow each other become one scope, and scopes of one resource that do, one resource; so that a
 * sender of many items in one large frame is not repaid with as many frames.
 */
export class FramedWriter {
  /** By resource: the bytes of its body, and its scopes. */
  #resources: Int32Array = new Int32Array(128);
  /** By scope: the bytes of its body, and its runs. */
  #scopes: Int32Array = new Int32Array(128);
  #resourceCount = 0;
  #scopeCount = 0;
  /** The frame of the last run, its number, and the bytes of the resource body without its last scope. */
  #frame: ItemFrame | undefined;
  #frameNumber = 0;
  #before = 0;
  /** Bytes of the resources before the last one. */
  #closed = 0;
  /** Bytes of the scopes, with their items. */
  #inScopes = 0;
  /** Runs that were planned. */
  runs = 0;
  /** Where the writing is. */
  #resource = 0;
  #scope = 0;
  #scopesLeft = 0;
  #runsLeft = 0;

  /** Forgets the plan. */
  clear(): void {
    this.#resourceCount = this.#scopeCount = this.#frameNumber = this.#before = this.#closed = this.#inScopes = 0;
    this.runs = this.#resource = this.#scope = this.#scopesLeft = this.#runsLeft = 0;
    this.#frame = undefined;
  }

  /** Bytes of all that is planned. */
  get size(): number {
    return this.#closed + (this.#resourceCount > 0 ? sized(at32(this.#resources, this.#resourceCount * 2 - 2)) : 0);
  }

  /**
   * Whether nothing more goes in: the plan has `most` bytes, or, as long as the next run of the reader is of the same
   * resource, that many bytes of scopes.
   */
  isFull(reader: FramedRuns, most: number): boolean {
    if (this.#inScopes >= most) return true;
    return this.size >= most && !(this.#frame && reader.follows(this.#frame.resource));
  }

  /** Plans the runs of a reader until the plan is full; false when there are more of them. */
  plan(reader: FramedRuns, most: number): boolean {
    while (reader.hasMore) {
      if (this.isFull(reader, most)) return false;
      reader.next();
      this.#add(reader);
    }
    return true;
  }

  /** Writes the next `runs` runs of the plan, which `reader` is before, to `out`; the result is the offset behind. */
  write(reader: FramedRuns, runs: number, out: Buffer, at: number): number {
    for (let run = 0; run < runs; run++) {
      reader.next();
      if (this.#runsLeft === 0) at = this.#beginScope(reader.frame, out, at);
      this.#runsLeft--;
      at = reader.copy(out, at);
    }
    return at;
  }

  #add({ frame, frameNumber, length }: FramedRuns): void {
    const { resource, scope } = frame;
    // A frame of its own is no other run's.
    if (frameNumber === 0 || frameNumber !== this.#frameNumber) {
      if (resource === this.#frame?.resource) this.#before = at32(this.#resources, this.#resourceCount * 2 - 2);
      else {
        this.#closed = this.size;
        this.#before = resource.length;
        this.#resources = withRoom(this.#resources, ++this.#resourceCount * 2);
        this.#resources[this.#resourceCount * 2 - 1] = 0;
      }
      this.#scopes = withRoom(this.#scopes, ++this.#scopeCount * 2);
      this.#scopes[this.#scopeCount * 2 - 2] = scope.length;
      this.#scopes[this.#scopeCount * 2 - 1] = 0;
      this.#resources[this.#resourceCount * 2 - 1] = at32(this.#resources, this.#resourceCount * 2 - 1) + 1;
      this.#inScopes += scope.length;
      this.#frame = frame;
      this.#frameNumber = frameNumber;
    }
    const place = this.#scopeCount * 2 - 2;
    const body = (this.#scopes[place] = at32(this.#scopes, place) + length);
    this.#scopes[place + 1] = at32(this.#scopes, place + 1) + 1;
    this.#resources[this.#resourceCount * 2 - 2] = this.#before + sized(body);
    this.#inScopes += length;
    this.runs++;
  }

  #beginScope({ resource, scope }: ItemFrame, out: Buffer, at: number): number {
    if (this.#scopesLeft === 0) {
      const place = this.#resource++ * 2;
      this.#scopesLeft = at32(this.#resources, place + 1);
      out[at++] = resourceTag;
      at = writeVarint(out, at, at32(this.#resources, place));
      at += resource.copy(out, at);
    }
    const place = this.#scope++ * 2;
    this.#scopesLeft--;
    this.#runsLeft = at32(this.#scopes, place + 1);
    out[at++] = scopeTag;
    at = writeVarint(out, at, at32(this.#scopes, place));
    return at + scope.copy(out, at);
  }
}

/** A message with its tag and length. */
const sized = (body: number): number => 1 + varintSize(body) + body;
