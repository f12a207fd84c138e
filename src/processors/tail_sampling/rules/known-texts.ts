import { at32, byteAt, floatAt } from '../../../otlp/wire/at.js';

/** Texts of one place in the table, of which the one that was not asked for longest makes room. */
const mostWays = 4;
/** A longer text is not remembered. */
const longest = 4096;
/** With more bytes of texts than this, all are forgotten. */
const mostBytes = 1 << 23;

/**
 * Answers for the texts that were asked for lately. A text is found by the hash of its bytes and compared with them, so
 * that asking makes no string. Texts that a sender makes to collide only push each other out.
 */
export class KnownTexts {
  readonly #ways: number;
  readonly #places: number;
  readonly #texts: (Uint8Array | undefined)[];
  readonly #hashes: Int32Array;
  readonly #answers: Uint8Array;
  /** When each text was asked for, by a count of all questions. */
  readonly #askedAt: Float64Array;
  #questions = 0;
  #bytes = 0;
  /** Of the text that was asked for last. */
  #hash = 0;

  constructor(size: number) {
    this.#ways = Math.min(mostWays, size);
    this.#places = Math.floor(size / this.#ways);
    const all = this.#ways * this.#places;
    this.#texts = Array.from({ length: all }, () => undefined);
    this.#hashes = new Int32Array(all);
    this.#answers = new Uint8Array(all);
    this.#askedAt = new Float64Array(all);
  }

  /** The answer for the text `bytes[start, end)`. */
  find(bytes: Uint8Array, start: number, end: number): 'yes' | 'no' | 'unknown' {
    if (end - start > longest) return 'unknown';
    const hash = (this.#hash = hashOf(bytes, start, end));
    const first = this.#first(hash);
    this.#questions++;
    for (let i = first; i < first + this.#ways; i++) {
      if (at32(this.#hashes, i) !== hash || !isSame(this.#texts[i], bytes, start, end)) continue;
      this.#askedAt[i] = this.#questions;
      return this.#answers[i] === 1 ? 'yes' : 'no';
    }
    return 'unknown';
  }

  /** Remembers the answer for a text that was just asked for and is unknown. */
  add(bytes: Uint8Array, start: number, end: number, answer: boolean): void {
    if (end - start > longest) return;
    if (this.#bytes + end - start > mostBytes) this.#forget();
    const first = this.#first(this.#hash);
    let oldest = first;
    for (let i = first + 1; i < first + this.#ways; i++)
      if (floatAt(this.#askedAt, i) < floatAt(this.#askedAt, oldest)) oldest = i;
    this.#bytes += end - start - (this.#texts[oldest]?.length ?? 0);
    this.#texts[oldest] = new Uint8Array(bytes.subarray(start, end));
    this.#hashes[oldest] = this.#hash;
    this.#answers[oldest] = answer ? 1 : 0;
    this.#askedAt[oldest] = this.#questions;
  }

  #first(hash: number): number {
    return ((hash >>> 0) % this.#places) * this.#ways;
  }

  #forget(): void {
    this.#texts.fill(undefined);
    this.#askedAt.fill(0);
    this.#bytes = 0;
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16);
    hash = Math.imul(hash ^ word ^ (byteAt(bytes, at + 3) << 24), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ byteAt(bytes, at), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}

function isSame(text: Uint8Array | undefined, bytes: Uint8Array, start: number, end: number): boolean {
  if (text === undefined || text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (byteAt(text, i) !== byteAt(bytes, start + i)) return false;
  return true;
}
