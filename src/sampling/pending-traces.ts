import type { HashSeed } from '../otlp/keys/seeded-hash.js';
import type { Frames } from '../otlp/parts/frames.js';
import { Blocks, blockBytes } from './blocks.js';
import { ChainReader } from './chain-reader.js';
import { Chains } from './chains.js';
import { SharedFrames, noFrame, ownFrame } from './frames.js';
import { TraceLists } from './trace-lists.js';
import { field, Rows } from './rows.js';
import { Services } from './services.js';
import { TraceIds } from './trace-ids.js';

/** The share of the memory that frames may take. */
const frameShare = 1 / 8;
/** Frames that are dropped at once. */
const framesAtOnce = 4096;
/** Bytes of the numbers of a record, and of those of a frame of its own, at most. */
const recordHead = 16;
/** Blocks there may be at most: 512 GiB of memory. */
const mostBlocks = 2 ** 30;
/** The share of the blocks, and of the traces, that may wait to leave before new ones wait for them. */
const leavingShare = 1 / 8;

/** Whether spans find room: at once, once traces have left, once frames have been dropped, or never. */
export type SpanRoom = 'here' | 'when traces leave' | 'when frames go' | 'never';

export interface PendingOptions {
  /** Traces that may be pending at a time. */
  readonly traces: number;
  /** Bytes of memory of their spans, resources and scopes. */
  readonly maxBytes: number;
  /** 32-bit words of found conditions per trace. */
  readonly words: number;
  /** Ticks between the first span of a trace and its decision, at most. */
  readonly mostTicks: number;
  readonly seed?: HashSeed | undefined;
}

/**
 * The traces that wait, with copies of their spans: typed arrays and blocks, no object for a trace or a span. Traces
 * are known by number. One is open until it is closed, for its decision; its spans stay until they are given back.
 */
export class PendingTraces {
  readonly ids: TraceIds;
  readonly rows: Rows;
  readonly #frames: SharedFrames;
  readonly #chains: Chains;
  readonly #services: Services = new Services();
  readonly #due: TraceLists;
  readonly #ofService: TraceLists;
  /** Lists of due traces, which ticks use in turn: a power of two of them, less one. */
  readonly #mask: number;
  /** Traces that have memory by the tick of their first span. */
  readonly #byArrival: Map<number, number> = new Map();
  /** Of closed traces that still have their memory. */
  #leavingTraces = 0;
  #leavingBlocks = 0;

  constructor({ traces, maxBytes, words, mostTicks, seed }: PendingOptions) {
    // A power of two, so that ticks beyond 32 bits, as rows have them, still have the same list.
    let lists = 2;
    while (lists < mostTicks + 2) lists *= 2;
    this.#mask = lists - 1;
    const limit = Math.max(1, Math.min(mostBlocks, Math.floor((maxBytes * (1 - frameShare)) / blockBytes)));
    // Each trace takes a block at least.
    const most = Math.max(1, Math.min(traces, limit));
    this.ids = new TraceIds(most, seed);
    this.rows = new Rows(most, words);
    this.#frames = new SharedFrames(maxBytes * frameShare);
    this.#chains = new Chains(new Blocks(limit), this.rows, this.#frames);
    this.#due = new TraceLists(this.rows, field.dueNext, field.duePrevious);
    this.#ofService = new TraceLists(this.rows, field.serviceNext, field.servicePrevious);
  }

  /** Bytes of all buffers, those that are not in use yet included. */
  get reservedBytes(): number {
    const { blocks } = this.#chains;
    return this.ids.memory + this.rows.data.byteLength + blocks.memory + this.#frames.memory;
  }

  /** Bytes of memory that the spans take, whole blocks. */
  get usedBytes(): number {
    return this.#chains.blocks.used * blockBytes + this.#frames.memory;
  }

  reader(): ChainReader {
    return new ChainReader(this.#chains, this.rows, this.#frames);
  }

  /** The number of the service of `bytes[from, to)`, for `open`. */
  serviceOf(bytes: Uint8Array, from: number, to: number): number {
    return this.#services.numberOf(bytes, from, to);
  }

  /** No more is asked about the batch that was asked about last. */
  forgetBatch(): void {
    this.#frames.forgetBatch();
  }

  /** The frame of a scope of a batch, for `append`. */
  frameOf(batch: Frames, resource: number, scope: number, tick: number): number {
    return this.#frames.idOf(batch, resource, scope, tick);
  }

  /** Opens a trace whose ID is not there, to be decided at tick `due`; -1 when there are too many. */
  open(bytes: Uint8Array, idAt: number, hash: number, service: number, tick: number, due: number): number {
    const trace = this.ids.add(bytes, idAt, hash);
    if (trace < 0) return -1;
    const { rows } = this;
    rows.clear(trace);
    this.#chains.open(trace);
    rows.set(trace, field.arrival, tick);
    rows.set(trace, field.due, due);
    rows.set(trace, field.service, service);
    this.#due.push(due & this.#mask, trace);
    this.#ofService.push(service, trace);
    this.#services.countTrace(service, 1);
    const arrival = tick | 0;
    this.#byArrival.set(arrival, (this.#byArrival.get(arrival) ?? 0) + 1);
    return trace;
  }

  /** Whether there is room for so many bytes of spans with a frame in any trace. */
  roomFor(bytes: number, frame: number): SpanRoom {
    const { limit, used } = this.#chains.blocks;
    if (frame === noFrame) return this.#frames.fitsEver(this.#frames.sizeOf(frame)) ? 'when frames go' : 'never';
    const size = bytes + recordHead + (frame === ownFrame ? this.#frames.sizeOf(frame) + recordHead : 0);
    const blocks = Math.ceil(size / blockBytes);
    if (blocks <= limit - used) return 'here';
    return blocks <= limit ? 'when traces leave' : 'never';
  }

  /**
   * Whether so much is about to leave, as soon as the next component takes it, that there will be room: then no trace
   * has to be decided before its time.
   */
  get isLeaving(): boolean {
    const { limit } = this.#chains.blocks;
    const traces = this.ids.limit;
    return (
      this.#leavingBlocks > limit * leavingShare ||
      (this.ids.count === traces && this.#leavingTraces > traces * leavingShare)
    );
  }

  /** Adds `spans` spans, `source[from, to)` with their tags, to an open trace. There must be room (`roomFor`). */
  append(trace: number, frame: number, source: Buffer, from: number, to: number, spans: number): void {
    const { rows } = this;
    const before = rows.get(trace, field.blocks);
    this.#chains.append(trace, frame, source, from, to);
    rows.add(trace, field.spans, spans);
    rows.add(trace, field.bytes, to - from + this.#frames.sizeOf(frame));
    const more = rows.get(trace, field.blocks) - before;
    if (more > 0) this.#services.countBlocks(rows.get(trace, field.service), more);
  }

  /** Moves the decision of an open trace to an earlier tick; false when it is due by then. */
  hasten(trace: number, due: number): boolean {
    const { rows } = this;
    const before = rows.get(trace, field.due);
    if (since(before, due) >= 0) return false;
    this.#due.remove(before & this.#mask, trace);
    rows.set(trace, field.due, due);
    this.#due.push(due & this.#mask, trace);
    return true;
  }

  /** An open trace that is due at a tick, or has been; -1 when none is left. */
  dueAt(tick: number): number {
    const trace = this.#due.first(tick & this.#mask);
    return trace >= 0 && since(this.rows.get(trace, field.due), tick) >= 0 ? trace : -1;
  }

  /** Drops some of the frames that no trace has; `tick` is that of now. Returns whether there may be more. */
  dropFrames(tick: number): boolean {
    let oldest = tick;
    for (const arrival of this.#byArrival.keys()) oldest = Math.min(oldest, tick - since(arrival, tick));
    return this.#frames.dropBefore(oldest, framesAtOnce);
  }

  /** The oldest open trace of the service that holds the most memory; -1 when no trace is open. */
  get nextToHurry(): number {
    const service = this.#services.largest;
    return service < 0 ? -1 : this.#ofService.first(service);
  }

  /** Closes a trace: its ID may come anew, its spans are there until `giveBack`. */
  close(trace: number): void {
    const { rows } = this;
    const service = rows.get(trace, field.service);
    const blocks = rows.get(trace, field.blocks);
    this.ids.forget(trace);
    rows.set(trace, field.marks, 0);
    this.#due.remove(rows.get(trace, field.due) & this.#mask, trace);
    this.#ofService.remove(service, trace);
    this.#services.countBlocks(service, -blocks);
    this.#services.countTrace(service, -1);
    this.#leavingTraces++;
    this.#leavingBlocks += blocks;
  }

  /** Gives back the memory of a closed trace. */
  giveBack(trace: number): void {
    const arrival = this.rows.get(trace, field.arrival);
    const left = (this.#byArrival.get(arrival) ?? 1) - 1;
    if (left > 0) this.#byArrival.set(arrival, left);
    else this.#byArrival.delete(arrival);
    this.#leavingTraces--;
    this.#leavingBlocks -= this.rows.get(trace, field.blocks);
    this.#chains.giveBack(trace);
    this.ids.giveBack(trace);
  }
}

/** Ticks from one to another, of which 32 bits are known: those of 10 ms need more after 248 days. */
function since(from: number, to: number): number {
  return (to - from) | 0;
}
