import { DeliveryError, type DeliveryErrorOptions } from '../../component/delivery-error.js';

/** The Collector's words. */
const words = 'All provided pipelines return errors';
/** The longest time to come back that a sender is given, milliseconds. */
const longestRetryAfterMs = 30_000;

/** No level was tried. `untilProbe`: milliseconds until one is. */
export function levelsDown(untilProbe: number): DeliveryError {
  return new DeliveryError(words, {
    class: 'retryable',
    reason: 'levels_down',
    local: true,
    retryAfterMs: untilProbe > 0 ? Math.min(untilProbe, longestRetryAfterMs) : undefined,
  });
}

/**
 * No level took the items that remain. It is permanent only when every level has refused them for good, so that a
 * sender does not throw away what a level can still take.
 */
export function allRefused(
  errors: readonly DeliveryError[],
  outcome?: Pick<DeliveryErrorOptions, 'remaining' | 'resume'>,
): DeliveryError {
  const retryable = errors.filter((error) => error.class === 'retryable');
  const leaders = retryable.length > 0 ? retryable : errors;
  const message = `${words}: ${[...new Set(errors.map((error) => error.message))].join('; ')}`;
  const status = leaders.find((error) => error.status !== undefined)?.status;
  const waits = leaders.flatMap(({ retryAfterMs }) => (retryAfterMs === undefined ? [] : [retryAfterMs]));
  return new DeliveryError(message, {
    ...outcome,
    class: retryable.length > 0 ? 'retryable' : 'permanent',
    reason: leaders[0]?.reason ?? 'levels_down',
    status: status && { ...status, message },
    retryAfterMs: waits.length > 0 ? Math.max(...waits) : undefined,
    local: leaders.every((error) => error.local),
    delivered: errors.reduce((sum, error) => sum + error.delivered, 0),
    cause: leaders[0],
  });
}
