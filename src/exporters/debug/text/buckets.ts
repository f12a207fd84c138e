import type { Varint64List } from '../../../otlp/view/scalar-list.js';
import { Word64 } from '../../../otlp/view/word64.js';
import { unsignedText } from './number.js';
import type { TextPage, Writing } from './text-page.js';
import { Pairs } from './pairs.js';

/** The lower bound of bucket `i` of an exponential histogram, by the offset of its first one. */
export function bucketBound(scale: number): (offset: number, i: number) => number {
  const factor = Math.LN2 * 2 ** -scale;
  return (offset, i) => Math.exp((offset + i) * factor);
}

/** The cost of keeping a number, in bytes that are read. */
const numberAsBytes = 16;

/** Shows the buckets from the last to the first: those of negative numbers then begin with the least. */
export function* writeReversed(
  page: TextPage,
  counts: Varint64List,
  show: (i: number, count: string) => void,
): Writing {
  // The list goes forward only; both halves of its numbers are kept.
  const numbers = new Pairs();
  while (counts.next()) {
    numbers.add(counts.value.low, counts.value.high);
    page.read(numberAsBytes);
    if (page.isFull) yield;
  }
  const count = new Word64();
  for (let i = numbers.count - 1; i >= 0; i--) {
    count.low = numbers.first(i) >>> 0;
    count.high = numbers.second(i) >>> 0;
    show(i, unsignedText(count));
    if (page.isFull) yield;
  }
}
