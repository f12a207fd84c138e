import { DeliveryError, type GrpcStatus } from '../component/delivery-error.js';
import { code, statusText } from '../net/grpc/status.js';
import { encodeRetryInfo, retryDelayMs } from '../otlp/status/retry-info.js';

/** The retry delay of refusals that were decided here and name none, milliseconds. */
const defaultRetryAfterMs = 1000;

/** A status without details. */
export function plainStatus(number: number, message: string): GrpcStatus {
  return { code: number, message, details: [] };
}

/** The status while no memory is left for bodies. */
export function noMemoryStatus(): GrpcStatus {
  return {
    code: code.Unavailable,
    message: 'the memory for receiving is exhausted',
    details: [encodeRetryInfo(defaultRetryAfterMs)],
  };
}

/**
 * The status for an error of the pipelines (docs/spec/core.md#receiver-errors). It has a retry delay where the backend
 * named one, or the refusal was decided here.
 */
export function statusOf(error: Error): GrpcStatus {
  if (!(error instanceof DeliveryError)) return plainStatus(code.Internal, error.message);
  const { status, message } = error;
  const wait = error.retryAfterMs ?? (error.local ? defaultRetryAfterMs : undefined);
  if (!status) {
    if (error.class === 'permanent') return plainStatus(code.Internal, message);
    return {
      code: code.Unavailable,
      message,
      details: wait === undefined ? [] : [encodeRetryInfo(wait)],
    };
  }
  const wrapped = message !== statusText(status) && message !== status.message;
  const details =
    wait !== undefined && retryDelayMs(status.details) === undefined
      ? [...status.details, encodeRetryInfo(wait)]
      : status.details;
  return { code: status.code, message: wrapped ? message : status.message, details };
}
