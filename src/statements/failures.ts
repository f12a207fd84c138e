import { DeliveryError } from '../component/delivery-error.js';
import type { Logger } from '../component/telemetry.js';
import { OttlError } from '../ottl/ottl-error.js';
import type { ReportFailure } from '../ottl/sequence.js';
import type { InPieces } from '../otlp/work.js';

/** Why a batch is refused; the sentence is for the component's `telemetry.reasons`. */
export const failureReasons: Readonly<Record<'statement_failed', string>> = {
  statement_failed: 'A statement or condition failed on an item, and its error mode is `propagate`.',
};

/** Logs what failed and goes on, as the error mode `ignore` asks for. */
export function logFailure(logger: Logger, message: string, key: string): ReportFailure {
  return (error, failed) => logger.warn(message, { error: error.message, [key]: failed.text });
}

/** The work on a batch that is refused as a whole when it throws an `OttlError`: the error mode `propagate`. */
export function* refusing<T>(work: InPieces<T>): InPieces<T> {
  try {
    return yield* work;
  } catch (error) {
    if (!(error instanceof OttlError)) throw error;
    throw new DeliveryError(error.message, { class: 'retryable', reason: 'statement_failed', cause: error });
  }
}
