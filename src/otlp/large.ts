import type { Batch } from './batch.js';
import { pieceBytes } from './work.js';

/** Rows of an index that are read, routed or cut in one piece of work: some milliseconds. */
export const rowsAtOnce: number = 1 << 17;

/** Whether routing and cutting a batch may take more than a few milliseconds. */
export function isLarge({ bytes, itemCount, index }: Batch): boolean {
  if (bytes.length <= pieceBytes) return false;
  return itemCount + index.itemCount + index.scopeCount + index.resourceCount > rowsAtOnce;
}
