import { Batch } from '../batch.js';
import { tagOf } from '../fields.js';
import { rowsAtOnce } from '../large.js';
import { resultAtOnce, type InPieces } from '../work.js';
import { at32 } from '../wire/at.js';
import { varintSize, writeVarint } from '../wire/varint.js';
import { Chosen } from './chosen.js';
import { Frames } from './frames.js';
import { kept, withRoom } from '../wire/numbers.js';
import { OwnerSearch } from './owner-search.js';
import { appendRun, RunLists } from './run-lists.js';

// The four signals number these fields alike.
const resourceTag = tagOf('TracesData', 'resource_spans');
const scopeTag = tagOf('ResourceSpans', 'scope_spans');

/**
 * The parts that a batch is cut into, made when they are asked for: each repeats the resource and the scopes of its
 * items, so that all of them at once may take many times the batch's memory.
 */
class Cutting {
  readonly #chosen: Chosen = new Chosen();
  readonly #runs: RunLists = new RunLists();
  readonly #search: OwnerSearch = new OwnerSearch();
  /** Lengths of the bodies of a part's resources and scopes, in the order in which they are written. */
  #sizes: Int32Array = new Int32Array(64);
  #frames: Frames | undefined;

  /** Plans the parts in pieces of work: yields after each. `partOf` as `partition` has it. */
  *planning(batch: Batch, partOf: Int32Array, parts: number): InPieces<void> {
    yield* this.#chosen.filling(batch, partOf, parts);
    this.#frames = new Frames(batch, this.#runs);
  }

  /** Bytes of memory that the plan takes. */
  get memory(): number {
    return this.#chosen.memory + this.#runs.memory + this.#sizes.byteLength;
  }

  has(p: number): boolean {
    return this.#chosen.units(p) > 0;
  }

  /** Part `p`; undefined when it has no items. */
  part({ signal }: Batch, p: number): Batch | undefined {
    const frames = this.#frames;
    const chosen = this.#chosen;
    const units = chosen.units(p);
    if (!frames || !(units > 0)) return undefined;
    return new Batch(signal, this.#encode(frames, chosen.start(p), chosen.start(p + 1)), units);
  }

  /** Gives back the memory that an unusually large batch took. */
  trim(): void {
    this.#runs.clear();
    this.#chosen.trim();
    this.#sizes = kept(this.#sizes);
    this.#frames = undefined;
  }

  /** Encodes the entries `[from, to)`, which make up a part: a pass for the sizes, one for the bytes. */
  #encode(frames: Frames, from: number, to: number): Uint8Array {
    const out = Batch.allocate(this.#measure(frames, from, to));
    const { index, source, runs } = frames;
    const { rows, pieceOf, pieces } = this.#chosen;
    let at = runs.copy(frames.request, source, out, 0);
    let used = 0;
    let scope = 0;
    let resource = 0;
    for (let i = from; i < to;) {
      const first = at32(rows, i);
      if (index.firstItem(scope + 1) <= first) scope = this.#search.scopeOf(index, first, scope + 1);
      if (index.firstScope(resource + 1) <= scope) resource = this.#search.resourceOf(index, scope, resource + 1);
      const lastItem = index.firstItem(index.firstScope(resource + 1));
      out[at++] = resourceTag;
      at = writeVarint(out, at, at32(this.#sizes, used++));
      at = runs.copy(frames.resource(resource), source, out, at);
      while (i < to && at32(rows, i) < lastItem) {
        const item = at32(rows, i);
        if (index.firstItem(scope + 1) <= item) scope = this.#search.scopeOf(index, item, scope + 1);
        const scopeEnd = index.firstItem(scope + 1);
        out[at++] = scopeTag;
        at = writeVarint(out, at, at32(this.#sizes, used++));
        at = runs.copy(frames.scope(scope), source, out, at);
        while (i < to) {
          const row = at32(rows, i);
          if (row >= scopeEnd) break;
          i++;
          if (pieceOf) {
            const piece = at32(pieceOf, i - 1);
            if (piece >= 0) {
              at = pieces.write(piece, source, out, at);
              continue;
            }
          }
          // Neighbours that stay neighbours are one run.
          const start = index.itemTag(row);
          let end = index.itemTo(row);
          const last = pieceOf ? i : to;
          for (; i < last; i++) {
            const following = at32(rows, i);
            if (following >= scopeEnd || index.itemTag(following) !== end) break;
            end = index.itemTo(following);
          }
          at = appendRun(source, start, end, out, at);
        }
      }
    }
    return out;
  }

  /** Bytes of a part; `#sizes` has the lengths in it. */
  #measure(frames: Frames, from: number, to: number): number {
    const { index, runs } = frames;
    const { rows, pieceOf, pieces } = this.#chosen;
    let total = runs.length(frames.request);
    let used = 0;
    let scope = 0;
    let resource = 0;
    for (let i = from; i < to;) {
      const first = at32(rows, i);
      if (index.firstItem(scope + 1) <= first) scope = this.#search.scopeOf(index, first, scope + 1);
      if (index.firstScope(resource + 1) <= scope) resource = this.#search.resourceOf(index, scope, resource + 1);
      const lastItem = index.firstItem(index.firstScope(resource + 1));
      const place = used++;
      let body = runs.length(frames.resource(resource));
      while (i < to && at32(rows, i) < lastItem) {
        const item = at32(rows, i);
        if (index.firstItem(scope + 1) <= item) scope = this.#search.scopeOf(index, item, scope + 1);
        const scopeEnd = index.firstItem(scope + 1);
        let inner = runs.length(frames.scope(scope));
        for (; i < to; i++) {
          const row = at32(rows, i);
          if (row >= scopeEnd) break;
          const piece = pieceOf ? at32(pieceOf, i) : -1;
          inner += piece < 0 ? index.itemTo(row) - index.itemTag(row) : pieces.length(piece);
        }
        body += 1 + varintSize(inner) + inner;
        this.#recordSize(used++, inner);
      }
      this.#recordSize(place, body);
      total += 1 + varintSize(body) + body;
    }
    return total;
  }

  #recordSize(place: number, size: number): void {
    if (place >= this.#sizes.length) this.#sizes = withRoom(this.#sizes, place + 1);
    this.#sizes[place] = size;
  }
}

/** Scratch that lives between calls; a call is synchronous, so no other call sees it. */
const shared = new Cutting();

/**
 * Splits a batch into `parts` batches. `partOf` has one entry per span, log record, data point or sample in order of
 * appearance: its part, or -1 to leave it out. Resource, scope, schema URL and unknown fields go to every part that has
 * an item below them, the dictionary of profiles to every part; the order stays. A profile is never cut: it follows its
 * first sample. A part without items is undefined; when one part takes everything it is the batch itself, untouched.
 */
export function partition(batch: Batch, partOf: Int32Array, parts: number): (Batch | undefined)[] {
  const result = new Array<Batch | undefined>(parts).fill(undefined);
  if (batch.itemCount === 0) return result;
  const only = onlyPart(batch, partOf);
  if (only !== undefined) {
    if (only >= 0) result[only] = batch;
    return result;
  }
  resultAtOnce(shared.planning(batch, partOf, parts));
  for (let p = 0; p < parts; p++) result[p] = shared.part(batch, p);
  shared.trim();
  return result;
}

/** `partition` in pieces of work, for large batches. */
export function* partitioning(batch: Batch, partOf: Int32Array, parts: number): InPieces<(Batch | undefined)[]> {
  const result = new Array<Batch | undefined>(parts).fill(undefined);
  if (batch.itemCount === 0) return result;
  const only = onlyPart(batch, partOf);
  if (only !== undefined) {
    if (only >= 0) result[only] = batch;
    return result;
  }
  yield;
  const cutting = new Cutting();
  yield* cutting.planning(batch, partOf, parts);
  for (let p = 0; p < parts; p++) {
    yield;
    result[p] = cutting.part(batch, p);
  }
  return result;
}

/** The part that all items go to; undefined when they go to several. */
function onlyPart({ itemCount }: Batch, partOf: Int32Array): number | undefined {
  const first = at32(partOf, 0);
  for (let i = 1; i < itemCount; i++) if (at32(partOf, i) !== first) return undefined;
  return first;
}

/**
 * A batch that is cut in order. The parts are made one by one, so that no more of them are in memory than are asked
 * for. The bytes of the batch must stay what they are until the last one is made.
 */
export class CutBatch {
  readonly #batch: Batch;
  readonly #cutting: Cutting | undefined;
  /** The number of each part that has items. */
  readonly #parts: readonly number[];

  /** Without `cutting` the batch stays whole. */
  constructor(batch: Batch, cutting?: Cutting, parts: readonly number[] = []) {
    this.#batch = batch;
    this.#cutting = cutting;
    this.#parts = parts;
  }

  get count(): number {
    return this.#cutting ? this.#parts.length : 1;
  }

  /** Bytes of memory that the plan takes. */
  get memory(): number {
    return this.#cutting?.memory ?? 0;
  }

  /** Makes part `i`; a single part is the batch itself. The caller owns it. */
  part(i: number): Batch {
    const part = this.#cutting ? this.#cutting.part(this.#batch, this.#parts[i] ?? -1) : this.#batch;
    if (!part) throw new RangeError(`the batch has no part ${i}`);
    return part;
  }
}

/**
 * Cuts a batch in order: at most `firstMax` items in the first part, `max` in each other. One part is the batch itself.
 */
export function cutByCount(batch: Batch, firstMax: number, max: number): CutBatch {
  return resultAtOnce(cuttingByCount(batch, firstMax, max));
}

/** `cutByCount` in pieces of work, for large batches. */
export function* cuttingByCount(batch: Batch, firstMax: number, max: number): InPieces<CutBatch> {
  if (batch.itemCount <= firstMax || max <= 0) return new CutBatch(batch);
  const partOf = new Int32Array(batch.itemCount);
  let last = 0;
  let room = firstMax;
  for (let i = 0; i < partOf.length; i++) {
    if (room === 0) {
      last++;
      room = max;
    }
    partOf[i] = last;
    room--;
  }
  if (batch.itemCount > rowsAtOnce) yield;
  const cutting = new Cutting();
  yield* cutting.planning(batch, partOf, last + 1);
  const parts: number[] = [];
  for (let p = 0; p <= last; p++) if (cutting.has(p)) parts.push(p);
  return new CutBatch(batch, cutting, parts);
}

/** All parts of `cutByCount` at once. */
export function splitByCount(batch: Batch, firstMax: number, max: number): Batch[] {
  const cut = cutByCount(batch, firstMax, max);
  return Array.from({ length: cut.count }, (_, i) => cut.part(i));
}
