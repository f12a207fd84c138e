import { tagOf } from '../fields.js';
import { at32 } from '../wire/at.js';
import { withRoom } from '../wire/numbers.js';
import { varintSize, writeVarint } from '../wire/varint.js';

/** What surrounds items: their resource and their scope, each without what it holds. */
export interface ItemFrame {
  readonly resource: Buffer;
  readonly scope: Buffer;
}

/** Walks runs of items that are stored apart from what surrounds them. */
export interface FramedRuns {
  /** Moves to the next run; false behind the last one. */
  next(): boolean;
  /** Whether the run behind this one has a frame, by its number. */
  follows(frameNumber: number): boolean;
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
 * the same frame that follow each other become one scope.
 */
export class FramedWriter {
  /** By group of runs that become one scope: the bytes of their items, and how many runs they are. */
  #groups: Int32Array = new Int32Array(128);
  #groupCount = 0;
  /** Bytes of all that is planned. */
  size = 0;

  /** Forgets the plan. */
  clear(): void {
    this.#groupCount = this.size = 0;
  }

  /** Groups planned so far: what was added to it for one walk is what `write` is asked for. */
  get groups(): number {
    return this.#groupCount;
  }

  /** Plans the runs of a reader until the plan has `most` bytes; false when there are more of them. */
  plan(reader: FramedRuns, most: number): boolean {
    while (reader.next()) {
      const { frame, frameNumber } = reader;
      let bytes = reader.length;
      let runs = 1;
      // A frame of its own is no other run's.
      while (frameNumber > 0 && this.size + bytes < most && reader.follows(frameNumber)) {
        reader.next();
        bytes += reader.length;
        runs++;
      }
      this.#addGroup(frame, bytes, runs);
      if (this.size >= most) return !reader.hasMore;
    }
    return true;
  }

  /** Writes groups `[from, to)` of the plan to `out` from `at` on; the result is the offset behind them. */
  write(reader: FramedRuns, from: number, to: number, out: Buffer, at: number): number {
    for (let group = from; group < to; group++) {
      reader.next();
      const { resource, scope } = reader.frame;
      const scopeBody = scope.length + at32(this.#groups, group * 2);
      out[at++] = resourceTag;
      at = writeVarint(out, at, resource.length + sized(scopeBody));
      at += resource.copy(out, at);
      out[at++] = scopeTag;
      at = writeVarint(out, at, scopeBody);
      at += scope.copy(out, at);
      at = reader.copy(out, at);
      for (let run = at32(this.#groups, group * 2 + 1); run > 1; run--) {
        reader.next();
        at = reader.copy(out, at);
      }
    }
    return at;
  }

  #addGroup({ resource, scope }: ItemFrame, bytes: number, runs: number): void {
    const at = this.#groupCount++ * 2;
    this.#groups = withRoom(this.#groups, at + 2);
    this.#groups[at] = bytes;
    this.#groups[at + 1] = runs;
    this.size += sized(resource.length + sized(scope.length + bytes));
  }
}

/** A message with its tag and length. */
const sized = (body: number): number => 1 + varintSize(body) + body;
