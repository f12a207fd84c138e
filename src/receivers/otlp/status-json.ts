import type { GrpcStatus } from '../../component/delivery-error.js';
import { retryDelayMs, retryInfoUrl } from '../../otlp/status/retry-info.js';

/**
 * A google.rpc.Status as protojson. Of details only RetryInfo can be written out: the others have no known shape here.
 */
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
  return wait === undefined ? undefined : { '@type': retryInfoUrl, retryDelay: durationJson(wait) };
}

/** A google.protobuf.Duration as protojson: seconds with no fraction, or one of 3, 6 or 9 digits. */
function durationJson(ms: number): string {
  const exact = (ms / 1000).toFixed(9);
  return `${exact.replace(/\.?(?<!000)(?:000)+$/, '')}s`;
}
