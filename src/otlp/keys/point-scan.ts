import { fieldOf, tagOf } from '../fields.js';
import type { MetricType } from '../view/metric.js';
import { Word64 } from '../view/word64.js';
import { byteAt } from '../wire/at.js';
import { lengthAt, skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { varintLow } from '../wire/words.js';
import { processSeed, type HashSeed } from './seeded-hash.js';

// Points of all kinds have these in the same fields, and the count of those that are no number where a double is.
const startTag = tagOf('NumberDataPoint', 'start_time_unix_nano');
const timeTag = tagOf('NumberDataPoint', 'time_unix_nano');
const doubleTag = tagOf('NumberDataPoint', 'as_double');
const intTag = tagOf('NumberDataPoint', 'as_int');

interface PointTags {
  readonly attributes: number;
  readonly flags: number;
  readonly isNumber: boolean;
}

const flagsOf = (message: 'NumberDataPoint' | 'HistogramDataPoint' | 'ExponentialHistogramDataPoint'): number =>
  fieldOf(message, 'flags').number * 8;
const number: PointTags = {
  ...{ attributes: tagOf('NumberDataPoint', 'attributes'), flags: flagsOf('NumberDataPoint'), isNumber: true },
};
const tags: Readonly<Record<MetricType, PointTags>> = {
  ...{ empty: number, gauge: number, sum: number },
  histogram: {
    ...{ attributes: tagOf('HistogramDataPoint', 'attributes'), flags: flagsOf('HistogramDataPoint'), isNumber: false },
  },
  exponentialHistogram: {
    attributes: tagOf('ExponentialHistogramDataPoint', 'attributes'),
    ...{ flags: flagsOf('ExponentialHistogramDataPoint'), isNumber: false },
  },
  // A summary has its count, attributes and flags where a number has its double, attributes and flags.
  summary: { ...number, isNumber: false },
};

/** The bit of a point's flags that says that there is no value. */
const noValue = 1;
const noBytes = new DataView(new ArrayBuffer(0));

/**
 * Reads in one pass what tells where a data point stands in its stream: its times, its value, and a hash of its
 * attributes. Made once and moved over points.
 * ```
 * scan.open(batch.bytes);
 * scan.enterMetric(metric.type);
 * for (const point = metric.points(); point.next();) scan.read(point.fields.pieceFrom(0), point.fields.pieceTo(0));
 * ```
 */
export class PointScan {
  readonly start: Word64 = new Word64();
  readonly time: Word64 = new Word64();
  /** The 64 bits of the value: an integer in two's complement or a double, of what is no number its count. */
  readonly value: Word64 = new Word64();
  isDouble = false;
  hasValue = false;
  /**
   * 64 bits of a hash of the attributes as they are encoded, whatever their order; 0 without any. It has a secret, as
   * `SeededHash` has, so that no sender finds attributes that collide.
   */
  attributesLow = 0;
  attributesHigh = 0;
  readonly #seed: HashSeed;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = noBytes;
  #tags: PointTags = number;

  /** @param seed - the process's own by default; tests give theirs */
  constructor(seed: HashSeed = processSeed) {
    this.#seed = seed;
  }

  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Lets go of the bytes. */
  close(): void {
    this.#bytes = new Uint8Array(0);
    this.#view = noBytes;
  }

  enterMetric(type: MetricType): void {
    this.#tags = tags[type];
  }

  /** Reads the point whose body is `[from, to)`. */
  read(from: number, to: number): void {
    const bytes = this.#bytes;
    const { attributes, flags, isNumber } = this.#tags;
    this.#clear();
    if (!isNumber) this.hasValue = true;
    let isWithout = false;
    for (let at = from; at < to;) {
      let tag = byteAt(bytes, at);
      let value = at + 1;
      if (tag > 127) {
        tag = tagAt(bytes, at);
        value = varintEnd(bytes, at);
      }
      if (tag === attributes) {
        let length = byteAt(bytes, value++);
        if (length > 127) {
          length = lengthAt(bytes, value - 1);
          value = varintEnd(bytes, value - 1);
        }
        at = value + length;
        this.#addHash(value, at);
        continue;
      }
      at = skipValue(bytes, value, tag % 8);
      if (tag === timeTag) this.#word(value, this.time);
      else if (tag === startTag) this.#word(value, this.start);
      else if (tag === doubleTag || (tag === intTag && isNumber)) {
        this.#word(value, this.value);
        this.hasValue = true;
        this.isDouble = isNumber && tag === doubleTag;
      } else if (tag === flags) isWithout = (varintLow(bytes, value) & noValue) !== 0;
    }
    if (isWithout) this.hasValue = false;
  }

  #clear(): void {
    const { start, time, value } = this;
    start.low = start.high = time.low = time.high = value.low = value.high = 0;
    this.isDouble = this.hasValue = false;
    this.attributesLow = this.attributesHigh = 0;
  }

  #word(at: number, into: Word64): void {
    into.low = this.#view.getUint32(at, true);
    into.high = this.#view.getUint32(at + 4, true);
  }

  /** Adds HalfSipHash-1-3 of an attribute to the hash. */
  #addHash(from: number, to: number): void {
    const view = this.#view;
    let v0 = this.#seed[0];
    let v1 = this.#seed[1] ^ 0xee;
    let v2 = 0x6c796765 ^ this.#seed[0];
    let v3 = 0x74656462 ^ this.#seed[1];
    const words = (to - from) >> 2;
    // One round for each word, one for the rest with the length, three to finish; the words 0 stand for no input.
    for (let i = 0, at = from; i < words + 4; i++, at += 4) {
      let word = 0;
      if (i < words) word = view.getInt32(at, true);
      else if (i === words) {
        word = (to - from) << 24;
        for (let end = at, shift = 0; end < to; end++, shift += 8) word |= view.getUint8(end) << shift;
      } else if (i === words + 1) v2 ^= 0xee;
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    this.attributesLow = (this.attributesLow + (v1 ^ v3)) | 0;
    this.attributesHigh = (this.attributesHigh + (v0 ^ v2)) | 0;
  }
}
