import type { SamplingState } from '../../sampling/sampling-state.js';
import { keepNone, probabilityOf, thresholdOf } from '../../sampling/threshold.js';
import { halfRange, Word56 } from '../../sampling/word56.js';
import type { Config } from './config.js';
import { buckets, seeded } from './hashed-randomness.js';

/** How items are judged. `none` keeps only what a priority keeps, and needs no randomness. */
export class Mode {
  readonly kind: 'none' | 'hash_seed' | 'proportional' | 'equalizing';
  readonly failClosed: boolean;
  readonly precision: number;
  /** The state of the hash after the seed. */
  readonly seed: number;
  readonly #threshold: Word56 = new Word56();
  readonly #ratio: number;

  constructor(config: Config) {
    // The Collector has the percentage in 32 bits, and multiplies it with the number of buckets in 32 bits.
    const percentage = Math.min(Math.fround(config.sampling_percentage), 100);
    const kept = Math.trunc(Math.fround(percentage * Math.fround(buckets / 100)));
    const kind = config.mode === '' ? 'hash_seed' : config.mode;
    const keepsNothing = percentage === 0 || (kind === 'hash_seed' && kept === 0);
    this.kind = keepsNothing ? 'none' : kind;
    this.failClosed = config.fail_closed;
    this.precision = config.sampling_precision;
    this.seed = seeded(config.hash_seed);
    this.#ratio = percentage / 100;
    if (this.kind === 'none') keepNone(this.#threshold);
    else if (kind === 'hash_seed') this.#threshold.set((buckets - kept) * (halfRange / buckets), 0);
    else thresholdOf(this.#ratio, this.precision, this.#threshold);
  }

  /** Sets `into` to the threshold for an item. */
  thresholdFor(state: SamplingState, into: Word56): void {
    const own = this.#threshold;
    if (!state.hasThreshold || this.kind === 'none' || this.kind === 'hash_seed') into.copy(own);
    else if (this.kind === 'equalizing') into.copy(state.threshold.compare(own) > 0 ? state.threshold : own);
    // Below the least probability that can be expressed nothing is kept.
    else if (!thresholdOf(probabilityOf(state.threshold) * this.#ratio, this.precision, into)) keepNone(into);
  }
}
