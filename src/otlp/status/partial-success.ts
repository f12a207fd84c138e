import { tagOf } from '../fields.js';
import { eachField, type VisitField } from '../wire/untrusted.js';
import { varintHigh, varintLow } from '../wire/words.js';

/** The part of an Export response that is about items that were not accepted. */
export interface PartialSuccess {
  readonly rejected: bigint;
  readonly message: string;
}

const partialTag = tagOf('ExportResponse', 'partial_success');
const rejectedTag = tagOf('PartialSuccess', 'rejected');
const messageTag = tagOf('PartialSuccess', 'error_message');

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
