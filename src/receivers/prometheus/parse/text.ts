import { byteAt } from '../../../otlp/wire/at.js';
import type { InPieces } from '../../../otlp/work.js';
import { ExpositionFault, excerpt } from './fault.js';
import { bytesAtOnce, longestLine } from './limits.js';
import { closingQuote, metricEnd, nameEnd, parseMetric, unescaped } from './metric.js';
import { NumberReader, wholeNumber } from './numbers.js';
import { metricTypes, noTime, type MetadataPart, type ExpositionType, type SampleSink } from './sink.js';

/** Lines between two pauses. A line that was never seen costs some microseconds, any other far less. */
const linesAtOnce = 256;

const newline = 10;
const space = 32;
const tab = 9;
const hash = 35;

const isBlank = (byte: number): boolean => byte === space || byte === tab;

/**
 * Reads the text formats: Prometheus's own (0.0.4 and 1.0.0), and OpenMetrics (0.0.1 and 1.0.0), which allows less and
 * has exemplars, units and an end. A step of the generator reads some hundred lines, or one that is long.
 */
export class TextParser {
  readonly #body: Buffer;
  readonly #open: boolean;
  readonly #sink: SampleSink;
  readonly #numbers: NumberReader = new NumberReader();
  #at = 0;
  /** How far the present line may reach: the byte there ends it, or it is too long. */
  #most = 0;
  #ended = false;

  constructor(body: Buffer, format: 'text' | 'openmetrics', sink: SampleSink) {
    this.#body = body;
    this.#open = format === 'openmetrics';
    this.#sink = sink;
  }

  *parse(): InPieces<void> {
    const body = this.#body;
    for (let lines = 0, from = 0; this.#at < body.length; lines++) {
      if (lines === linesAtOnce || this.#at - from >= bytesAtOnce) {
        lines = 0;
        from = this.#at;
        yield;
      }
      if (this.#ended) throw new ExpositionFault('unexpected data after # EOF');
      this.#line();
    }
    if (this.#open && !this.#ended) throw new ExpositionFault('data does not end with # EOF');
  }

  #line(): void {
    const body = this.#body;
    let at = this.#at;
    this.#most = Math.min(body.length, at + longestLine);
    if (!this.#open) {
      at = this.#gap(at);
      if (at >= body.length || byteAt(body, at) === newline) {
        this.#at = at + 1;
        return;
      }
    }
    if (byteAt(body, at) === hash) this.#comment(at);
    else this.#sample(at);
  }

  /** The end of the line that goes on at `at`. */
  #lineEnd(at: number): number {
    const found = this.#body.indexOf(newline, at);
    const end = found < 0 ? this.#body.length : found;
    if (end > this.#most) throw tooLong();
    return end;
  }

  #comment(at: number): void {
    const body = this.#body;
    const sink = this.#sink;
    const expected = sink.expected(body, at);
    if (expected >= 0) {
      const end = at + sink.lengthOf(expected);
      const ends = end <= this.#most && (end === body.length || byteAt(body, end) === newline);
      if (ends && sink.stillDescribed(expected)) {
        this.#at = end + 1;
        return;
      }
    }
    const end = this.#lineEnd(at);
    this.#at = end + 1;
    const known = sink.known(body, at, end);
    if (known >= 0 && sink.stillDescribed(known)) return;
    if (this.#open) this.#openComment(at, end);
    else this.#plainComment(at, end);
  }

  #plainComment(at: number, end: number): void {
    const word = this.#blanks(at + 1, end);
    const kind = word > at + 1 ? this.#keyword(word, end, false) : undefined;
    if (kind === undefined) return;
    const name = this.#blanks(word + 4, end);
    const behind = this.#familyEnd(name, end, kind);
    const text = this.#blanks(behind, end);
    this.#describe(at, end, kind, name, behind, text);
  }

  #openComment(at: number, end: number): void {
    const body = this.#body;
    if (end - at === 5 && body.toString('latin1', at, end) === '# EOF') {
      this.#ended = true;
      return;
    }
    const kind = byteAt(body, at + 1) === space ? this.#keyword(at + 2, end, true) : undefined;
    if (kind === undefined) throw new ExpositionFault(`expected a valid start token, got ${excerpt(body, at, end)}`);
    const name = at + 7;
    const behind = this.#familyEnd(name, end, kind);
    if (behind < end && byteAt(body, behind) !== space)
      throw new ExpositionFault(`expected text in ${kind.toUpperCase()}, got ${excerpt(body, behind, end)}`);
    this.#describe(at, end, kind, name, behind, Math.min(end, behind + 1));
  }

  #keyword(at: number, end: number, units: boolean): MetadataPart | undefined {
    if (at + 5 > end || !isBlank(byteAt(this.#body, at + 4))) return undefined;
    const word = this.#body.toString('latin1', at, at + 4);
    if (word === 'TYPE') return 'type';
    if (word === 'HELP') return 'help';
    return units && word === 'UNIT' ? 'unit' : undefined;
  }

  #familyEnd(at: number, end: number, kind: MetadataPart): number {
    const isQuoted = at < end && byteAt(this.#body, at) === 34;
    const behind = isQuoted ? closingQuote(this.#body, at, end) + 1 : nameEnd(this.#body, at, end, true);
    if (behind <= at)
      throw new ExpositionFault(
        `expected metric name after ${kind.toUpperCase()}, got ${excerpt(this.#body, at, end)}`,
      );
    return behind;
  }

  #describe(at: number, end: number, kind: MetadataPart, name: number, behind: number, text: number): void {
    const body = this.#body;
    const isQuoted = byteAt(body, name) === 34;
    const family = isQuoted ? unescaped(body, name + 1, behind - 1) : body.toString('latin1', name, behind);
    if (kind === 'type') {
      const type = this.#type(text, end);
      this.#sink.describe(body, at, end, kind, family, type);
      return;
    }
    const words = body.toString('utf8', text, end);
    if (kind === 'help' && words.includes('\\')) {
      const plain = words.replace(/\\([\\n])/g, (_, c: string) => (c === 'n' ? '\n' : c));
      this.#sink.describe(body, at, end, kind, family, this.#open ? plain.replaceAll('\\"', '"') : plain);
      return;
    }
    if (kind === 'unit' && words !== '' && !family.endsWith(`_${words}`))
      throw new ExpositionFault(`unit ${JSON.stringify(words)} not a suffix of metric ${JSON.stringify(family)}`);
    this.#sink.describe(body, at, end, kind, family, words);
  }

  #type(from: number, end: number): ExpositionType {
    const word = this.#body.toString('utf8', from, end);
    const type = !this.#open && word === 'untyped' ? 'unknown' : word;
    const allowed: readonly string[] = this.#open
      ? metricTypes
      : ['unknown', 'counter', 'gauge', 'histogram', 'summary'];
    // The plain format calls it untyped.
    if (!allowed.includes(type) || (!this.#open && word === 'unknown'))
      throw new ExpositionFault(`invalid metric type ${excerpt(this.#body, from, end)}`);
    return type as ExpositionType;
  }

  #sample(at: number): void {
    const body = this.#body;
    const sink = this.#sink;
    let line = sink.expected(body, at);
    let end = line < 0 ? -1 : at + sink.lengthOf(line);
    if (line < 0 || !this.#valueFollows(end)) {
      end = metricEnd(body, at, this.#most);
      if (end < 0 || end === at)
        throw this.#most < body.length && end < 0
          ? tooLong()
          : new ExpositionFault(`expected a valid start token, got ${excerpt(body, at, this.#lineEnd(at))}`);
      line = sink.known(body, at, end);
      if (line < 0) line = sink.add(body, at, end, parseMetric(body, at, end));
    }
    this.#value(line, at, end);
  }

  /** Whether a number may stand behind the blank at `at`: not labels, which belong to the metric before it. */
  #valueFollows(at: number): boolean {
    if (at >= this.#most || !isBlank(byteAt(this.#body, at))) return false;
    const next = this.#blanks(at, this.#most);
    return next < this.#most && byteAt(this.#body, next) !== 123;
  }

  #value(line: number, metric: number, at: number): void {
    const body = this.#body;
    const { length } = body;
    const from = this.#gap(at);
    const to = this.#tokenEnd(from);
    const value = from === to ? Number.NaN : this.#numbers.read(body, from, to);
    if (from === at || !this.#numbers.ok || from === to)
      throw new ExpositionFault(
        `expected value after metric, got ${excerpt(body, Math.min(from, length), this.#lineEnd(metric))}`,
      );
    let time = noTime;
    let next = this.#gap(to);
    if (next < length && byteAt(body, next) !== newline && !(this.#open && byteAt(body, next) === hash)) {
      const behind = this.#tokenEnd(next);
      time = this.#time(next, behind);
      next = this.#gap(behind);
    }
    let exemplarEnd = next;
    if (this.#open && next < length && byteAt(body, next) === hash) exemplarEnd = this.#lineEnd(next);
    if (exemplarEnd < length && byteAt(body, exemplarEnd) !== newline)
      throw new ExpositionFault(`expected next entry after timestamp, got ${excerpt(body, next, this.#lineEnd(next))}`);
    this.#at = exemplarEnd + 1;
    this.#sink.sample(line, value, time, next, exemplarEnd);
  }

  #time(from: number, to: number): number {
    const body = this.#body;
    if (!this.#open) {
      const time = wholeNumber(body, from, to);
      if (Number.isNaN(time))
        throw new ExpositionFault(`expected timestamp or new record, got ${excerpt(body, from, to)}`);
      return time;
    }
    const seconds = this.#numbers.read(body, from, to);
    if (!this.#numbers.ok || !Number.isFinite(seconds))
      throw new ExpositionFault(`invalid timestamp ${excerpt(body, from, to)}`);
    return Math.trunc(seconds * 1000);
  }

  /** Passes the gap between two parts of a line: one space in OpenMetrics, any number of blanks elsewhere. */
  #gap(at: number): number {
    if (!this.#open) return this.#reached(this.#blanks(at, this.#most));
    return at < this.#body.length && byteAt(this.#body, at) === space ? at + 1 : at;
  }

  #blanks(at: number, to: number): number {
    let next = at;
    while (next < to && isBlank(byteAt(this.#body, next))) next++;
    return next;
  }

  #tokenEnd(at: number): number {
    const body = this.#body;
    const most = this.#most;
    let end = at;
    while (end < most) {
      const byte = byteAt(body, end);
      if (byte === space || byte === newline || byte === tab) break;
      end++;
    }
    return this.#reached(end);
  }

  /** `at`, unless the line goes on there and is too long by that. */
  #reached(at: number): number {
    if (at >= this.#most && at < this.#body.length && byteAt(this.#body, at) !== newline) throw tooLong();
    return at;
  }
}

function tooLong(): ExpositionFault {
  return new ExpositionFault(`a line is longer than ${longestLine} bytes`);
}
