import { at32, byteAt } from '../otlp/wire/at.js';
import { readRandomness, readThreshold, writeRandomness, writeThreshold } from './hex.js';
import type { SamplingState } from './sampling-state.js';
import { memberKeyEnd, memberValueEnd, sectionKeyEnd, sectionValueEnd } from './trace-state-syntax.js';
import { Word56 } from './word56.js';

/** Limits of W3C Trace Context, and of OpenTelemetry for its own section; beyond them a state is malformed. */
const mostBytes = 1024;
const mostSectionBytes = 256;
/** The Collector counts one member less than the standard allows; to differ would be to keep other spans than it. */
const mostMembers = 31;

/** The most that sampling adds, in bytes: `ot=rv:<14>;th:<14>,`. */
const mostAdded = 64;

const [o, t, r, v, h] = [0x6f, 0x74, 0x72, 0x76, 0x68];
const comma = 0x2c;
const equals = 0x3d;
const colon = 0x3a;
const semicolon = 0x3b;
const blank = 0x20;
const tab = 0x09;
const zero = 0x30;

/**
 * The tracestate of a span, as far as sampling is concerned: threshold (`th`) and randomness (`rv`) in the section of
 * OpenTelemetry (`ot`), and everything else as runs of bytes. Made once and moved over spans.
 * ```
 * const { bytes, start, end } = span.traceState;
 * if (state.read(bytes, start, end) && state.hasThreshold) ...
 * state.raiseThreshold(threshold);
 * if (state.isChanged) save(state.text, state.write());
 * ```
 */
export class TraceState implements SamplingState {
  readonly threshold: Word56 = new Word56();
  readonly randomness: Word56 = new Word56();
  hasThreshold = false;
  hasRandomness = false;
  /** Whether `write` makes another text than the one that was read. */
  isChanged = false;
  /** The text that `write` has written. */
  readonly text: Uint8Array = new Uint8Array(mostBytes + mostAdded);
  #bytes: Uint8Array = this.text;
  /** Bounds of other members, and of other values in the section. */
  readonly #members: Int32Array = new Int32Array(mostMembers * 2);
  readonly #values: Int32Array = new Int32Array(mostSectionBytes);
  #memberCount = 0;
  #valueCount = 0;
  /** Where the threshold and the randomness stand as they came; -1: they were set here. */
  #thresholdAt = -1;
  #thresholdEnd = 0;
  #randomnessAt = -1;
  /** Of the last value of the section: 1 is randomness, 2 a threshold, 3 another one. */
  #rank = 0;

  /** Reads a state. False when it is malformed as a whole or in part: then it has nothing, and must stay as it is. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    this.#bytes = bytes;
    this.#memberCount = 0;
    this.isChanged = false;
    this.#forgetSection();
    if (from === to) return true;
    if (to - from <= mostBytes && this.#readMembers(from, to)) return true;
    this.#memberCount = 0;
    this.#forgetSection();
    return false;
  }

  clearThreshold(): void {
    this.hasThreshold = false;
    this.isChanged = true;
  }

  raiseThreshold(threshold: Word56): void {
    const rise = this.hasThreshold ? threshold.compare(this.threshold) : 1;
    if (rise < 0 || (rise === 0 && this.#isShort)) return;
    this.threshold.copy(threshold);
    this.hasThreshold = this.isChanged = true;
    this.#thresholdAt = -1;
  }

  setRandomness(randomness: Word56): void {
    this.randomness.copy(randomness);
    this.hasRandomness = this.isChanged = true;
    this.#randomnessAt = -1;
  }

  /**
   * Writes the state with its section first, and in that randomness and threshold first, as the Collector does. Returns
   * its length; the bytes are in `text`. The limits are those of a state that arrives.
   */
  write(): number {
    const { text } = this;
    let at = 0;
    if (this.hasRandomness || this.hasThreshold || this.#valueCount > 0) {
      text[at++] = o;
      text[at++] = t;
      text[at++] = equals;
      const start = at;
      if (this.hasRandomness) at = this.#writeRandomness(at);
      if (this.hasThreshold) at = this.#writeThreshold(at === start ? at : separated(text, at, semicolon));
      for (let i = 0; i < this.#valueCount; i++)
        at = this.#copy(this.#values, i, at === start ? at : separated(text, at, semicolon));
    }
    for (let i = 0; i < this.#memberCount; i++)
      at = this.#copy(this.#members, i, at === 0 ? at : separated(text, at, comma));
    return at;
  }

  /** Whether the threshold has the text that `write` gives it. */
  get #isShort(): boolean {
    if (this.#thresholdAt < 0) return true;
    const bytes = this.#bytes;
    for (let at = this.#thresholdAt; at < this.#thresholdEnd; at++) if (isUpper(byteAt(bytes, at))) return false;
    return this.#thresholdEnd === this.#thresholdAt + 1 || byteAt(bytes, this.#thresholdEnd - 1) !== zero;
  }

  #forgetSection(): void {
    this.hasThreshold = this.hasRandomness = false;
    this.#valueCount = 0;
  }

  #readMembers(from: number, to: number): boolean {
    let members = 0;
    for (let at = from; at < to; at++) {
      if (++members > mostMembers) return false;
      const next = this.#readMember(at, to, members === 1);
      if (next < 0) return false;
      // A comma behind the last member goes.
      if (next === to - 1) this.isChanged = true;
      at = next;
    }
    return true;
  }

  /** Returns the offset of the comma behind a member, or the end; -1 when it is malformed. A member may be empty. */
  #readMember(start: number, to: number, isFirst: boolean): number {
    const bytes = this.#bytes;
    const from = skipBlanks(bytes, start, to);
    if (from === to || byteAt(bytes, from) === comma) {
      this.isChanged = true;
      return from;
    }
    const split = memberKeyEnd(bytes, from, to);
    if (split < 0 || split === to || byteAt(bytes, split) !== equals) return -1;
    const isSection = split === from + 2 && byteAt(bytes, from) === o && byteAt(bytes, from + 1) === t;
    const end = isSection ? this.#readSection(split + 1, to) : memberValueEnd(bytes, split + 1, to);
    if (end < 0) return -1;
    const next = skipBlanks(bytes, end, to);
    if (next < to && byteAt(bytes, next) !== comma) return -1;
    if (from > start || next > end || (isSection && !isFirst)) this.isChanged = true;
    if (!isSection) {
      this.#members[this.#memberCount * 2] = from;
      this.#members[this.#memberCount * 2 + 1] = end;
      this.#memberCount++;
    }
    return next;
  }

  /** Returns the end of a section; -1 when it is malformed. The last of several sections counts. */
  #readSection(from: number, to: number): number {
    this.#forgetSection();
    const bytes = this.#bytes;
    this.#rank = 0;
    for (let at = from; ;) {
      const split = sectionKeyEnd(bytes, at, to);
      if (split < 0 || split === to || byteAt(bytes, split) !== colon) return -1;
      const end = sectionValueEnd(bytes, split + 1, to);
      if (end - from > mostSectionBytes || !this.#readValue(at, split, end)) return -1;
      if (end === to || byteAt(bytes, end) !== semicolon) return end;
      at = end + 1;
    }
  }

  /** Of a key that comes twice the last one counts. */
  #readValue(from: number, split: number, to: number): boolean {
    const bytes = this.#bytes;
    if (split === from + 2) {
      const first = byteAt(bytes, from);
      const second = byteAt(bytes, from + 1);
      if (first === t && second === h) {
        this.#follow(2);
        this.#thresholdAt = split + 1;
        this.#thresholdEnd = to;
        return (this.hasThreshold = readThreshold(bytes, split + 1, to, this.threshold));
      }
      if (first === r && second === v) {
        this.#follow(1);
        this.#randomnessAt = split + 1;
        return (this.hasRandomness = readRandomness(bytes, split + 1, to, this.randomness));
      }
    }
    this.#rank = 3;
    this.#values[this.#valueCount * 2] = from;
    this.#values[this.#valueCount * 2 + 1] = to;
    this.#valueCount++;
    return true;
  }

  /** Notes a value that is written before all of a higher rank, and once. */
  #follow(rank: number): void {
    if (this.#rank >= rank) this.isChanged = true;
    this.#rank = rank;
  }

  #writeRandomness(start: number): number {
    const { text } = this;
    let at = start;
    text[at++] = r;
    text[at++] = v;
    text[at++] = colon;
    if (this.#randomnessAt < 0) return writeRandomness(this.randomness, text, at);
    for (let i = 0; i < 14; i++) text[at++] = byteAt(this.#bytes, this.#randomnessAt + i);
    return at;
  }

  #writeThreshold(start: number): number {
    const { text } = this;
    let at = start;
    text[at++] = t;
    text[at++] = h;
    text[at++] = colon;
    if (this.#thresholdAt < 0) return writeThreshold(this.threshold, text, at);
    for (let i = this.#thresholdAt; i < this.#thresholdEnd; i++) text[at++] = byteAt(this.#bytes, i);
    return at;
  }

  #copy(bounds: Int32Array, i: number, start: number): number {
    const to = at32(bounds, i * 2 + 1);
    let at = start;
    for (let from = at32(bounds, i * 2); from < to; from++) this.text[at++] = byteAt(this.#bytes, from);
    return at;
  }
}

function separated(text: Uint8Array, at: number, separator: number): number {
  text[at] = separator;
  return at + 1;
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function skipBlanks(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && (byteAt(bytes, at) === blank || byteAt(bytes, at) === tab)) at++;
  return at;
}
