import type { GrpcStatus } from '../../component/delivery-error.js';
import { grpcCodeNames } from '../../component/grpc-code.js';
import { retryDelayMs } from '../../otlp/status/retry-info.js';

export type CodeName = (typeof grpcCodeNames)[number];

export const code: Readonly<Record<CodeName, number>> = Object.fromEntries(
  grpcCodeNames.map((name, number) => [name, number]),
) as Record<CodeName, number>;

/** `Unavailable` for 14; `Code(99)` for one that does not exist. */
export function codeName(number: number): string {
  return grpcCodeNames[number] ?? `Code(${number})`;
}

/** The code as the protocol's own files spell it, which telemetry uses: `INVALID_ARGUMENT`. */
export function codeConstant(number: number): string {
  // The one name that Go spells otherwise.
  if (number === code.Canceled) return 'CANCELLED';
  return grpcCodeNames[number]?.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase() ?? `CODE(${number})`;
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

/** The HTTP response of a receiver for a status (docs/spec/core.md#receiver-errors). */
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

/** The status that stands for an HTTP response without one (docs/spec/core.md#receiver-errors). */
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

/** Percent-encodes a `grpc-message` field. */
export function encodeMessage(message: string): string {
  let out = '';
  for (const byte of Buffer.from(message))
    out +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
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
