import { tagOf } from '../fields.js';
import { eachField, type VisitField } from '../wire/untrusted.js';
import { varintSize, writeVarint } from '../wire/varint.js';
import { varintHigh, varintLow } from '../wire/words.js';
import { fieldSize, writeField } from './write-field.js';

/** The part of an Export response that is about items that were not accepted. */
export interface PartialSuccess {
  readonly rejected: bigint;
  readonly message: string;
}

const partialTag = tagOf('ExportResponse', 'partial_success');
const rejectedTag = tagOf('PartialSuccess', 'rejected');
const messageTag = tagOf('PartialSuccess', 'error_message');

/** Encodes an Export<Signal>ServiceResponse that says how many items were rejected, and why. */
export function encodePartialSuccess(rejected: number, message: string): Uint8Array {
  const text = Buffer.from(message);
  const size = (rejected > 0 ? 1 + varintSize(rejected) : 0) + (text.length > 0 ? fieldSize(text) : 0);
  const partial = new Uint8Array(size);
  let at = 0;
  if (rejected > 0) {
    partial[at++] = rejectedTag;
    at = writeVarint(partial, at, rejected);
  }
  if (text.length > 0) writeField(partial, at, messageTag, text);
  const response = new Uint8Array(fieldSize(partial));
  writeField(response, 0, partialTag, partial);
  return response;
}

/**
 * Reads an Export<Signal>ServiceResponse, of which the four signals have the same form. Throws when the bytes are none.
 */
export function readPartialSuccess(bytes: Uint8Array): PartialSuccess {
  let result: PartialSuccess = { rejected: 0n, message: '' };
  checkedFields(bytes, (tag, start, end) => {
    if (tag === partialTag) result = readPart(bytes.subarray(start, end));
  });
  return result;
}

function readPart(bytes: Uint8Array): PartialSuccess {
  let rejected = 0n;
  let message = '';
  checkedFields(bytes, (tag, start, end) => {
    if (tag === rejectedTag) rejected = (BigInt(varintHigh(bytes, start) | 0) << 32n) | BigInt(varintLow(bytes, start));
    else if (tag === messageTag) message = new TextDecoder().decode(bytes.subarray(start, end));
  });
  return { rejected, message };
}

function checkedFields(bytes: Uint8Array, visit: VisitField): void {
  const fault = eachField(bytes, visit);
  if (fault !== undefined) throw new Error(fault);
}
