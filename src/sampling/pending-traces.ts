import type { HashSeed } from '../otlp/keys/seeded-hash.js';
import type { Frames } from '../otlp/parts/frames.js';
import { Blocks, blockBytes } from './blocks.js';
import { ChainReader } from './chain-reader.js';
import { Chains } from './chains.js';
import { SharedFrames, ownFrame } from './frames.js';
import { TraceLists } from './trace-lists.js';
import { field, Rows } from './rows.js';
import { Services } from './services.js';
import { TraceIds } from './trace-ids.js';

/** The share of the memory that frames may take. */
const frameShare = 1 / 8;

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

  constructor({ traces, maxBytes, words, mostTicks, seed }: PendingOptions) {
    // A power of two, so that ticks beyond 32 bits, as rows have them, still have the same list.
    let lists = 2;
    while (lists < mostTicks + 2) lists *= 2;
    this.#mask = lists - 1;
    const limit = Math.max(1, Math.floor((maxBytes * (1 - frameShare)) / blockBytes));
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

  /** Whether there is room for so many bytes of spans and frame in any trace. */
  fits(bytes: number): boolean {
    const { limit, used } = this.#chains.blocks;
    // Beside the bytes, their lengths; and the rest of the last block may be of no use.
    return Math.ceil((bytes + 16) / blockBytes) <= limit - used;
  }

  /** Whether there is room for them when nothing else is there. */
  everFits(bytes: number): boolean {
    return Math.ceil((bytes + 16) / blockBytes) <= this.#chains.blocks.limit;
  }

  /** Bytes that a frame takes in the memory of a trace. */
  frameSize(frame: number): number {
    if (frame !== ownFrame) return 0;
    const { resource, scope } = this.#frames.latest;
    return resource.length + scope.length + 16;
  }

  /** Adds `spans` spans, `source[from, to)` with their tags, to an open trace. There must be room (`fits`). */
  append(trace: number, frame: number, source: Buffer, from: number, to: number, spans: number): void {
    const { rows } = this;
    const before = rows.get(trace, field.blocks);
    this.#chains.append(trace, frame, source, from, to);
    rows.add(trace, field.spans, spans);
    rows.add(trace, field.bytes, to - from + this.#frames.sizeOf(frame));
    const more = rows.get(trace, field.blocks) - before;
    if (more > 0) this.#services.countBlocks(rows.get(trace, field.service), more);
  }

  /** Moves the decision of an open trace to an earlier tick. */
  hasten(trace: number, due: number): void {
    const { rows } = this;
    const before = rows.get(trace, field.due);
    if (since(before, due) >= 0) return;
    this.#due.remove(before & this.#mask, trace);
    rows.set(trace, field.due, due);
    this.#due.push(due & this.#mask, trace);
  }

  /** An open trace that is due at a tick, or has been; -1 when none is left. */
  dueAt(tick: number): number {
    const trace = this.#due.first(tick & this.#mask);
    return trace >= 0 && since(this.rows.get(trace, field.due), tick) >= 0 ? trace : -1;
  }

  /** Drops the frames that no trace has; `tick` is that of now. */
  dropFrames(tick: number): void {
    let oldest = tick;
    for (const arrival of this.#byArrival.keys()) oldest = Math.min(oldest, tick - since(arrival, tick));
    this.#frames.dropBefore(oldest);
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
    this.ids.forget(trace);
    rows.set(trace, field.mark, 0);
    this.#due.remove(rows.get(trace, field.due) & this.#mask, trace);
    this.#ofService.remove(service, trace);
    this.#services.countTrace(service, -1);
    this.#services.countBlocks(service, -rows.get(trace, field.blocks));
  }

  /** Gives back the memory of a closed trace. */
  giveBack(trace: number): void {
    const arrival = this.rows.get(trace, field.arrival);
    const left = (this.#byArrival.get(arrival) ?? 1) - 1;
    if (left > 0) this.#byArrival.set(arrival, left);
    else this.#byArrival.delete(arrival);
    this.#chains.giveBack(trace);
    this.ids.giveBack(trace);
  }
}

/** Ticks from one to another, of which 32 bits are known: those of 10 ms need more after 248 days. */
function since(from: number, to: number): number {
  return (to - from) | 0;
}
