import type { DeliveryError } from '../component/delivery-error.js';

/**
 * gRPC codes of a backend that refuses whatever it is sent: not found, not permitted, not implemented, not
 * authenticated.
 */
const refusesAll = new Set([5, 7, 12, 16]);

/**
 * Whether a failure shows a fault of the backend or of the way to it. Data that a backend refuses for good is the fault
 * of its sender.
 */
export function isOfBackend({ class: kind, status }: DeliveryError): boolean {
  return kind === 'retryable' || (status !== undefined && refusesAll.has(status.code));
}
