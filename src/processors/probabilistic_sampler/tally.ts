import { at32 } from '../../otlp/wire/at.js';
import { policies, telemetry, type Policy, type Reason } from './telemetry.js';

const reasons = Object.keys(telemetry.reasons) as Reason[];

/** The decisions about the items of one batch, as numbers. */
export class Tally {
  /** By policy: items that were dropped, and items that were kept. */
  readonly #decided: Int32Array = new Int32Array(policies.length * 2);
  readonly #dropped: Int32Array = new Int32Array(reasons.length);
  items = 0;
  kept = 0;

  keep(policy: Policy): void {
    this.items++;
    this.kept++;
    increment(this.#decided, policies.indexOf(policy) * 2 + 1);
  }

  drop(policy: Policy, reason: Reason): void {
    this.items++;
    increment(this.#decided, policies.indexOf(policy) * 2);
    increment(this.#dropped, reasons.indexOf(reason));
  }

  eachReason(visit: (reason: Reason, items: number) => void): void {
    for (const [i, reason] of reasons.entries()) {
      const items = at32(this.#dropped, i);
      if (items > 0) visit(reason, items);
    }
  }

  eachPolicy(visit: (policy: Policy, sampled: boolean, items: number) => void): void {
    for (const [i, policy] of policies.entries())
      for (const sampled of [false, true]) {
        const items = at32(this.#decided, i * 2 + Number(sampled));
        if (items > 0) visit(policy, sampled, items);
      }
  }
}

function increment(counts: Int32Array, at: number): void {
  counts[at] = at32(counts, at) + 1;
}
