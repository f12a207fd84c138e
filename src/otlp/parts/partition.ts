import { Batch } from '../batch.js';
import { tagOf } from '../fields.js';
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

/** Scratch that lives between calls; a call is synchronous, so no other call sees it. */
const chosen = new Chosen();
const frameRuns = new RunLists();
const search = new OwnerSearch();
/** Lengths of the bodies of a part's resources and scopes, in the order in which they are written. */
let sizes: Int32Array = new Int32Array(1024);

/**
 * Splits a batch into `parts` batches. `partOf` has one entry per span, log record, data point or sample in order of
 * appearance: its part, or -1 to leave it out. Resource, scope, schema URL and unknown fields go to every part that has
 * an item below them, the dictionary of profiles to every part; the order stays. A profile is never cut: it follows its
 * first sample. A part without items is undefined; when one part takes everything it is the batch itself, untouched.
 */
export function partition(batch: Batch, partOf: Int32Array, parts: number): (Batch | undefined)[] {
  const result = new Array<Batch | undefined>(parts).fill(undefined);
  const units = batch.itemCount;
  if (units === 0) return result;
  const first = at32(partOf, 0);
  let uniform = true;
  for (let i = 1; i < units && uniform; i++) uniform = at32(partOf, i) === first;
  if (uniform) {
    if (first >= 0) result[first] = batch;
    return result;
  }
  chosen.fill(batch, partOf, parts);
  const frames = new Frames(batch, frameRuns);
  for (let p = 0; p < parts; p++)
    if (chosen.units(p) > 0)
      result[p] = new Batch(batch.signal, encode(frames, chosen.start(p), chosen.start(p + 1)), chosen.units(p));
  frameRuns.clear();
  chosen.trim();
  sizes = kept(sizes);
  return result;
}

/**
 * Cuts a batch in order: at most `firstMax` items in the first part, `max` in each other. One part is the batch itself.
 */
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

/** Encodes the entries `[from, to)`, which make up a part: a pass for the sizes, one for the bytes. */
function encode(frames: Frames, from: number, to: number): Uint8Array {
  const out = Batch.allocate(measure(frames, from, to));
  const { index, source, runs } = frames;
  const { rows, pieceOf, pieces } = chosen;
  let at = runs.copy(frames.request, source, out, 0);
  let used = 0;
  let scope = 0;
  let resource = 0;
  for (let i = from; i < to;) {
    const first = at32(rows, i);
    if (index.firstItem(scope + 1) <= first) scope = search.scopeOf(index, first, scope + 1);
    if (index.firstScope(resource + 1) <= scope) resource = search.resourceOf(index, scope, resource + 1);
    const lastItem = index.firstItem(index.firstScope(resource + 1));
    out[at++] = resourceTag;
    at = writeVarint(out, at, at32(sizes, used++));
    at = runs.copy(frames.resource(resource), source, out, at);
    while (i < to && at32(rows, i) < lastItem) {
      const item = at32(rows, i);
      if (index.firstItem(scope + 1) <= item) scope = search.scopeOf(index, item, scope + 1);
      const scopeEnd = index.firstItem(scope + 1);
      out[at++] = scopeTag;
      at = writeVarint(out, at, at32(sizes, used++));
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

/** Bytes of a part; `sizes` has the lengths in it. */
function measure(frames: Frames, from: number, to: number): number {
  const { index, runs } = frames;
  const { rows, pieceOf, pieces } = chosen;
  let total = runs.length(frames.request);
  let used = 0;
  let scope = 0;
  let resource = 0;
  for (let i = from; i < to;) {
    const first = at32(rows, i);
    if (index.firstItem(scope + 1) <= first) scope = search.scopeOf(index, first, scope + 1);
    if (index.firstScope(resource + 1) <= scope) resource = search.resourceOf(index, scope, resource + 1);
    const lastItem = index.firstItem(index.firstScope(resource + 1));
    const place = used++;
    let body = runs.length(frames.resource(resource));
    while (i < to && at32(rows, i) < lastItem) {
      const item = at32(rows, i);
      if (index.firstItem(scope + 1) <= item) scope = search.scopeOf(index, item, scope + 1);
      const scopeEnd = index.firstItem(scope + 1);
      let inner = runs.length(frames.scope(scope));
      for (; i < to; i++) {
        const row = at32(rows, i);
        if (row >= scopeEnd) break;
        const piece = pieceOf ? at32(pieceOf, i) : -1;
        inner += piece < 0 ? index.itemTo(row) - index.itemTag(row) : pieces.length(piece);
      }
      body += 1 + varintSize(inner) + inner;
      recordSize(used++, inner);
    }
    recordSize(place, body);
    total += 1 + varintSize(body) + body;
  }
  return total;
}

function recordSize(place: number, size: number): void {
  if (place >= sizes.length) sizes = withRoom(sizes, place + 1);
  sizes[place] = size;
}
