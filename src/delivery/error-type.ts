import type { DeliveryError } from '../component/delivery-error.js';

/** gRPC codes by number, in Go's spelling. */
const codes = [
  ...[
    'OK',
    'Canceled',
    'Unknown',
    'InvalidArgument',
    'Deadline_Exceeded',
    'NotFound',
    'AlreadyExists',
    'PermissionDenied',
  ],
  ...[
    'ResourceExhausted',
    'FailedPrecondition',
    'Aborted',
    'OutOfRange',
    'Unimplemented',
    'Internal',
    'Unavailable',
    'DataLoss',
  ],
  'Unauthenticated',
];

/** The `error.type` of a failed export (docs/spec/core.md#own-metrics). */
export function errorType(error: DeliveryError): string {
  if (error.reason === 'shutdown') return 'Shutdown';
  if (error.reason === 'cancelled') return 'Canceled';
  if (error.reason === 'deadline_exceeded') return 'Deadline_Exceeded';
  return (error.status && codes[error.status.code]) ?? '_OTHER';
}
