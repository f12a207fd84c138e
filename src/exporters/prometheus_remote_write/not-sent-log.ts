import type { Logger } from '../../component/telemetry.js';
import type { NotSent } from './plan.js';
import { telemetry } from './telemetry.js';

/** Metrics that are remembered; what is beyond is not logged. */
const most = 1000;

/** One line for each metric that is not sent, and the reason. The ledger counts the points. */
export class NotSentLog {
  readonly #logger: Logger;
  readonly #seen: Set<string> = new Set();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(reason: NotSent, metric: string): void {
    const key = `${reason} ${metric.slice(0, 200)}`;
    if (this.#seen.has(key) || this.#seen.size >= most) return;
    this.#seen.add(key);
    this.#logger.warn('A metric cannot be sent by remote write', {
      metric: metric.slice(0, 200),
      reason,
      error: telemetry.reasons[reason],
    });
  }
}
