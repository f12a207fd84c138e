import { hash } from 'node:crypto';
import type { ValueView } from '../otlp/view/value.js';
import type { Word64 } from '../otlp/view/word64.js';

const scratch = Buffer.alloc(8);

/**
 * The SHA-256 of a value in lower-case hexadecimal: of a text its UTF-8, of a bool one byte, of a number its eight
 * bytes, the lowest first. Empty for anything else, as in the Collector.
 */
export function hashText(value: ValueView): string {
  switch (value.type) {
    case 'string': {
      const { bytes, start, end } = value.string;
      return hash('sha256', bytes.subarray(start, end), 'hex');
    }
    case 'bool':
      return hash('sha256', Uint8Array.of(value.bool ? 1 : 0), 'hex');
    case 'int':
      return hashWord(value.int);
    case 'double':
      return hashWord(value.doubleBits);
    default:
      return '';
  }
}

function hashWord({ low, high }: Word64): string {
  scratch.writeUInt32LE(low, 0);
  scratch.writeUInt32LE(high, 4);
  return hash('sha256', scratch, 'hex');
}
