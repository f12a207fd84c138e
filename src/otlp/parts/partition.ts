import { at32 } from '../wire/at.js';
import { Batch } from '../batch.js';
import { pointsOf, reframeMetric } from './metric-points.js';
import { varintSize, writeVarint } from '../wire/varint.js';

/** Scratch that lives between calls; a call is synchronous, so no other call sees it. Entries are whole items, or pieces of a metric. */
let entryItem: Int32Array = new Int32Array(8192);
let entryPart: Int32Array = new Int32Array(8192);
let order: Int32Array = new Int32Array(8192);
let sizes: Int32Array = new Int32Array(1024);

/**
 * Splits a batch into `parts` batches. `partOf` has one entry per span, log record or data point in order of appearance: its part, or
 * -1 to leave it out. Resource, scope, schema URL and unknown fields go to every part that has an item below them; the order stays.
 * A part without items is undefined; when one part takes everything it is the batch itself, untouched.
 */
export function partition(batch: Batch, partOf: Int32Array, parts: number): (Batch | undefined)[] {
  const result = new Array<Batch | undefined>(parts).fill(undefined);
  const units = batch.itemCount;
  if (units === 0) return result;
  const first = at32(partOf, 0);
  let uniform = true;
  for (let i = 1; i < units; i++) {
    if (partOf[i] !== first) {
      uniform = false;
      break;
    }
  }
  if (uniform) {
    if (first >= 0) result[first] = batch;
    return result;
  }

  const pieces = new Map<number, Uint8Array>();
  const entries = batch.signal === 'metrics' ? metricEntries(batch, partOf, pieces) : itemEntries(batch, partOf);
  const starts = new Int32Array(parts + 1);
  const counts = new Int32Array(parts);
  for (let i = 0; i < units; i++) {
    const part = at32(partOf, i);
    if (part >= 0) counts[part] = at32(counts, part) + 1;
  }
  for (let i = 0; i < entries; i++) {
    const part = at32(entryPart, i);
    if (part >= 0) starts[part + 1] = at32(starts, part + 1) + 1;
  }
  for (let p = 0; p < parts; p++) starts[p + 1] = at32(starts, p + 1) + at32(starts, p);
  const next = starts.slice(0, parts);
  if (order.length < entries) order = new Int32Array(entryItem.length);
  for (let i = 0; i < entries; i++) {
    const part = at32(entryPart, i);
    if (part < 0) continue;
    order[at32(next, part)] = i;
    next[part] = at32(next, part) + 1;
  }

  const frames = new Frames(batch);
  for (let p = 0; p < parts; p++) {
    if (counts[p] === 0) continue;
    result[p] = new Batch(batch.signal, encodePart(frames, at32(starts, p), at32(starts, p + 1), pieces), at32(counts, p));
  }
  return result;
}

/** Cuts a batch in order: at most `firstMax` items in the first part, `max` in each other. One part is the batch itself. */
export function splitByCount(batch: Batch, firstMax: number, max: number): Batch[] {
  if (batch.itemCount <= firstMax || max <= 0) return [batch];
  const partOf = new Int32Array(batch.itemCount);
  let part = 0;
  let room = firstMax;
  for (let i = 0; i < partOf.length; i++) {
    if (room === 0) {
      part++;
      room = max;
    }
    partOf[i] = part;
    room--;
  }
  return partition(batch, partOf, part + 1).filter((b) => b !== undefined);
}

function itemEntries(batch: Batch, partOf: Int32Array): number {
  const count = batch.index.items.length >> 2;
  reserve(count);
  for (let i = 0; i < count; i++) {
    entryItem[i] = i;
    entryPart[i] = at32(partOf, i);
  }
  return count;
}

/** A metric whose points all go one way is one entry; any other is re-framed once per part it has points in. */
function metricEntries(batch: Batch, partOf: Int32Array, pieces: Map<number, Uint8Array>): number {
  const { items } = batch.index;
  let entries = 0;
  let unit = 0;
  for (let item = 0; item < items.length >> 2; item++) {
    const points = at32(items, item * 4 + 3);
    const part =
      points > 0 ? at32(partOf, unit) : entries > 0 ? at32(entryPart, entries - 1) : at32(partOf, Math.min(unit, batch.itemCount - 1));
    let uniform = true;
    for (let i = 1; i < points; i++) if (partOf[unit + i] !== part) uniform = false;
    if (uniform) {
      reserve(entries + 1);
      entryItem[entries] = item;
      entryPart[entries++] = part;
    } else {
      const own = partOf.subarray(unit, unit + points);
      const metric = pointsOf(batch.bytes, at32(items, item * 4 + 1), at32(items, item * 4 + 2));
      for (const wanted of [...new Set(own)].sort((a, b) => a - b)) {
        if (wanted < 0) continue;
        reserve(entries + 1);
        pieces.set(
          entries,
          reframeMetric(batch.bytes, metric, (i) => own[i] === wanted),
        );
        entryItem[entries] = item;
        entryPart[entries++] = wanted;
      }
    }
    unit += points;
  }
  return entries;
}

function reserve(entries: number): void {
  if (entries <= entryItem.length) return;
  const items = new Int32Array(Math.max(entries, entryItem.length * 2));
  const parts = new Int32Array(items.length);
  items.set(entryItem);
  parts.set(entryPart);
  entryItem = items;
  entryPart = parts;
}

/** The surroundings of the items of a batch: the bytes of each resource and scope that are not scopes and items, as runs. */
class Frames {
  readonly batch: Batch;
  readonly source: Buffer;
  readonly scopeRest: (Int32Array | undefined)[];
  readonly resourceRest: (Int32Array | undefined)[];

  constructor(batch: Batch) {
    this.batch = batch;
    this.source = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.byteLength);
    this.scopeRest = new Array<Int32Array | undefined>(batch.index.scopes.length >> 2);
    this.resourceRest = new Array<Int32Array | undefined>(batch.index.resources.length >> 2);
  }

  scope(i: number): Int32Array {
    return (this.scopeRest[i] ??= gaps(this.batch.index.scopes, i, this.batch.index.items));
  }

  resource(i: number): Int32Array {
    return (this.resourceRest[i] ??= gaps(this.batch.index.resources, i, this.batch.index.scopes));
  }
}

/** Runs `[from, to, from, to, ..., total]` of row `i` that belong to none of its children. */
function gaps(rows: Int32Array, i: number, children: Int32Array): Int32Array {
  const out: number[] = [];
  const end = at32(rows, i * 4 + 2);
  const last = i * 4 + 7 < rows.length ? at32(rows, i * 4 + 7) : children.length >> 2;
  let from = at32(rows, i * 4 + 1);
  let total = 0;
  for (let child = at32(rows, i * 4 + 3); child < last; child++) {
    const to = at32(children, child * 4);
    if (to > from) {
      out.push(from, to);
      total += to - from;
    }
    from = at32(children, child * 4 + 2);
  }
  if (end > from) {
    out.push(from, end);
    total += end - from;
  }
  out.push(total);
  return Int32Array.from(out);
}

/** Encodes the entries `order[from..to)`, which belong to one part: a pass for the sizes, one for the bytes. */
function encodePart(frames: Frames, from: number, to: number, pieces: Map<number, Uint8Array>): Uint8Array {
  const { resources, scopes, items } = frames.batch.index;
  const resourceCount = resources.length >> 2;
  const scopeCount = scopes.length >> 2;
  let used = 0;
  let total = 0;
  let scope = 0;
  let resource = 0;
  for (let i = from; i < to;) {
    const item = at32(entryItem, order[i] as number);
    while (scope + 1 < scopeCount && at32(scopes, scope * 4 + 7) <= item) scope++;
    while (resource + 1 < resourceCount && at32(resources, resource * 4 + 7) <= scope) resource++;
    const resourceEnd = resource + 1 < resourceCount ? at32(resources, resource * 4 + 7) : scopeCount;
    const lastItem = resourceEnd < scopeCount ? at32(scopes, resourceEnd * 4 + 3) : items.length >> 2;
    const place = used++;
    if (used >= sizes.length) sizes = larger(sizes);
    let body = frames.resource(resource).at(-1) as number;
    while (i < to && at32(entryItem, order[i] as number) < lastItem) {
      const current = at32(entryItem, order[i] as number);
      while (scope + 1 < scopeCount && at32(scopes, scope * 4 + 7) <= current) scope++;
      const scopeEnd = scope + 1 < scopeCount ? at32(scopes, scope * 4 + 7) : items.length >> 2;
      let inner = frames.scope(scope).at(-1) as number;
      for (; i < to; i++) {
        const entry = at32(order, i);
        const row = at32(entryItem, entry);
        if (row >= scopeEnd) break;
        const piece = pieces.size > 0 ? pieces.get(entry) : undefined;
        inner += piece ? piece.length : at32(items, row * 4 + 2) - at32(items, row * 4);
      }
      sizes[used++] = inner;
      if (used >= sizes.length) sizes = larger(sizes);
      body += 1 + varintSize(inner) + inner;
    }
    sizes[place] = body;
    total += 1 + varintSize(body) + body;
  }

  const out = Batch.allocate(total);
  const { source } = frames;
  let at = 0;
  used = 0;
  scope = 0;
  resource = 0;
  for (let i = from; i < to;) {
    const item = at32(entryItem, order[i] as number);
    while (scope + 1 < scopeCount && at32(scopes, scope * 4 + 7) <= item) scope++;
    while (resource + 1 < resourceCount && at32(resources, resource * 4 + 7) <= scope) resource++;
    const resourceEnd = resource + 1 < resourceCount ? at32(resources, resource * 4 + 7) : scopeCount;
    const lastItem = resourceEnd < scopeCount ? at32(scopes, resourceEnd * 4 + 3) : items.length >> 2;
    out[at++] = 10;
    at = writeVarint(out, at, at32(sizes, used++));
    at = copyRuns(source, frames.resource(resource), out, at);
    while (i < to && at32(entryItem, order[i] as number) < lastItem) {
      const current = at32(entryItem, order[i] as number);
      while (scope + 1 < scopeCount && at32(scopes, scope * 4 + 7) <= current) scope++;
      const scopeEnd = scope + 1 < scopeCount ? at32(scopes, scope * 4 + 7) : items.length >> 2;
      out[at++] = 18;
      at = writeVarint(out, at, at32(sizes, used++));
      at = copyRuns(source, frames.scope(scope), out, at);
      while (i < to) {
        const entry = at32(order, i);
        const row = at32(entryItem, entry);
        if (row >= scopeEnd) break;
        const piece = pieces.size > 0 ? pieces.get(entry) : undefined;
        if (piece) {
          out.set(piece, at);
          at += piece.length;
          i++;
          continue;
        }
        // Neighbours that stay neighbours are one run.
        const start = at32(items, row * 4);
        let end = at32(items, row * 4 + 2);
        for (i++; i < to && pieces.size === 0; i++) {
          const following = at32(entryItem, order[i] as number);
          if (following >= scopeEnd || items[following * 4] !== end) break;
          end = at32(items, following * 4 + 2);
        }
        source.copy(out, at, start, end);
        at += end - start;
      }
    }
  }
  return out;
}

function copyRuns(source: Buffer, runs: Int32Array, out: Buffer, from: number): number {
  let at = from;
  for (let i = 0; i + 1 < runs.length; i += 2) {
    const start = at32(runs, i);
    const end = at32(runs, i + 1);
    source.copy(out, at, start, end);
    at += end - start;
  }
  return at;
}

function larger(rows: Int32Array): Int32Array {
  const next = new Int32Array(rows.length * 2);
  next.set(rows);
  return next;
}
