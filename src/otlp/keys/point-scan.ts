import { fieldOf, tagOf } from '../fields.js';
import type { MetricType } from '../view/metric.js';
import { Word64 } from '../view/word64.js';
import { byteAt } from '../wire/at.js';
import { lengthAt, skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { fixed32At, varintLow } from '../wire/words.js';
import { foundAt, pointForm, pointKernel, type PointKernel } from './point-kernel.js';
import { processSipSeed, sipHash, type SipSeed } from './sip-hash.js';

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
const noBytes = new Uint8Array(0);
const hash = { low: 0, high: 0 };

/**
 * Reads in one pass what tells where a data point stands in its stream: its times, its value, and a hash of its
 * attributes. Made once and moved over points. `wasm/points` reads them, which hashes in half the time; a point that has
 * no room there is read here.
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
   * The halves of a hash of the attributes as they are encoded, whatever their order; 0 without any. It has a secret,
   * so that no sender finds attributes that collide.
   */
  attributesLow = 0;
  attributesHigh = 0;
  readonly #seed: SipSeed;
  readonly #kernel: PointKernel | undefined;
  #bytes: Uint8Array = noBytes;
  /** The bytes `[from, to)` are where the kernel reads, unless another scan has brought its own. */
  #broughtFrom = 0;
  #broughtTo = 0;
  #tags: PointTags = number;

  /**
   * @param seed - the process's own by default; tests give theirs
   * @param isHere - all points are read here, as on a machine that cannot run the kernel; for tests
   */
  constructor(seed: SipSeed = processSipSeed, isHere = false) {
    this.#seed = seed;
    this.#kernel = isHere ? undefined : pointKernel();
  }

  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#broughtFrom = this.#broughtTo = 0;
  }

  /** Lets go of the bytes. */
  close(): void {
    this.open(noBytes);
  }

  enterMetric(type: MetricType): void {
    this.#tags = tags[type];
  }

  /** Reads the point whose body is `[from, to)`. */
  read(from: number, to: number): void {
    const kernel = this.#kernel;
    if (kernel === undefined || to - from > kernel.room) return this.#readHere(from, to);
    if (from < this.#broughtFrom || to > this.#broughtTo || !kernel.isOf(this)) this.#bring(kernel, from);
    const { attributes, flags, isNumber } = this.#tags;
    kernel.read(from - this.#broughtFrom, to - this.#broughtFrom, attributes, flags, isNumber);
    const { found } = kernel;
    setWord(this.start, found, foundAt.start);
    setWord(this.time, found, foundAt.time);
    setWord(this.value, found, foundAt.value);
    this.attributesLow = u32At(found, foundAt.hash) | 0;
    this.attributesHigh = u32At(found, foundAt.hash + 1) | 0;
    const form = u32At(found, foundAt.form);
    this.hasValue = (form & pointForm.hasValue) !== 0;
    this.isDouble = (form & pointForm.isDouble) !== 0;
  }

  #bring(kernel: PointKernel, from: number): void {
    const bytes = this.#bytes;
    this.#broughtFrom = from;
    this.#broughtTo = Math.min(from + kernel.room, bytes.length);
    kernel.bring(this, this.#seed, bytes.subarray(from, this.#broughtTo));
  }

  #readHere(from: number, to: number): void {
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
    into.low = fixed32At(this.#bytes, at);
    into.high = fixed32At(this.#bytes, at + 4);
  }

  /** Adds the hash of an attribute. */
  #addHash(from: number, to: number): void {
    sipHash(this.#bytes, from, to, this.#seed, hash);
    const sum = (this.attributesLow >>> 0) + (hash.low >>> 0);
    this.attributesLow = sum | 0;
    this.attributesHigh = (this.attributesHigh + hash.high + (sum > 0xffffffff ? 1 : 0)) | 0;
  }
}

function u32At(words: Uint32Array, at: number): number {
  return words[at] as number;
}

function setWord(word: Word64, words: Uint32Array, at: number): void {
  word.low = u32At(words, at);
  word.high = u32At(words, at + 1);
}
