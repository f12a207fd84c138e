import type { Batch } from '../../otlp/batch.js';

/** Values of more bytes may keep one statement, such as a replacement, busy for milliseconds. */
const costlyBytes = 32 << 10;

/** Whether an item is, or all that surrounds the items together. */
export function hasCostly({ bytes, index }: Batch): boolean {
  let around = bytes.length;
  if (around <= costlyBytes) return false;
  for (let row = 0; row < index.itemCount; row++) {
    const size = index.itemTo(row) - index.itemTag(row);
    if (size > costlyBytes) return true;
    around -= size;
  }
  return around > costlyBytes;
}

/** Whether statements at item `row`, or in it, may take long; -1 is above the items. */
export function isCostlyRow({ index }: Batch, row: number): boolean {
  return row < 0 || index.itemTo(row) - index.itemTag(row) > costlyBytes;
}
