import { at32 } from '../wire/at.js';
import { skipValue, tagAt, varintAt, varintEnd } from '../wire/varint.js';

/** Per field of a metric's data: its type's number in identities, the field of its points' attributes. */
const kinds: Readonly<Record<number, { readonly typeByte: number; readonly attributesField: number }>> = {
  5: { typeByte: 1, attributesField: 7 },
  7: { typeByte: 2, attributesField: 7 },
  9: { typeByte: 3, attributesField: 9 },
  10: { typeByte: 4, attributesField: 1 },
  11: { typeByte: 5, attributesField: 7 },
};

/** The data points of one metric as offsets, in one list that is filled again for each metric: no object per point. */
export class PointList {
  /** 1 gauge, 2 sum, 3 histogram, 4 exponential histogram, 5 summary; 0 without data. */
  typeByte = 0;
  /** 0 unspecified, 1 delta, 2 cumulative. */
  temporality = 0;
  /** Of a sum as it says; histograms always, gauges and summaries never. */
  monotonic = false;
  /** Field number of the attributes in each point. */
  attributesField = 0;
  count = 0;
  #bounds: Int32Array = new Int32Array(128);

  /** Start of the body of point `i`. */
  from(i: number): number {
    return at32(this.#bounds, i * 2);
  }

  to(i: number): number {
    return at32(this.#bounds, i * 2 + 1);
  }

  /** Reads the metric whose body is `bytes[from, to)`; bytes must be valid. */
  read(bytes: Uint8Array, from: number, to: number): void {
    this.typeByte = this.count = 0;
    for (let at = from; at < to;) {
      const tag = tagAt(bytes, at);
      at = varintEnd(bytes, at);
      const end = skipValue(bytes, at, tag % 8);
      const kind = tag % 8 === 2 ? kinds[Math.floor(tag / 8)] : undefined;
      if (kind) this.#readData(bytes, varintEnd(bytes, at), end, kind.typeByte, kind.attributesField);
      at = end;
    }
  }

  /** A oneof given again replaces what came before. */
  #readData(bytes: Uint8Array, from: number, to: number, typeByte: number, attributesField: number): void {
    this.typeByte = typeByte;
    this.attributesField = attributesField;
    this.count = this.temporality = 0;
    this.monotonic = typeByte === 3 || typeByte === 4;
    for (let at = from; at < to;) {
      const tag = tagAt(bytes, at);
      at = varintEnd(bytes, at);
      const end = skipValue(bytes, at, tag % 8);
      if (tag === 10) this.#add(varintEnd(bytes, at), end);
      else if (tag === 16 && typeByte >= 2 && typeByte <= 4) this.temporality = varintAt(bytes, at);
      else if (tag === 24 && typeByte === 2) this.monotonic = varintAt(bytes, at) !== 0;
      at = end;
    }
  }

  #add(from: number, to: number): void {
    const at = this.count++ * 2;
    if (at + 2 > this.#bounds.length) {
      const more = new Int32Array(this.#bounds.length * 2);
      more.set(this.#bounds);
      this.#bounds = more;
    }
    this.#bounds[at] = from;
    this.#bounds[at + 1] = to;
  }
}
