import { parseByteSize } from '../../../component/schema/byte-size.js';
import type { LogEntry } from '../../entry.js';
import { goTypeOf, entryText, type EntryValue } from '../../entry-value.js';
import { compileField, type EntryField } from '../../field.js';
import { HeldTexts } from '../../held-text.js';
import type { LineProgram, TextAttribute } from '../../line-program.js';
import { EntryFailure, type Operator, type OperatorPlace, type OperatorVerdict } from '../../operator.js';
import { EmbeddedStages } from '../../parse/embedded.js';
import { FormatFailure } from '../../parse/format-failure.js';
import type { ParserOptions } from '../../parse/parser-options.js';
import { CriLine } from './cri-line.js';
import { DockerLine, dockerMembers } from './docker-line.js';
import { LineTime, type ContainerFormat } from './line-time.js';
import { PodResources } from './pod-path.js';

export interface ContainerOptions {
  readonly format: '' | ContainerFormat;
  readonly add_metadata_from_filepath: boolean;
  readonly max_log_size: string;
}

const pathAttribute = 'log.file.path';
const streamAttribute = 'log.iostream';
const tagAttribute = 'logtag';
/** Attributes that a line has while the blocks of the parser run. */
const lineAttributes = ['time', 'stream', 'log'] as const;

/** Parts of a line wait for the last one as long as this, milliseconds. */
const patience = 5000;

/** The attributes that a whole line adds, of standard output and of standard error. */
const variants: readonly (readonly TextAttribute[])[] = ['stdout', 'stderr'].map((stream) => [
  [tagAttribute, 'F'],
  [streamAttribute, stream],
]);

/** Reads lines of Docker, containerd and cri-o where they lie in the bytes, and joins the parts of the latter two. */
export class Container implements Operator {
  readonly holding: HeldTexts;
  readonly #id: string;
  readonly #format: '' | ContainerFormat;
  readonly #from: EntryField;
  readonly #isOfBody: boolean;
  readonly #stages: EmbeddedStages | undefined;
  readonly #pods: PodResources | undefined;
  readonly #cri = new CriLine();
  readonly #docker = new DockerLine();
  readonly #time = new LineTime();

  constructor(options: ContainerOptions & ParserOptions, place: OperatorPlace) {
    this.#id = place.id;
    this.#format = options.format;
    this.#from = compileField(options.parse_from || 'body');
    this.#isOfBody = this.#from.text === 'body';
    const { timestamp, severity, trace, scope_name } = options;
    this.#stages =
      (timestamp ?? severity ?? trace ?? scope_name) ? new EmbeddedStages(options, place.clock) : undefined;
    this.#pods = options.add_metadata_from_filepath ? new PodResources() : undefined;
    this.holding = new HeldTexts(
      {
        field: compileField('body'),
        between: '',
        maxTexts: 1000,
        maxUnmatched: 0,
        maxBytes: parseByteSize(options.max_log_size) ?? 0,
        maxSources: 1000,
        patience,
      },
      place,
    );
  }

  /** Lines of containerd and cri-o that are whole; nothing is held of the file meanwhile. */
  get program(): LineProgram | undefined {
    const format = this.#format;
    if (!this.#isOfBody || this.#stages !== undefined || format === 'docker') return undefined;
    return {
      form: { kind: 'container', utc: format !== 'crio', offsets: format !== 'containerd' },
      begin: (entry) => {
        const { attributes } = entry;
        if (attributes.has(tagAttribute) || attributes.has(streamAttribute)) return undefined;
        return this.#names(entry) === undefined ? variants : undefined;
      },
    };
  }

  process(entry: LogEntry): OperatorVerdict {
    if (this.#isOfBody && entry.isLine) return this.#line(entry, entry.line, entry.lineStart, entry.lineEnd);
    const value = this.#from.get(entry);
    if (value === undefined) return this.#undetected('entry cannot be parsed as container logs');
    const text = entryText(value);
    if (text === undefined) return this.#undetected(`type '${goTypeOf(value)}' cannot be parsed as container logs`);
    const bytes = Buffer.from(text);
    return this.#line(entry, bytes, 0, bytes.length);
  }

  #undetected(why: string): EntryFailure {
    return new EntryFailure(this.#format === '' ? `failed to detect a valid container log format: ${why}` : why);
  }

  #line(entry: LogEntry, bytes: Buffer, from: number, to: number): OperatorVerdict {
    const format = this.#format;
    if (format === 'docker' || (format === '' && bytes[from] === 0x7b && from < to))
      return this.#dockerLine(entry, bytes, from, to);
    const cri = this.#cri;
    const wanted = format === '' ? undefined : format === 'containerd';
    if (!cri.read(bytes, from, to) || (wanted !== undefined && cri.isUtc !== wanted)) {
      if (format !== '') return new EntryFailure('regex pattern does not match');
      return this.#undetected(`entry cannot be parsed as container logs: ${bytes.toString('utf8', from, to)}`);
    }
    return this.#criLine(entry, bytes, from, to);
  }

  #criLine(entry: LogEntry, bytes: Buffer, from: number, to: number): OperatorVerdict {
    const { timeEnd, stream, tagStart, tagEnd, messageStart, isUtc } = this.#cri;
    const tag = tagOf(bytes, tagStart, tagEnd);
    const { attributes } = entry;
    attributes.set(tagAttribute, tag);
    const failure = this.#before(entry, bytes, [from, timeEnd], stream, [messageStart, to], false);
    if (!this.#time.read(bytes, from, timeEnd, isUtc ? 'containerd' : 'crio')) {
      setLine(entry, bytes.toString('utf8', from, timeEnd), stream, bytes.toString('utf8', messageStart, to));
      return new EntryFailure(`failed to parse time: ${this.#time.fault}`);
    }
    entry.setTime(this.#time.seconds, this.#time.nanos);
    if (entry.isLine && entry.line === bytes) entry.narrowLine(messageStart, to);
    else entry.body = bytes.toString('utf8', messageStart, to);
    attributes.set(streamAttribute, stream);
    return failure ?? this.#names(entry) ?? this.#joined(entry, tag === 'F');
  }

  #dockerLine(entry: LogEntry, bytes: Buffer, from: number, to: number): OperatorVerdict {
    const line = this.#docker;
    if (!line.read(bytes, from, to)) return this.#dockerJson(entry, bytes.toString('utf8', from, to));
    const { timeStart, timeEnd, stream, messageStart, messageEnd, endsLine } = line;
    const failure = this.#before(entry, bytes, [timeStart, timeEnd], stream, [messageStart, messageEnd], endsLine);
    const message = bytes.toString('utf8', messageStart, messageEnd);
    const log = endsLine ? `${message}\n` : message;
    if (!this.#time.read(bytes, timeStart, timeEnd, 'docker')) {
      setLine(entry, bytes.toString('utf8', timeStart, timeEnd), stream, log);
      return new EntryFailure(`failed to parse time: ${this.#time.fault}`);
    }
    entry.setTime(this.#time.seconds, this.#time.nanos);
    entry.body = log;
    entry.attributes.set(streamAttribute, stream);
    return failure ?? this.#names(entry);
  }

  /** A line of Docker that has escapes, further members, or others. */
  #dockerJson(entry: LogEntry, text: string): OperatorVerdict {
    let members;
    try {
      members = dockerMembers(text);
    } catch (error) {
      if (error instanceof FormatFailure) return new EntryFailure(error.message);
      throw error;
    }
    const { attributes } = entry;
    for (const [name, value] of members) attributes.set(name, value);
    const failure = this.#stages?.apply(entry);
    const time = members.get('time');
    const written = time === undefined ? undefined : entryText(time);
    if (written === undefined) return new EntryFailure('failed to parse time: the line has none');
    const bytes = Buffer.from(written);
    if (!this.#time.read(bytes, 0, bytes.length, 'docker'))
      return new EntryFailure(`failed to parse time: ${this.#time.fault}`);
    entry.setTime(this.#time.seconds, this.#time.nanos);
    attributes.delete('time');
    if (!attributes.has('log')) return new EntryFailure('move: field log does not exist');
    entry.body = attributes.get('log') ?? null;
    attributes.delete('log');
    if (!attributes.has('stream')) return new EntryFailure('move: field stream does not exist');
    attributes.set(streamAttribute, attributes.get('stream') ?? null);
    attributes.delete('stream');
    return failure ?? this.#names(entry);
  }

  /** Runs the blocks of the parser, which see the parts of the line as attributes. */
  #before(
    entry: LogEntry,
    bytes: Buffer,
    time: readonly [number, number],
    stream: string,
    message: readonly [number, number],
    endsLine: boolean,
  ): EntryFailure | undefined {
    if (this.#stages === undefined) return undefined;
    const log = bytes.toString('utf8', ...message);
    setLine(entry, bytes.toString('utf8', ...time), stream, endsLine ? `${log}\n` : log);
    const failure = this.#stages.apply(entry);
    for (const name of lineAttributes) entry.attributes.delete(name);
    return failure;
  }

  #names(entry: LogEntry): EntryFailure | undefined {
    const pods = this.#pods;
    if (pods === undefined) return undefined;
    const path: EntryValue | undefined = entry.attributes.get(pathAttribute);
    if (path === undefined)
      return new EntryFailure(
        `operator '${this.#id}' has 'add_metadata_from_filepath' enabled, but the log record attribute ` +
          `'${pathAttribute}' is missing. Perhaps enable the 'include_file_path' option?`,
      );
    if (typeof path !== 'string')
      return new EntryFailure(`type '${goTypeOf(path)}' cannot be parsed as log path field`);
    const resource = pods.resourceFor(path, entry.resource);
    if (resource === undefined) return new EntryFailure('failed to detect a valid log path');
    entry.resource = resource;
    return undefined;
  }

  /** A line that is whole goes on; a part waits for the last one of its file. */
  #joined(entry: LogEntry, isLast: boolean): OperatorVerdict {
    const path = entry.attributes.get(pathAttribute);
    const key = typeof path === 'string' ? path : '';
    if (isLast && !this.holding.has(key)) return undefined;
    this.holding.add(key, entry, entryText(entry.body) ?? '', isLast);
    if (isLast) this.holding.flushKey(key);
    return 'held';
  }
}

function setLine({ attributes }: LogEntry, time: string, stream: string, log: string): void {
  attributes.set('time', time);
  attributes.set('stream', stream);
  attributes.set('log', log);
}

/** The usual tags without making a string. */
function tagOf(bytes: Buffer, from: number, to: number): string {
  if (to === from + 1) {
    if (bytes[from] === 0x46) return 'F';
    if (bytes[from] === 0x50) return 'P';
  }
  return bytes.toString('utf8', from, to);
}
