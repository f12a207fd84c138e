import { Batch } from '../batch.js';

/**
 * One batch with the items of all, in order. Repeated fields of protobuf join when messages are laid end to end, so the
 * merged request is the concatenation; equal resources are not regrouped. Not for profiles, whose dictionary belongs to
 * its own request.
 */
export function merge(batches: readonly Batch[]): Batch {
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
  for (const batch of batches) {
    out.set(batch.bytes, at);
    at += batch.bytes.length;
  }
  return new Batch(first.signal, out, items);
}
