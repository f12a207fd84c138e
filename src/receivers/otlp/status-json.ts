import type { GrpcStatus } from '../../component/delivery-error.js';
import { retryDelayMs } from '../../net/grpc/status.js';
import { readVarint } from '../../otlp/wire/varint.js';

/** A google.rpc.Status as protojson. Of details only RetryInfo can be written out: the others have no known shape here. */
export function statusJson(status: GrpcStatus): string {
  const details = status.details.map(detailJson).filter((detail) => detail !== undefined);
  return JSON.stringify({
    ...(status.code === 0 ? {} : { code: status.code }),
    ...(status.message === '' ? {} : { message: status.message }),
    ...(details.length === 0 ? {} : { details }),
  });
}

function detailJson(detail: Uint8Array): object | undefined {
  const wait = retryDelayMs([detail]);
  const url = typeUrl(detail);
  if (wait === undefined || url === undefined) return undefined;
  return { '@type': url, retryDelay: durationJson(wait) };
}

/** A google.protobuf.Duration as protojson: seconds with no fraction, or one of 3, 6 or 9 digits. */
function durationJson(ms: number): string {
  const exact = (ms / 1000).toFixed(9);
  return `${exact.replace(/\.?(?:000)+$/, '')}s`;
}

function typeUrl(any: Uint8Array): string | undefined {
  if (any[0] !== 0x0a) return undefined;
  const length = readVarint(any, 1, any.length);
  return length ? Buffer.from(any.subarray(length.next, length.next + length.value)).toString() : undefined;
}
