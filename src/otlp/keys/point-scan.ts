import { fieldOf, tagOf } from '../fields.js';
import type { MetricType } from '../view/metric.js';
import { Word64 } from '../view/word64.js';
import { at32 } from '../wire/at.js';
import { skipValue, tagAt, varintEnd } from '../wire/varint.js';
import { fixed32At, varintLow } from '../wire/words.js';
import { pointForm, pointKernel, pointWord, pointWords, type PointKernel } from './point-kernel.js';
import { processSipSeed, sipHash, type SipSeed } from './sip-hash.js';

// The data of all kinds have their points in the same field.
const pointTag = tagOf('Sum', 'data_points');
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
 * Reads in one pass what tells where data points stand in their streams: times, values, and a hash of the attributes.
 * Made once and moved over points. `wasm/points` reads them, many at a time, which takes a third of the time; a point
 * that has no room there is read here.
 * ```
 * scan.open(batch.bytes);
 * scan.enterMetric(metric.type);
 * for (let at = from; at < to;) {   // the fields of the metric's data
 *   at = scan.readMany(at, to);
 *   for (let i = 0; i < scan.count; i++) note(scan.select(i).time);
 * }
 * ```
 * What is read is there until this or another scan reads the next points.
 */
export class PointScan {
  /** Points that were read together. */
  count = 0;
  /** Their rows (`pointWord`), and where that of the selected point begins. */
  words: Int32Array;
  row = 0;
  readonly #start: Word64 = new Word64();
  readonly #time: Word64 = new Word64();
  readonly #value: Word64 = new Word64();
  readonly #seed: SipSeed;
  readonly #kernel: PointKernel | undefined;
  /** A row for a point that is read here. */
  readonly #own: Int32Array = new Int32Array(pointWords);
  #bytes: Uint8Array = noBytes;
  /** The bytes `[from, to)` are where the kernel reads, unless another scan has brought its own. */
  #broughtFrom = 0;
  #broughtTo = 0;
  /** Where the bytes begin that `from` and `to` of the rows count from. */
  #base = 0;
  #tags: PointTags = number;

  /**
   * @param seed - the process's own by default; tests give theirs
   * @param isHere - all points are read here, as on a machine that cannot run the kernel; for tests
   */
  constructor(seed: SipSeed = processSipSeed, isHere = false) {
    this.#seed = seed;
    this.#kernel = isHere ? undefined : pointKernel();
    this.words = this.#own;
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

  /** Reads points among the fields `[from, to)` of the data of the metric; returns where those are that are left. */
  readMany(from: number, to: number): number {
    const kernel = this.#kernel;
    if (kernel !== undefined) {
      if (!kernel.isOf(this) || from < this.#broughtFrom || from >= this.#broughtTo) this.#bring(kernel, from);
      let next = this.#readIn(kernel, from, to);
      if (next === from && this.#broughtFrom < from) {
        this.#bring(kernel, from);
        next = this.#readIn(kernel, from, to);
      }
      if (next > from) return next;
    }
    return this.#readOne(from);
  }

  /** Selects one of the points that were read together. */
  select(point: number): this {
    this.row = point * pointWords;
    return this;
  }

  /** Where the body of the point begins, and where it ends. */
  get from(): number {
    return this.#word(pointWord.from) + this.#base;
  }

  get to(): number {
    return this.#word(pointWord.to) + this.#base;
  }

  get start(): Word64 {
    return this.#word64(pointWord.start, this.#start);
  }

  get time(): Word64 {
    return this.#word64(pointWord.time, this.#time);
  }

  /** The 64 bits of the value: an integer in two's complement or a double, of what is no number its count. */
  get value(): Word64 {
    return this.#word64(pointWord.value, this.#value);
  }

  get hasValue(): boolean {
    return (this.#word(pointWord.form) & pointForm.hasValue) !== 0;
  }

  get isDouble(): boolean {
    return (this.#word(pointWord.form) & pointForm.isDouble) !== 0;
  }

  /**
   * The halves of a hash of the attributes as they are encoded, whatever their order; 0 without any. It has a secret,
   * so that no sender finds attributes that collide.
   */
  get attributesLow(): number {
    return this.#word(pointWord.hash);
  }

  get attributesHigh(): number {
    return this.#word(pointWord.hash + 1);
  }

  #word(at: number): number {
    return at32(this.words, this.row + at);
  }

  #word64(at: number, into: Word64): Word64 {
    into.low = this.#word(at) >>> 0;
    into.high = this.#word(at + 1) >>> 0;
    return into;
  }

  #bring(kernel: PointKernel, from: number): void {
    const bytes = this.#bytes;
    this.#broughtFrom = from;
    this.#broughtTo = Math.min(from + kernel.room, bytes.length);
    kernel.bring(this, this.#seed, bytes.subarray(from, this.#broughtTo));
  }

  #readIn(kernel: PointKernel, from: number, to: number): number {
    const base = this.#broughtFrom;
    const { attributes, flags, isNumber } = this.#tags;
    const held = Math.min(to, this.#broughtTo);
    const next = kernel.read(from - base, to - base, held - base, attributes, flags, isNumber) + base;
    this.#base = base;
    this.words = kernel.rows;
    this.count = kernel.count;
    this.row = 0;
    return next;
  }

  /** Reads a field here; returns where it ends. */
  #readOne(from: number): number {
    const bytes = this.#bytes;
    const tag = tagAt(bytes, from);
    const at = varintEnd(bytes, from);
    const end = skipValue(bytes, at, tag % 8);
    this.#base = this.row = 0;
    this.words = this.#own;
    this.count = tag === pointTag ? 1 : 0;
    if (tag === pointTag) this.#readPoint(varintEnd(bytes, at), end);
    return end;
  }

  #readPoint(from: number, to: number): void {
    const bytes = this.#bytes;
    const own = this.#own;
    const { attributes, flags, isNumber } = this.#tags;
    own.fill(0);
    own[pointWord.from] = from;
    own[pointWord.to] = to;
    let form: number = isNumber ? 0 : pointForm.hasValue;
    let isWithout = false;
    for (let at = from; at < to;) {
      const tag = tagAt(bytes, at);
      const value = varintEnd(bytes, at);
      at = skipValue(bytes, value, tag % 8);
      if (tag === attributes) this.#addHash(varintEnd(bytes, value), at);
      else if (tag === timeTag) this.#copy(value, pointWord.time);
      else if (tag === startTag) this.#copy(value, pointWord.start);
      else if (tag === doubleTag || (tag === intTag && isNumber)) {
        this.#copy(value, pointWord.value);
        form = isNumber && tag === doubleTag ? pointForm.hasValue | pointForm.isDouble : pointForm.hasValue;
      } else if (tag === flags) isWithout = (varintLow(bytes, value) & noValue) !== 0;
    }
    own[pointWord.form] = isWithout ? form & ~pointForm.hasValue : form;
  }

  #copy(at: number, word: number): void {
    this.#own[word] = fixed32At(this.#bytes, at);
    this.#own[word + 1] = fixed32At(this.#bytes, at + 4);
  }

  /** Adds the hash of an attribute. */
  #addHash(from: number, to: number): void {
    sipHash(this.#bytes, from, to, this.#seed, hash);
    const own = this.#own;
    const sum = (this.attributesLow >>> 0) + (hash.low >>> 0);
    own[pointWord.hash + 1] = this.attributesHigh + hash.high + (sum > 0xffffffff ? 1 : 0);
    own[pointWord.hash] = sum;
  }
}
