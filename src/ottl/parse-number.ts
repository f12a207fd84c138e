import { readFloat64, readInt64, type NumberFault } from '../strconv/read-number.js';
import { goQuoted } from '../strconv/quoted.js';
import { OttlError } from './ottl-error.js';

/** A decimal integer. Throws an `OttlError` for another text, and for a number that does not fit. */
export function parseInt64(text: string): bigint {
  const value = readInt64(text);
  if (typeof value === 'string') throw refused('ParseInt', text, value);
  return value;
}

/** A number as Go reads it. Throws an `OttlError` for another text, and for a number beyond the float64s. */
export function parseFloat64(text: string): number {
  const value = readFloat64(text);
  if (typeof value === 'string') throw refused('ParseFloat', text, value);
  return value;
}

const truths = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const falsehoods = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** A bool as Go reads it. Throws an `OttlError` for another text. */
export function parseBool(text: string): boolean {
  if (truths.has(text)) return true;
  if (falsehoods.has(text)) return false;
  throw refused('ParseBool', text, 'invalid syntax');
}

function refused(reader: string, text: string, fault: NumberFault): OttlError {
  return new OttlError(`strconv.${reader}: parsing ${goQuoted(text)}: ${fault}`);
}
