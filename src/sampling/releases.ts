import { Batch } from '../otlp/batch.js';
import { FramedWriter } from '../otlp/parts/framed-writer.js';
import { ChainReader } from './chain-reader.js';
import type { PendingTraces } from './pending-traces.js';
import { field } from './rows.js';

/** Bytes of a batch of released traces, about: a batch goes on until it has them. */
const targetBytes = 256 << 10;

/**
 * The traces that leave, in order: made into batches, several small traces in one, a large one in several, and their
 * memory given back as they are written.
 */
export class Releases {
  readonly #pending: PendingTraces;
  readonly #wholeBytes: number;
  readonly #writer: FramedWriter = new FramedWriter();
  readonly #planned: ChainReader;
  readonly #written: ChainReader;
  /** The rest of the first trace starts here, when a part of it has left. */
  readonly #rest: ChainReader;
  #isPartial = false;
  /** Spans of the first trace that have left. */
  #passed = 0;
  readonly #batches: Batch[] = [];
  #traces: number[] = [];
  #head = 0;

  /** @param wholeBytes - bytes of a trace up to which it is not cut, whatever stands before it in a batch; about */
  constructor(pending: PendingTraces, wholeBytes = 0) {
    this.#pending = pending;
    this.#wholeBytes = wholeBytes;
    this.#planned = pending.reader();
    this.#written = pending.reader();
    this.#rest = pending.reader();
  }

  /** Of the traces in the batch that `next` made last: the outcome + 1, and the number of its spans up to their end. */
  readonly outcomes: number[] = [];
  readonly ends: number[] = [];
  /** How many spans each had when it was closed. */
  readonly spans: number[] = [];

  get isEmpty(): boolean {
    return this.#batches.length === 0 && this.#head === this.#traces.length;
  }

  /** A closed trace, whose spans leave. */
  push(trace: number): void {
    this.#traces.push(trace);
  }

  /** A batch that leaves as it is, before the traces. */
  add(batch: Batch): void {
    this.#batches.push(batch);
  }

  /** The next batch, which the caller owns; undefined when nothing is left. */
  next(): Batch | undefined {
    this.outcomes.length = this.ends.length = this.spans.length = 0;
    if (this.#batches.length > 0) return this.#batches.shift();
    if (this.isEmpty) return undefined;
    const writer = this.#writer;
    writer.clear();
    /** By trace of the batch. */
    const runs: number[] = [];
    // Spans of the first trace may have left before.
    let spans = -this.#passed;
    let isWhole = true;
    const first = this.#head;
    let end = first;
    for (; end < this.#traces.length && isWhole; end++) {
      const trace = this.#trace(end);
      const reader = this.#openAt(this.#planned, trace, end === first);
      if (end > first && writer.isFull(reader, targetBytes)) break;
      const before = writer.runs;
      isWhole = writer.plan(reader, Math.max(targetBytes, writer.size + this.#wholeBytes));
      runs.push(writer.runs - before);
      const ofTrace = this.#pending.rows.get(trace, field.spans);
      spans += ofTrace;
      this.spans.push(ofTrace);
      this.outcomes.push(this.#pending.rows.get(trace, field.outcome));
      this.ends.push(spans);
    }
    const bytes = Batch.allocate(writer.size);
    let at = 0;
    runs.forEach((count, i) => {
      at = writer.write(this.#openAt(this.#written, this.#trace(first + i), i === 0), count, bytes, at);
    });
    this.#isPartial = !isWhole;
    if (!isWhole) {
      this.#rest.moveTo(this.#written);
      end--;
    }
    for (; this.#head < end; this.#head++) this.#pending.giveBack(this.#trace(this.#head));
    if (this.#head === this.#traces.length || this.#head > 4096) {
      this.#traces.splice(0, this.#head);
      this.#head = 0;
    }
    if (isWhole) {
      this.#passed = 0;
      return new Batch('traces', bytes, spans);
    }
    // The last trace is there in part.
    const { itemCount } = new Batch('traces', bytes, 0).index;
    const last = this.ends.length - 1;
    this.#passed = last > 0 ? itemCount - (this.ends[last - 1] ?? 0) : this.#passed + itemCount;
    this.ends[last] = itemCount;
    return new Batch('traces', bytes, itemCount);
  }

  #trace(place: number): number {
    return this.#traces[place] ?? -1;
  }

  #openAt(reader: ChainReader, trace: number, isFirst: boolean): ChainReader {
    reader.open(trace);
    if (isFirst && this.#isPartial) reader.moveTo(this.#rest);
    return reader;
  }
}
