import { Batch } from '../batch.js';
import { resultAtOnce, type InPieces } from '../work.js';

/** Bytes that are copied before the event loop may go on: about a millisecond. */
const copiedAtOnce = 4 << 20;

/**
 * One batch with the items of all, in order. Repeated fields of protobuf join when messages are laid end to end, so the
 * merged request is the concatenation; equal resources are not regrouped. Not for profiles, whose dictionary belongs to
 * its own request.
 */
export function merge(batches: readonly Batch[]): Batch {
  return resultAtOnce(merging(batches));
}

/** `merge` in pieces: yields after each. */
export function* merging(batches: readonly Batch[]): InPieces<Batch> {
  const [first] = batches;
  if (first === undefined) throw new Error('nothing to merge');
  if (batches.length === 1) return first;
  let length = 0;
  let items = 0;
  for (const batch of batches) {
    length += batch.bytes.length;
    items += batch.itemCount;
  }
  const out = Batch.allocate(length);
  let at = 0;
  let copied = 0;
  for (const { bytes } of batches) {
    for (let from = 0; from < bytes.length; from += copiedAtOnce) {
      const part = bytes.length <= copiedAtOnce ? bytes : bytes.subarray(from, from + copiedAtOnce);
      out.set(part, at);
      at += part.length;
      copied += part.length;
      if (copied < copiedAtOnce) continue;
      copied = 0;
      yield;
    }
  }
  return new Batch(first.signal, out, items);
}
