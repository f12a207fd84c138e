import { RawText } from '../../otlp/build/any-value.js';
import type { LineWriter } from '../../files/line-writer.js';
import type { TrackedFile } from '../../files/tracked-file.js';
import type { LineSplitter } from '../../lines/line-splitter.js';
import type { TextEncoding } from '../../lines/text-encoding.js';
import type { Batch } from '../../otlp/batch.js';
import { LogBuilder } from '../../otlp/build/logs.js';
import { LineRecords } from '../../otlp/lines/line-records.js';
import type { CommonAttributes } from './common-attributes.js';
import type { Config } from './config.js';

/** Writes lines that no operator looks at: their bytes go into the batch as they are. */
export class RawLines implements LineWriter {
  readonly holds = false;
  observedMs = 0;
  readonly #common: CommonAttributes;
  readonly #resource: ReadonlyMap<string, string>;
  readonly #encoding: TextEncoding;
  readonly #number: boolean;
  readonly #offset: boolean;
  readonly #builder = new LogBuilder(true);
  readonly #records: LineRecords | undefined;

  constructor(config: Config, common: CommonAttributes, resource: ReadonlyMap<string, string>, encoding: TextEncoding) {
    this.#common = common;
    this.#resource = resource;
    this.#encoding = encoding;
    this.#number = config.include_file_record_number;
    this.#offset = config.include_file_record_offset;
    this.#records = this.#number || this.#offset ? undefined : LineRecords.of({ kind: 'text' });
  }

  get size(): number {
    return this.#builder.size;
  }

  write(file: TrackedFile, bytes: Buffer, line: LineSplitter, position: number): void {
    const { start, end } = line;
    const { encoded } = this.#common.of(file);
    const builder = this.#builder;
    if (builder.itemCount === 0) this.#begin();
    const isText = this.#encoding.form.startsWith('utf-8') && line.isText;
    if (isText && !this.#number && !this.#offset) {
      builder.textRecord(this.observedMs, bytes, start, end, encoded);
      return;
    }
    builder.timelessRecord().observed(this.observedMs);
    if (isText) builder.textBody(bytes, start, end);
    else builder.exactBody(bodyOf(bytes, start, end, this.#encoding));
    builder.encoded(encoded, 0, encoded.length);
    if (this.#number) builder.attribute('log.file.record_number', file.records);
    if (this.#offset) builder.attribute('log.file.record_offset', position);
  }

  writeMany(file: TrackedFile, bytes: Buffer, lines: LineSplitter): boolean {
    const records = this.#records;
    if (!records || !lines.isPlain || !records.setBehind(this.#common.of(file).variants, [], this.observedMs))
      return true;
    records.read(bytes, lines);
    if (records.lines > 0) lines.moveTo(records.rest);
    file.records += records.lines;
    if (records.records > 0) {
      if (this.#builder.itemCount === 0) this.#begin();
      records.writeTo(this.#builder);
    }
    return records.isStuck;
  }

  finish(): Batch | undefined {
    return this.#builder.itemCount === 0 ? undefined : this.#builder.finish();
  }

  oldestHeld(): undefined {}

  dueAt(): number {
    return Number.POSITIVE_INFINITY;
  }

  flush(): void {}

  forget(file: TrackedFile): void {
    this.#common.forget(file);
  }

  #begin(): void {
    const builder = this.#builder.resource();
    for (const [key, value] of this.#resource) builder.attribute(key, value);
    builder.scope('');
  }
}

/** The body of a line that is not UTF-8, or not to be. */
export function bodyOf(bytes: Buffer, start: number, end: number, encoding: TextEncoding): string | Buffer | RawText {
  if (encoding.form === 'bytes') return Buffer.from(bytes.subarray(start, end));
  if (encoding.form === 'utf-8-raw') return new RawText(Buffer.from(bytes.subarray(start, end)));
  return encoding.decode(bytes, start, end);
}
