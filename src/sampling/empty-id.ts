import type { Range } from '../otlp/view/range.js';
import { byteAt } from '../otlp/wire/at.js';

/** Whether an ID is that of no span: it was not sent, or has nothing but zeros. */
export function isEmptyId({ bytes, start, end }: Range): boolean {
  for (let at = start; at < end; at++) if (byteAt(bytes, at) !== 0) return false;
  return true;
}
