import { plainText } from '../../prometheus/number-text.js';
import { encodeLabel } from './label-set.js';

/** More are made again when they are needed. */
const most = 8192;

/** The label that a series has for itself: `le` or `quantile`. */
export interface OwnLabel {
  readonly name: string;
  readonly value: string;
  /** As an element of a TimeSeries. */
  readonly encoded: Buffer;
}

/** Labels by their number, because nearly all histograms share their bounds. */
export class OwnLabels {
  readonly #name: string;
  readonly #byNumber: Map<number, OwnLabel> = new Map();

  constructor(name: string) {
    this.#name = name;
  }

  of(number: number): OwnLabel {
    const known = this.#byNumber.get(number);
    if (known) return known;
    if (this.#byNumber.size >= most) this.#byNumber.clear();
    const value = plainText(number);
    const label = { name: this.#name, value, encoded: encodeLabel([this.#name, value]) };
    this.#byNumber.set(number, label);
    return label;
  }
}
