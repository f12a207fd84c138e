import type { TelemetrySpec } from '../../component/define.js';
import type { ComponentLedger } from '../../component/ledger.js';

const reasons = {
  aggregated: 'The point was merged into another one, by `combine` or an aggregation.',
  label_value_deleted: 'The point had a label value that `delete_label_value` names.',
} as const;
export type PointReason = keyof typeof reasons;

export const telemetry: TelemetrySpec = { metrics: [], reasons };

/** The points of a batch that were created or dropped. */
export class TransformTally {
  created = 0;
  readonly #dropped: Record<PointReason, number> = { aggregated: 0, label_value_deleted: 0 };

  drop(points: number, reason: PointReason): void {
    this.#dropped[reason] += points;
  }

  book(books: ComponentLedger, items: number): void {
    books.in(items);
    if (this.created > 0) books.created(this.created);
    for (const [reason, points] of Object.entries(this.#dropped)) if (points > 0) books.dropped(points, reason);
  }
}
