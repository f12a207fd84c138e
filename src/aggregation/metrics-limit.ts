import { DeliveryError } from '../component/delivery-error.js';

/** Bytes of the metrics that are made of one request: a small one can have millions of resources and items. */
const mostBytes = 64 << 20;

/** Why a request is refused; the sentence is for the component's `telemetry.reasons`. */
export const limitReasons: Readonly<Record<'metrics_too_large', string>> = {
  metrics_too_large: 'The metrics of the request would be larger than 64 MiB.',
};

/** Throws a `DeliveryError` when the metrics of a request have outgrown their bound. */
export function checkMetricsSize(bytes: number): void {
  if (bytes <= mostBytes) return;
  throw new DeliveryError(
    `Permanent error: the metrics of the request would be larger than ${mostBytes} bytes: send smaller requests`,
    { class: 'permanent', reason: 'metrics_too_large', local: true },
  );
}
