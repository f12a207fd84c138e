import type { Clock } from '../../component/clock.js';
import type { Counter, Logger } from '../../component/telemetry.js';
import { resultInTurns } from '../../component/turn.js';
import { entryText } from '../../entries/entry-value.js';
import type { FileAttributesOptions } from '../../files/attribute-options.js';
import { fileAttributes } from '../../files/file-attributes.js';
import type { LineWriter } from '../../files/line-writer.js';
import type { TrackedFile } from '../../files/tracked-file.js';
import type { LineSplitter } from '../../lines/line-splitter.js';
import type { TextEncoding } from '../../lines/text-encoding.js';
import type { Batch } from '../../otlp/batch.js';
import { InvalidJson } from '../../otlp/json/invalid.js';
import { merge } from '../../otlp/parts/merge.js';
import type { Signal } from '../../otlp/signal.js';
import { key } from '../../otlp/view/key.js';
import { InvalidOtlp } from '../../otlp/wire/invalid.js';
import { resultAtOnce } from '../../otlp/work.js';
import { recordNumberKey, recordOffsetKey, RequestLines, type LineAttributes } from './request-line.js';

/** Bytes of a line that is worked off at once: few milliseconds at worst. */
const shortLine = 32 * 1024;
/** Milliseconds between two log lines about lines that are no requests. */
const betweenLinesMs = 60_000;

export interface RequestWriterParts {
  readonly signal: Signal;
  readonly encoding: TextEncoding;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly unreadable: Counter;
}

interface WaitingLine {
  readonly text: Uint8Array;
  readonly position: number;
  readonly attributes: LineAttributes;
}

/** Makes batches of lines that are requests of OTLP in JSON. Long ones take several turns of the event loop. */
export class RequestWriter implements LineWriter {
  /** Not used: requests have times of their own. */
  observedMs = 0;
  readonly holds = true;
  readonly #options: FileAttributesOptions;
  readonly #parts: RequestWriterParts;
  readonly #lines: RequestLines;
  readonly #ofFile: WeakMap<TrackedFile, LineAttributes> = new WeakMap();
  /** Lines whose turn has not come, by file, the first one being worked off. */
  readonly #waiting: Map<TrackedFile, WaitingLine[]> = new Map();
  #batches: Batch[] = [];
  #size = 0;
  #saidAt = -Infinity;
  #unsaid = 0;

  constructor(options: FileAttributesOptions, parts: RequestWriterParts) {
    this.#options = options;
    this.#parts = parts;
    this.#lines = new RequestLines(parts.signal);
  }

  get size(): number {
    return this.#size;
  }

  write(file: TrackedFile, bytes: Buffer, line: LineSplitter, position: number): void {
    const { form, decode } = this.#parts.encoding;
    const { start, end } = line;
    const text = form === 'decoded' ? Buffer.from(decode(bytes, start, end)) : bytes.subarray(start, end);
    const attributes = this.#attributesOf(file, position);
    const waiting = this.#waiting.get(file);
    if (waiting) waiting.push({ text, position, attributes });
    else if (text.length > shortLine) this.#waiting.set(file, [{ text, position, attributes }]);
    else this.#take(file, () => resultAtOnce(this.#lines.batchOf(text, attributes)));
  }

  settle(file: TrackedFile): Promise<void> | undefined {
    const waiting = this.#waiting.get(file);
    return waiting && this.#settle(file, waiting);
  }

  finish(): Batch | undefined {
    const batches = this.#batches;
    this.#batches = [];
    this.#size = 0;
    return batches.length === 0 ? undefined : merge(batches);
  }

  oldestHeld(file: TrackedFile): number | undefined {
    return this.#waiting.get(file)?.[0]?.position;
  }

  dueAt(): number {
    return Number.POSITIVE_INFINITY;
  }

  flush(): void {}

  forget(file: TrackedFile): void {
    this.#ofFile.delete(file);
  }

  async #settle(file: TrackedFile, waiting: WaitingLine[]): Promise<void> {
    for (let line = waiting[0]; line !== undefined; line = waiting[0]) {
      const { text, attributes } = line;
      let batch: Batch | Error;
      try {
        batch = await resultInTurns(this.#lines.batchOf(text, attributes));
      } catch (error) {
        batch = error as Error;
      }
      waiting.shift();
      this.#take(file, () => {
        if (batch instanceof Error) throw batch;
        return batch;
      });
    }
    this.#waiting.delete(file);
  }

  #take(file: TrackedFile, made: () => Batch): void {
    try {
      const batch = made();
      if (batch.itemCount === 0) return;
      this.#batches.push(batch);
      this.#size += batch.bytes.length;
    } catch (error) {
      if (!(error instanceof InvalidJson || error instanceof InvalidOtlp)) throw error;
      this.#leaveOut(file, error);
    }
  }

  #leaveOut(file: TrackedFile, error: Error): void {
    const { clock, logger, unreadable } = this.#parts;
    const now = clock.now();
    unreadable.add(1);
    this.#unsaid++;
    if (now - this.#saidAt < betweenLinesMs) return;
    logger.error('Lines are no OTLP request in JSON, and are left out', {
      path: file.path,
      error: error.message,
      lines: this.#unsaid,
    });
    this.#saidAt = now;
    this.#unsaid = 0;
  }

  #attributesOf(file: TrackedFile, position: number): LineAttributes {
    let common = this.#ofFile.get(file);
    if (common === undefined) {
      const all = fileAttributes(file.path, this.#options);
      for (const [name, value] of file.header ?? []) {
        const text = entryText(value);
        if (text !== undefined) all.set(name, text);
      }
      common = [...all].map(([name, value]) => [key(name), value] as const);
      this.#ofFile.set(file, common);
    }
    const { include_file_record_number: number, include_file_record_offset: offset } = this.#options;
    if (!number && !offset) return common;
    const all = [...common];
    if (number) all.push([recordNumberKey, BigInt(file.records)]);
    if (offset) all.push([recordOffsetKey, BigInt(position)]);
    return all;
  }
}
