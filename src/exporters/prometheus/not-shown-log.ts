import type { Logger } from '../../component/telemetry.js';
import type { NotShown } from './outcome.js';
import { telemetry } from './telemetry.js';

/** Metrics that are remembered; what is beyond is not logged. */
const most = 1000;

/** One line for each metric that is not on the page, and the reason. The ledger counts the points. */
export class NotShownLog {
  readonly #logger: Logger;
  readonly #seen: Set<string> = new Set();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(reason: NotShown, metric: string): void {
    // Points in the wrong order are usual while several senders start.
    if (reason === 'out_of_order' || reason === 'expired') return;
    const key = `${reason} ${metric.slice(0, 200)}`;
    if (this.#seen.has(key) || this.#seen.size >= most) return;
    this.#seen.add(key);
    this.#logger.error('failed to convert metric', {
      metric: metric.slice(0, 200),
      reason,
      error: telemetry.reasons[reason],
    });
  }
}
