import type { DeliveryError } from '../component/delivery-error.js';
import { grpcCodeNames } from '../component/grpc-code.js';

/** The `error.type` of a failed export (docs/spec/core.md#own-metrics). */
export function errorType(error: DeliveryError): string {
  if (error.reason === 'shutdown') return 'Shutdown';
  if (error.reason === 'cancelled') return 'Canceled';
  if (error.reason === 'deadline_exceeded') return 'Deadline_Exceeded';
  const name = error.status && grpcCodeNames[error.status.code];
  // The Collector writes this one of all names with an underscore.
  return name === 'DeadlineExceeded' ? 'Deadline_Exceeded' : (name ?? '_OTHER');
}
