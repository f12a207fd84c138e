import { tagOf } from '../fields.js';
import { eachField } from '../wire/untrusted.js';
import { varintSize, writeVarint } from '../wire/varint.js';
import { varintLow } from '../wire/words.js';
import { fieldSize, writeField } from './write-field.js';

/** A google.rpc.Status. `details` are encoded google.protobuf.Any messages. */
export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  readonly details: readonly Uint8Array[];
}

const codeTag = tagOf('RpcStatus', 'code');
const messageTag = tagOf('RpcStatus', 'message');
const detailsTag = tagOf('RpcStatus', 'details');
const utf8 = new TextDecoder();

/** Encodes a status. */
export function encodeStatus(status: RpcStatus): Uint8Array {
  const message = Buffer.from(status.message);
  let size = status.code === 0 ? 0 : 1 + varintSize(status.code);
  if (message.length > 0) size += fieldSize(message);
  for (const detail of status.details) size += fieldSize(detail);
  const out = new Uint8Array(size);
  let at = 0;
  if (status.code !== 0) {
    out[at++] = codeTag;
    at = writeVarint(out, at, status.code);
  }
  if (message.length > 0) at = writeField(out, at, messageTag, message);
  for (const detail of status.details) at = writeField(out, at, detailsTag, detail);
  return out;
}

/** Reads a status that came from outside; undefined when the bytes are none. */
export function decodeStatus(bytes: Uint8Array): RpcStatus | undefined {
  let code = 0;
  let message = '';
  const details: Uint8Array[] = [];
  const fault = eachField(bytes, (tag, start, end) => {
    if (tag === codeTag) code = varintLow(bytes, start) | 0;
    else if (tag === messageTag) message = utf8.decode(bytes.subarray(start, end));
    else if (tag === detailsTag) details.push(bytes.slice(start, end));
  });
  return fault === undefined ? { code, message, details } : undefined;
}
