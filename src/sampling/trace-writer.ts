import { tagOf } from '../otlp/fields.js';
import { at32 } from '../otlp/wire/at.js';
import { withRoom } from '../otlp/wire/numbers.js';
import { varintSize, writeVarint } from '../otlp/wire/varint.js';
import type { ChainReader } from './chain-reader.js';
import type { SpanFrame } from './frames.js';

const resourceTag = tagOf('TracesData', 'resource_spans');
const scopeTag = tagOf('ResourceSpans', 'scope_spans');

/**
 * Writes stored spans as OTLP: first a plan of all that go into one request, for its size, then the bytes. Records with
 * the same frame that follow each other become one scope.
 */
export class TraceWriter {
  /** By group of records that become one scope: the bytes of their spans, and how many records they are. */
  #groups: Int32Array = new Int32Array(128);
  #groupCount = 0;
  /** Bytes of all that is planned. */
  size = 0;

  /** Forgets the plan. */
  clear(): void {
    this.#groupCount = this.size = 0;
  }

  /** Groups planned so far: what one trace added to it is what `write` is asked for. */
  get groups(): number {
    return this.#groupCount;
  }

  /** Plans the records of a reader until the plan has `most` bytes; false when there are more of them. */
  plan(reader: ChainReader, most: number): boolean {
    while (reader.next()) {
      const { frame, frameNumber } = reader;
      let bytes = reader.length;
      let records = 1;
      // A frame of its own is no other record's.
      while (frameNumber > 0 && this.size + bytes < most && reader.follows(frameNumber)) {
        reader.next();
        bytes += reader.length;
        records++;
      }
      this.#addGroup(frame, bytes, records);
      if (this.size >= most) return reader.block < 0;
    }
    return true;
  }

  /** Writes groups `[from, to)` of the plan to `out` from `at` on; the result is the offset behind them. */
  write(reader: ChainReader, from: number, to: number, out: Buffer, at: number): number {
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
      for (let record = at32(this.#groups, group * 2 + 1); record > 1; record--) {
        reader.next();
        at = reader.copy(out, at);
      }
    }
    return at;
  }

  #addGroup({ resource, scope }: SpanFrame, bytes: number, records: number): void {
    const at = this.#groupCount++ * 2;
    this.#groups = withRoom(this.#groups, at + 2);
    this.#groups[at] = bytes;
    this.#groups[at + 1] = records;
    this.size += sized(resource.length + sized(scope.length + bytes));
  }
}

/** A message with its tag and length. */
const sized = (body: number): number => 1 + varintSize(body) + body;
