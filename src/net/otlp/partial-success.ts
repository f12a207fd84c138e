import { cutText } from '../../component/peer-text.js';
import type { Attempt } from '../../component/pusher.js';
import type { Logger } from '../../component/telemetry.js';
import type { Signal } from '../../otlp/signal.js';
import type { PartialSuccess } from '../../otlp/status/partial-success.js';

const droppedField: Readonly<Record<Signal, string>> = {
  traces: 'dropped_spans',
  metrics: 'dropped_data_points',
  logs: 'dropped_log_records',
  profiles: 'dropped_profiles',
};

/**
 * Tells the log, the books and the sender about a partial success; it is never retried
 * (docs/spec/core.md#client-retry).
 */
export function reportPartial(logger: Logger, signal: Signal, partial: PartialSuccess, attempt: Attempt): void {
  if (partial.rejected === 0n && partial.message === '') return;
  const rejected = partial.rejected > 0n ? Number(partial.rejected) : 0;
  if (rejected > 0) attempt.rejected?.(rejected);
  const message = cutText(partial.message);
  attempt.partial?.rejected(rejected, message);
  logger.warn('Partial success response', {
    message,
    [droppedField[signal]]: Number(partial.rejected),
  });
}

/** Reads the JSON form. Throws when the text is none. */
export function readPartialSuccessJson(text: string): PartialSuccess {
  const body = JSON.parse(text) as { partialSuccess?: Record<string, unknown> } | null;
  const partial = body?.partialSuccess ?? {};
  let rejected = 0n;
  for (const [name, value] of Object.entries(partial))
    if (name.startsWith('rejected')) rejected = BigInt(String(value));
  return { rejected, message: typeof partial['errorMessage'] === 'string' ? partial['errorMessage'] : '' };
}
