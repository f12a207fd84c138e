import type { ItemPatcher } from '../../otlp/edit/item-patcher.js';
import type { ItemSearch } from '../../otlp/view/item-search.js';
import { key, type Key } from '../../otlp/view/key.js';
import { readRandomness, readThreshold, writeRandomness, writeThreshold } from '../../sampling/hex.js';
import type { SamplingState } from '../../sampling/sampling-state.js';
import { mostDigits } from '../../sampling/threshold.js';
import { Word56 } from '../../sampling/word56.js';

const thresholdKey = key('sampling.threshold');
const randomnessKey = key('sampling.randomness');

/** The attributes that a search finds for a `RecordState`: they are the first ones it looks for. */
export const stateKeys: readonly Key[] = [thresholdKey, randomnessKey];

/** The attributes in which a log record has what a span has in its tracestate. Such that are no text do not count. */
export class RecordState implements SamplingState {
  readonly threshold: Word56 = new Word56();
  readonly randomness: Word56 = new Word56();
  hasThreshold = false;
  hasRandomness = false;
  #writesThreshold = false;
  #writesRandomness = false;
  readonly #text: Uint8Array = new Uint8Array(mostDigits);

  /** False when one of the attributes is malformed. */
  read(search: ItemSearch): boolean {
    this.hasThreshold = this.hasRandomness = this.#writesThreshold = this.#writesRandomness = false;
    const threshold = search.value(0).string;
    if (threshold.length > 0) {
      if (!readThreshold(threshold.bytes, threshold.start, threshold.end, this.threshold)) return false;
      this.hasThreshold = true;
    }
    const randomness = search.value(1).string;
    if (randomness.length === 0) return true;
    this.hasRandomness = readRandomness(randomness.bytes, randomness.start, randomness.end, this.randomness);
    return this.hasRandomness;
  }

  clearThreshold(): void {
    this.hasThreshold = false;
  }

  raiseThreshold(threshold: Word56): void {
    if (this.hasThreshold && this.threshold.compare(threshold) > 0) return;
    this.threshold.copy(threshold);
    this.hasThreshold = this.#writesThreshold = true;
  }

  setRandomness(randomness: Word56): void {
    this.randomness.copy(randomness);
    this.hasRandomness = this.#writesRandomness = true;
  }

  write(row: number, search: ItemSearch, patcher: ItemPatcher): void {
    const text = this.#text;
    if (this.#writesRandomness) {
      const length = writeRandomness(this.randomness, text, 0);
      patcher.setTextAttribute(row, search.attribute(1), randomnessKey, text, length);
    }
    if (this.#writesThreshold) {
      const length = writeThreshold(this.threshold, text, 0);
      patcher.setTextAttribute(row, search.attribute(0), thresholdKey, text, length);
    }
  }
}
