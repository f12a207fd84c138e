import type { GrpcStatus } from '../../component/delivery-error.js';
import { readVarint, skipValue, varintAt, varintEnd, varintSize, writeVarint } from '../../otlp/wire/varint.js';

/** gRPC status codes by number, in Go's spelling. */
const names = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const;

export type CodeName = (typeof names)[number];

export const code: Readonly<Record<CodeName, number>> = Object.fromEntries(names.map((name, number) => [name, number])) as Record<
  CodeName,
  number
>;

/** `Unavailable` for 14; `Code(99)` for one that does not exist. */
export function codeName(number: number): string {
  return names[number] ?? `Code(${number})`;
}

/** The code as the protocol's own files spell it, which telemetry uses: `INVALID_ARGUMENT`. */
export function codeConstant(number: number): string {
  // The one name that Go spells otherwise.
  if (number === code.Canceled) return 'CANCELLED';
  return names[number]?.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase() ?? `CODE(${number})`;
}

/** The text of a status as Go shows it: `rpc error: code = Unavailable desc = ...`. */
export function statusText(status: GrpcStatus): string {
  return `rpc error: code = ${codeName(status.code)} desc = ${status.message}`;
}

/**
 * The codes that a client may send again after (docs/spec/core.md#client-retry); RESOURCE_EXHAUSTED only with
 * RetryInfo.
 */
export function isRetryable(status: GrpcStatus): boolean {
  switch (status.code) {
    case code.Canceled:
    case code.DeadlineExceeded:
    case code.Aborted:
    case code.OutOfRange:
    case code.Unavailable:
    case code.DataLoss:
      return true;
    case code.ResourceExhausted:
      return retryDelayMs(status.details) !== undefined;
    default:
      return false;
  }
}

/** What a receiver answers over HTTP for a status (docs/spec/core.md#receiver-errors). */
export function httpStatusOf(number: number): number {
  switch (number) {
    case code.Canceled:
    case code.DeadlineExceeded:
    case code.Aborted:
    case code.OutOfRange:
    case code.Unavailable:
    case code.DataLoss:
      return 503;
    case code.ResourceExhausted:
      return 429;
    case code.InvalidArgument:
      return 400;
    case code.Unauthenticated:
      return 401;
    case code.PermissionDenied:
      return 403;
    case code.Unimplemented:
      return 404;
    default:
      return 500;
  }
}

/** The status that stands for an HTTP answer without one (docs/spec/core.md#receiver-errors). */
export function codeOfHttp(http: number): number {
  switch (http) {
    case 400:
      return code.InvalidArgument;
    case 401:
      return code.Unauthenticated;
    case 403:
      return code.PermissionDenied;
    case 404:
      return code.Unimplemented;
    case 429:
      return code.ResourceExhausted;
    case 502:
    case 503:
    case 504:
      return code.Unavailable;
    default:
      return code.Unknown;
  }
}

const utf8 = new TextDecoder();

/** Encodes a google.rpc.Status. */
export function encodeStatus(status: GrpcStatus): Uint8Array {
  const message = Buffer.from(status.message);
  let size = 0;
  if (status.code !== 0) size += 1 + varintSize(status.code);
  if (message.length > 0) size += 1 + varintSize(message.length) + message.length;
  for (const detail of status.details) size += 1 + varintSize(detail.length) + detail.length;
  const out = new Uint8Array(size);
  let at = 0;
  if (status.code !== 0) {
    out[at++] = 0x08;
    at = writeVarint(out, at, status.code);
  }
  if (message.length > 0) at = writeBytes(out, at, 0x12, message);
  for (const detail of status.details) at = writeBytes(out, at, 0x1a, detail);
  return out;
}

/** Reads a google.rpc.Status; undefined when the bytes are none. */
export function decodeStatus(bytes: Uint8Array): GrpcStatus | undefined {
  let number = 0;
  let message = '';
  const details: Uint8Array[] = [];
  const good = fields(bytes, (field, wire, value) => {
    if (field === 1 && wire === 0) number = varintAt(bytes, value.start) | 0;
    else if (field === 2 && wire === 2) message = utf8.decode(bytes.subarray(value.start, value.end));
    else if (field === 3 && wire === 2) details.push(bytes.slice(value.start, value.end));
  });
  return good ? { code: number, message, details } : undefined;
}

const retryInfoUrl = 'type.googleapis.com/google.rpc.RetryInfo';

/** An encoded google.protobuf.Any with a google.rpc.RetryInfo of `ms` milliseconds. */
export function retryInfo(ms: number): Uint8Array {
  const seconds = Math.trunc(ms / 1000);
  const nanos = Math.round((ms - seconds * 1000) * 1e6);
  const durationBytes = new Uint8Array(22);
  let at = 0;
  if (seconds !== 0) {
    durationBytes[at++] = 0x08;
    at = writeVarint(durationBytes, at, seconds);
  }
  if (nanos !== 0) {
    durationBytes[at++] = 0x10;
    at = writeVarint(durationBytes, at, nanos);
  }
  const duration = durationBytes.subarray(0, at);
  const info = new Uint8Array(2 + duration.length);
  writeBytes(info, 0, 0x0a, duration);
  const url = Buffer.from(retryInfoUrl);
  const any = new Uint8Array(1 + varintSize(url.length) + url.length + 1 + varintSize(info.length) + info.length);
  writeBytes(any, writeBytes(any, 0, 0x0a, url), 0x12, info);
  return any;
}

/** The delay of the first RetryInfo among a status's details, milliseconds; undefined when there is none. */
export function retryDelayMs(details: readonly Uint8Array[]): number | undefined {
  for (const detail of details) {
    let url = '';
    let value: Uint8Array | undefined;
    fields(detail, (field, wire, { start, end }) => {
      if (wire !== 2) return;
      if (field === 1) url = utf8.decode(detail.subarray(start, end));
      else if (field === 2) value = detail.subarray(start, end);
    });
    if (url !== retryInfoUrl) continue;
    return value === undefined ? 0 : delayOf(value);
  }
  return undefined;
}

function delayOf(info: Uint8Array): number {
  let ms = 0;
  fields(info, (field, wire, { start, end }) => {
    if (field !== 1 || wire !== 2) return;
    const duration = info.subarray(start, end);
    let seconds = 0;
    let nanos = 0;
    fields(duration, (inner, innerWire, value) => {
      if (innerWire !== 0) return;
      // Negative numbers take ten bytes; their low 53 bits are no delay anyone means.
      const number = value.end - value.start > 8 ? -1 : varintAt(duration, value.start);
      if (inner === 1) seconds = number;
      else if (inner === 2) nanos = number;
    });
    ms = seconds * 1000 + nanos / 1e6;
  });
  return ms;
}

function writeBytes(out: Uint8Array, at: number, tag: number, bytes: Uint8Array): number {
  out[at++] = tag;
  at = writeVarint(out, at, bytes.length);
  out.set(bytes, at);
  return at + bytes.length;
}

/** Walks the fields of a small message from outside; false when it is broken. `start` and `end` bound the value. */
function fields(bytes: Uint8Array, visit: (field: number, wire: number, value: { start: number; end: number }) => void): boolean {
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at, bytes.length);
    if (!tag || tag.value < 8) return false;
    const wire = tag.value % 8;
    const field = Math.floor(tag.value / 8);
    let start = tag.next;
    let end: number;
    if (wire === 2) {
      const length = readVarint(bytes, start, bytes.length);
      if (!length) return false;
      start = length.next;
      end = start + length.value;
    } else if (wire === 0) {
      const value = readVarint(bytes, start, bytes.length);
      if (!value) return false;
      end = varintEnd(bytes, start);
    } else if (wire === 1 || wire === 5) end = skipValue(bytes, start, wire);
    else return false;
    if (end > bytes.length) return false;
    visit(field, wire, { start, end });
    at = end;
  }
  return true;
}

/** Percent-encodes a `grpc-message` field. */
export function encodeMessage(message: string): string {
  let out = '';
  for (const byte of Buffer.from(message))
    out +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return out;
}

/** Reads a `grpc-message` field; a broken escape stands for itself. */
export function decodeMessage(field: string): string {
  const bytes: number[] = [];
  for (let i = 0; i < field.length; i++) {
    const hex = field[i] === '%' ? /^[0-9a-fA-F]{2}$/.exec(field.slice(i + 1, i + 3)) : null;
    if (hex) {
      bytes.push(Number.parseInt(hex[0], 16));
      i += 2;
    } else bytes.push(...Buffer.from(field[i] ?? ''));
  }
  return utf8.decode(new Uint8Array(bytes));
}
