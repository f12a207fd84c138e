import type { Batch } from '../otlp/batch.js';
import { Frames } from '../otlp/parts/frames.js';
import { RunLists } from '../otlp/parts/run-lists.js';
import { BatchCursor } from '../otlp/view/batch-cursor.js';
import { key } from '../otlp/view/key.js';
import type { ResourceLevelView, ResourceView, ScopeLevelView, ScopeView } from '../otlp/view/resource.js';
import { SpanView } from '../otlp/view/span.js';
import { ValueView } from '../otlp/view/value.js';
import type { Word64 } from '../otlp/view/word64.js';
import { at32, byteAt } from '../otlp/wire/at.js';
import { isEmptyId } from './empty-id.js';
import type { PendingTraces, SpanRoom } from './pending-traces.js';
import { field, mark } from './rows.js';
import { idBytes } from './trace-ids.js';

/** The fates of a span whose trace is not pending: below 0, so that it is no number of a trace. */
export const late = { kept: -2, dropped: -3 } as const;
/** The span before was of no trace, or its trace may have been closed meanwhile. */
const unknown = -4;

const serviceName = key('service.name');

/** The messages around a span. */
export interface SpanSurroundings {
  readonly resource: ResourceView;
  readonly scope: ScopeView;
  /** The messages around these, with their schema URLs. */
  readonly resourceMessage: ResourceLevelView;
  readonly scopeMessage: ScopeLevelView;
}

/** Notes what is found in the spans of a trace as they arrive, in some words of its row. */
export interface SpanReader {
  /** 32-bit words that it takes for a trace. */
  readonly words: number;
  /** Sets bits for a resource, in `found` from `at` on. */
  readResource(resource: ResourceView, found: Int32Array, at: number): void;
  /** The same for a span. */
  readSpan(span: SpanView, found: Int32Array, at: number, around: SpanSurroundings): void;
}

export interface ArrivalParts {
  /** Not set: nothing is noted, nor the time from the first start to the last end. */
  readonly reader?: SpanReader | undefined;
  readonly pending: PendingTraces;
  /** Ticks from the first span of a trace to its decision, and from its root span; 0: root spans are not looked for. */
  readonly waitTicks: number;
  readonly rootTicks: number;
  tick(): number;
  /** The fate of spans of a trace that is not pending, when it was decided; 0: it is new. */
  decided?(bytes: Uint8Array, idAt: number, hash: number): 0 | typeof late.kept | typeof late.dropped;
  opened?(): void;
  /** A span of a pending trace follows. */
  found?(trace: number): void;
  /** Spans were stored in a trace, which may be closed for it. */
  stored(trace: number, spans: number): void;
}

/**
 * Where the walk over a batch stands: at its end, at a place to pause, or at a span for which there is no room: there
 * will be when traces have left, or, in time, when resources have been forgotten.
 */
export type Progress = 'done' | 'pause' | 'full' | 'too many resources';

/** Bytes of neighbours that are copied together, about: batches that leave are cut between such runs. */
const longestRun = 64 << 10;

/**
 * Stores the spans of a batch in their traces, run by run: neighbours of one trace are copied together. Goes on where
 * it stopped for want of room, once some was made.
 */
export class Arrivals {
  readonly #parts: ArrivalParts;
  readonly #spans: BatchCursor<SpanView> = new BatchCursor(new SpanView());
  readonly #value: ValueView = new ValueView();
  readonly #resourceFound: Int32Array;
  #batch: Batch | undefined;
  #frames: Frames | undefined;
  readonly #runs: RunLists = new RunLists();
  #service = 0;
  #waitTicks = 0;
  #frame = 0;
  #frameRow = -1;
  /** The span that the walk is at was not dealt with. */
  #again = false;
  #idAt = -1;
  /** The trace of the span before, or what became of it. */
  #trace: number = unknown;
  /** Spans that are copied together at the end of the run: their trace, their bytes and their number. There is room. */
  #runTrace = -1;
  #runFrom = 0;
  #runTo = 0;
  #runSpans = 0;
  /** By span: 0 for one that goes on at once. Undefined while there is none. */
  partOf: Int32Array | undefined;
  keptLate = 0;
  droppedLate = 0;
  /** Spans that are larger than all memory for them. */
  tooLarge = 0;

  constructor(parts: ArrivalParts) {
    this.#parts = parts;
    this.#resourceFound = new Int32Array(parts.reader?.words ?? 0);
  }

  /** @param waitTicks - ticks until the decision on the traces, at most, when it is not the usual time */
  open(batch: Batch, waitTicks: number = this.#parts.waitTicks): this {
    this.#waitTicks = waitTicks;
    this.#batch = batch;
    this.#frames = new Frames(batch, this.#runs);
    this.#spans.open(batch);
    this.#frameRow = -1;
    this.#again = false;
    this.#trace = unknown;
    this.#runSpans = 0;
    this.partOf = undefined;
    this.keptLate = this.droppedLate = this.tooLarge = 0;
    return this;
  }

  /** Spans that were dealt with. */
  get passed(): number {
    return this.#batch ? this.#spans.unit + (this.#again ? 0 : this.#spans.units) : Infinity;
  }

  /** Goes on for `most` spans. Traces may be decided between two calls. */
  next(most: number): Progress {
    this.#trace = unknown;
    // Another batch may have been looked at since, or a tick passed, so that numbers are given anew.
    this.#frameRow = -1;
    if (this.#spans.resourceRow >= 0) this.#readService();
    let progress: Progress = 'pause';
    for (let left = most; left > 0 && progress === 'pause'; left--) {
      if (!this.#again && !this.#advance()) progress = 'done';
      else progress = this.#add();
      this.#again = progress === 'full' || progress === 'too many resources';
    }
    this.#endRun();
    if (progress === 'done') this.close();
    return progress;
  }

  /**
   * By span: 0 for one that is not stored, because it was not dealt with, or should have gone on at once. Undefined
   * when there is none.
   */
  remaining(): Int32Array | undefined {
    const batch = this.#batch;
    const { passed } = this;
    if (!batch || passed === batch.itemCount) return this.partOf;
    return (this.partOf ?? new Int32Array(batch.itemCount).fill(-1)).fill(0, passed);
  }

  close(): void {
    this.#spans.close();
    if (this.#batch) this.#parts.pending.forgetBatch();
    this.#batch = this.#frames = undefined;
    this.#runs.clear();
  }

  /** Moves to the next span; false behind the last one. */
  #advance(): boolean {
    const spans = this.#spans;
    while (!spans.nextItem()) {
      this.#endRun();
      if (spans.nextScope()) continue;
      if (!spans.nextResource()) return false;
      this.#readResource();
    }
    return true;
  }

  #readResource(): void {
    const { resource } = this.#spans;
    this.#resourceFound.fill(0);
    this.#parts.reader?.readResource(resource, this.#resourceFound, 0);
    this.#readService();
  }

  #readService(): void {
    this.#spans.resource.attribute(serviceName, this.#value);
    const { bytes, start, end } = this.#value.string;
    this.#service = this.#parts.pending.serviceOf(bytes, start, end);
  }

  /** Deals with the span that the walk is at. */
  #add(): Progress {
    const batch = this.#batch;
    if (!batch) return 'done';
    const { pending } = this.#parts;
    const { index, bytes } = batch;
    const row = this.#spans.itemRow;
    const from = index.itemTag(row);
    const to = index.itemTo(row);
    const idAt = index.traceIdAt(row);
    const frame = this.#frameNumber();
    const isNeighbour = this.#trace !== unknown && sameId(bytes, idAt, this.#idAt);
    const goesOn =
      isNeighbour &&
      this.#runSpans > 0 &&
      this.#runTo === from &&
      to - this.#runFrom <= longestRun &&
      pending.roomFor(to - this.#runFrom, frame) === 'here';
    if (!goesOn) this.#endRun();
    const room = goesOn ? 'here' : pending.roomFor(to - from, frame);
    // As its run ended, the trace of the span before may have been closed.
    if (!isNeighbour || this.#trace === unknown) this.#trace = this.#find(bytes, idAt, room);
    this.#idAt = idAt;
    const trace = this.#trace;
    if (trace === late.kept) {
      this.partOf ??= new Int32Array(batch.itemCount).fill(-1);
      this.partOf[this.#spans.unit] = 0;
      this.keptLate++;
    } else if (trace === late.dropped) this.droppedLate++;
    else if (room === 'never') this.tooLarge++;
    else if (room === 'when frames go') return 'too many resources';
    else if (trace === unknown || room !== 'here') return 'full';
    else {
      this.#readSpan(trace);
      if (!goesOn) this.#runFrom = from;
      this.#runTrace = trace;
      this.#runTo = to;
      this.#runSpans++;
    }
    return 'pause';
  }

  /** The trace of an ID, opened when it is new and there is room for its first span, or what became of it. */
  #find(bytes: Uint8Array, idAt: number, room: SpanRoom): number {
    const { pending } = this.#parts;
    const due = this.#parts.tick() + 1 + this.#waitTicks;
    const hash = pending.ids.hashOf(bytes, idAt);
    const open = pending.ids.find(bytes, idAt, hash);
    if (open >= 0) {
      this.#parts.found?.(open);
      pending.hasten(open, due);
      return open;
    }
    const decided = this.#parts.decided?.(bytes, idAt, hash) ?? 0;
    if (decided !== 0) return decided;
    if (room !== 'here') return unknown;
    const tick = this.#parts.tick();
    const trace = pending.open(bytes, idAt, hash, this.#service, tick, due);
    if (trace < 0) return unknown;
    this.#parts.opened?.();
    this.#parts.found?.(trace);
    return trace;
  }

  #readSpan(trace: number): void {
    const { reader, pending, rootTicks } = this.#parts;
    const { item } = this.#spans;
    if (reader) this.#note(reader, trace);
    if (rootTicks === 0 || !isEmptyId(item.parentSpanId)) return;
    if (pending.hasten(trace, this.#parts.tick() + 1 + rootTicks))
      pending.rows.set(trace, field.marks, pending.rows.get(trace, field.marks) | mark.root);
  }

  #note(reader: SpanReader, trace: number): void {
    const { rows } = this.#parts.pending;
    const { item } = this.#spans;
    const found = rows.foundAt(trace);
    for (let word = 0; word < this.#resourceFound.length; word++)
      rows.data[found + word] = at32(rows.data, found + word) | at32(this.#resourceFound, word);
    reader.readSpan(item, rows.data, found, this.#spans);
    const start = item.startTimeUnixNano;
    const isFirst = this.#isFirst(trace);
    if (isFirst || isBefore(start, rows.get(trace, field.startHigh), rows.get(trace, field.startLow))) {
      rows.set(trace, field.startHigh, start.high);
      rows.set(trace, field.startLow, start.low);
    }
    const end = item.endTimeUnixNano;
    if (isFirst || isAfter(end, rows.get(trace, field.endHigh), rows.get(trace, field.endLow))) {
      rows.set(trace, field.endHigh, end.high);
      rows.set(trace, field.endLow, end.low);
    }
  }

  #isFirst(trace: number): boolean {
    return this.#parts.pending.rows.get(trace, field.spans) === 0 && this.#runSpans === 0;
  }

  /** The frame of the scope that the walk is at. */
  #frameNumber(): number {
    const { scopeRow, resourceRow } = this.#spans;
    if (this.#frameRow !== scopeRow && this.#frames) {
      this.#frameRow = scopeRow;
      this.#frame = this.#parts.pending.frameOf(this.#frames, resourceRow, scopeRow, this.#parts.tick());
    }
    return this.#frame;
  }

  /** Copies the run to its trace, which may be closed then. */
  #endRun(): void {
    const spans = this.#runSpans;
    if (spans === 0 || !this.#frames) return;
    const { pending } = this.#parts;
    this.#runSpans = 0;
    // The walk may be at the next scope already, but the frame is still that of the run.
    pending.append(this.#runTrace, this.#frame, this.#frames.source, this.#runFrom, this.#runTo, spans);
    this.#trace = unknown;
    this.#parts.stored(this.#runTrace, spans);
  }
}

/** An empty ID and one of zeros are the same. */
function sameId(bytes: Uint8Array, a: number, b: number): boolean {
  if (a === b) return true;
  for (let i = 0; i < idBytes; i++)
    if ((a < 0 ? 0 : byteAt(bytes, a + i)) !== (b < 0 ? 0 : byteAt(bytes, b + i))) return false;
  return true;
}

function isBefore({ high, low }: Word64, otherHigh: number, otherLow: number): boolean {
  return high === otherHigh >>> 0 ? low < otherLow >>> 0 : high < otherHigh >>> 0;
}

function isAfter({ high, low }: Word64, otherHigh: number, otherLow: number): boolean {
  return high === otherHigh >>> 0 ? low > otherLow >>> 0 : high > otherHigh >>> 0;
}
