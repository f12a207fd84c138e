import type { ReceiverLedger } from '../../component/ledger.js';
import type { Logger } from '../../component/telemetry.js';
import type { OperatorChain } from '../../entries/chain.js';
import { EntryGroups } from '../../entries/entry-groups.js';
import type { EntryValue } from '../../entries/entry-value.js';
import { LogEntry } from '../../entries/entry.js';
import type { LineProgram } from '../../entries/line-program.js';
import { EntryFailure } from '../../entries/operator.js';
import type { LineWriter } from '../../files/line-writer.js';
import type { TrackedFile } from '../../files/tracked-file.js';
import type { LineSplitter } from '../../lines/line-splitter.js';
import type { TextEncoding } from '../../lines/text-encoding.js';
import type { Batch } from '../../otlp/batch.js';
import { exactAttributesFor } from '../../otlp/build/builder.js';
import { LineRecords } from '../../otlp/lines/line-records.js';
import { setAttributes, type CommonAttributes, type OfFile } from './common-attributes.js';
import type { Config } from './config.js';
import { bodyOf } from './raw-lines.js';
import type { StaticValues } from './static-values.js';

export interface OperatedParts {
  readonly chain: OperatorChain;
  readonly common: CommonAttributes;
  readonly attributes: StaticValues;
  readonly resource: StaticValues;
  readonly encoding: TextEncoding;
  readonly logger: Logger;
  readonly ledger: ReceiverLedger;
}

/** The fields of a file's records beside their lines. */
interface Beginning {
  readonly resource: ReadonlyMap<string, EntryValue>;
  /** Attributes as they are encoded, for each variant of the lines, and the names of all of them. */
  readonly variants: readonly Uint8Array[];
  readonly names: readonly string[];
}

/** Sends each line through the operators. One entry serves for all of them. */
export class OperatedLines implements LineWriter {
  readonly holds: boolean;
  observedMs = 0;
  readonly #parts: OperatedParts;
  readonly #number: boolean;
  readonly #offset: boolean;
  readonly #isUtf8: boolean;
  readonly #entry = new LogEntry();
  readonly #groups = new EntryGroups();
  readonly #sink = (entry: LogEntry): void => this.#groups.add(entry);
  readonly #fixedResource: ReadonlyMap<string, EntryValue>;
  /** The operators' work on the usual lines, and the writer of their records. */
  readonly #program: LineProgram | undefined;
  readonly #records: LineRecords | undefined;
  readonly #beginnings: WeakMap<OfFile, Beginning | undefined> = new WeakMap();

  constructor(config: Config, parts: OperatedParts) {
    this.#parts = parts;
    this.holds = !parts.chain.isEmpty;
    this.#number = config.include_file_record_number;
    this.#offset = config.include_file_record_offset;
    this.#isUtf8 = parts.encoding.form.startsWith('utf-8');
    this.#fixedResource = new Map(parts.resource.fixed);
    const varies = parts.attributes.variable.length > 0 || parts.resource.variable.length > 0;
    this.#program = varies || this.#number || this.#offset ? undefined : parts.chain.program;
    this.#records = this.#program && LineRecords.of(this.#program.form);
  }

  get size(): number {
    return this.#groups.size;
  }

  write(file: TrackedFile, bytes: Buffer, line: LineSplitter, position: number): void {
    const { chain, common, encoding } = this.#parts;
    const entry = this.#entry;
    const { start, end } = line;
    if (this.#isUtf8 && line.isText) entry.startLine(bytes, start, end);
    else entry.start(bodyOf(bytes, start, end, encoding));
    entry.observedMs = this.observedMs;
    entry.source = file;
    entry.position = position;
    entry.resource = this.#fixedResource;
    const failure = this.#addVariable(entry);
    if (failure) {
      this.#refuse(file, failure);
      return;
    }
    setAttributes(entry, common.of(file));
    if (this.#number) entry.attributes.set('log.file.record_number', BigInt(file.records));
    if (this.#offset) entry.attributes.set('log.file.record_offset', BigInt(position));
    chain.process(entry, this.#sink);
  }

  writeMany(file: TrackedFile, bytes: Buffer, lines: LineSplitter): boolean {
    const records = this.#records;
    if (!records || !lines.isPlain || this.oldestHeld(file) !== undefined) return true;
    const beginning = this.#beginningOf(file);
    if (!beginning || !records.setBehind(beginning.variants, beginning.names, this.observedMs)) return true;
    records.read(bytes, lines);
    if (records.lines > 0) lines.moveTo(records.rest);
    file.records += records.lines;
    if (records.records > 0) this.#groups.addRecords(beginning.resource, records);
    return records.isStuck;
  }

  finish(): Batch | undefined {
    return this.#groups.itemCount === 0 ? undefined : this.#groups.finish();
  }

  oldestHeld(file: TrackedFile): number | undefined {
    return this.#parts.chain.oldestHeld(file);
  }

  dueAt(): number {
    return this.#parts.chain.dueAt();
  }

  flush(now: number): void {
    this.#parts.chain.flush(now, this.#sink);
  }

  forget(file: TrackedFile): void {
    this.#parts.common.forget(file);
  }

  /** The fields of a file's records beside their lines; undefined when each must go through the operators. */
  #beginningOf(file: TrackedFile): Beginning | undefined {
    const common = this.#parts.common.of(file);
    if (this.#beginnings.has(common)) return this.#beginnings.get(common);
    const entry = this.#entry;
    entry.start(null);
    entry.resource = this.#fixedResource;
    setAttributes(entry, common);
    const added = this.#program?.begin(entry);
    const made = added && {
      resource: entry.resource,
      variants: added.map((list) => Buffer.concat([common.encoded, exactAttributesFor('LogRecord', list)])),
      names: [...common.entries, ...added.flat()].map(([name]) => name),
    };
    this.#beginnings.set(common, made);
    return made;
  }

  /** Adds what expressions give for this line. */
  #addVariable(entry: LogEntry): EntryFailure | undefined {
    const { attributes, resource } = this.#parts;
    for (const [key, template] of attributes.variable) {
      const value = template.text(entry);
      if (value instanceof EntryFailure) return value;
      entry.attributes.set(key, value);
    }
    for (const [key, template] of resource.variable) {
      const value = template.text(entry);
      if (value instanceof EntryFailure) return value;
      entry.ownResource().set(key, value);
    }
    return undefined;
  }

  #refuse(file: TrackedFile, failure: EntryFailure): void {
    this.#parts.ledger.refused(1, 'not_text');
    this.#parts.logger.error('failed to emit token', { path: file.path, error: failure.message });
  }
}
