import { MessageWriter } from '../build/message-writer.js';
import type { LogBuilder } from '../build/logs.js';
import { writeTime } from '../build/numbers.js';
import { tagOf } from '../fields.js';
import type { LineFields, LineForm, LineStep } from './line-form.js';
import { loadLineKernel, type LineKernel } from './line-kernel.js';

const observedTag = tagOf('LogRecord', 'observed_time_unix_nano');
const observedSize = 9;
/** Bytes of lines that are looked at in one call, and of records that are enough for one: both lie in a near cache. */
const chunkBytes = 128 * 1024;
const enoughBytes = 160 * 1024;
const noEnd = 0xffffffff;
const toEnd = 0xfffffffe;
/** Words that are known, and bytes of the longest. */
const mostWords = 500;
const longestWord = 8;

const kinds: Readonly<Record<LineForm['kind'], number>> = { text: 0, container: 1, json: 2, sequence: 3 };

/** Lines as a `LineSplitter` divides them where they end at line feeds and are UTF-8. */
export interface PlainLines {
  /** A number that no other bytes have. */
  readonly begun: number;
  readonly rest: number;
  readonly to: number;
  readonly trimsLeading: boolean;
  readonly trimsTrailing: boolean;
  readonly maxBytes: number;
}

/**
 * Writes log records of many lines in one call: the lines are divided, read and encoded by `wasm/lines`. It takes lines
 * of the usual form, and stops at any other: that one is for the code that knows all forms.
 *
 * @example
 * records.setBehind([attributes], observedMs);
 * records.read(bytes, splitter);
 * records.writeTo(builder);
 * splitter.moveTo(records.rest);
 */
export class LineRecords {
  /** Where the first line begins that was not taken. */
  rest = 0;
  /** Whether that is for others: it has an unusual form, or no end. Otherwise there may be more for the next call. */
  isStuck = false;
  readonly #kernel: LineKernel;
  readonly #memory: Buffer;
  readonly #form: LineForm;
  readonly #scratch = new MessageWriter(64);
  #behind: readonly Uint8Array[] = [];
  #behindEnds: readonly number[] = [];
  #taken = '';
  #trims: PlainLines | undefined = undefined;
  /** The bytes that lie in the input. */
  #begun = 0;
  #from = 0;
  #to = 0;

  private constructor(kernel: LineKernel, form: LineForm) {
    this.#kernel = kernel;
    this.#memory = Buffer.from(kernel.memory.buffer);
    this.#form = form;
  }

  /** Undefined on a machine that cannot run the module, and for a form that has too many parts for it. */
  static of(form: LineForm): LineRecords | undefined {
    const kernel = loadLineKernel();
    if (!kernel) return undefined;
    const records = new LineRecords(kernel, form);
    return records.#configure(form, []) ? records : undefined;
  }

  /** Lines of the last call, also empty ones, and those of them that became records. */
  get lines(): number {
    return this.#kernel.lines.value;
  }

  get records(): number {
    return this.#kernel.records.value;
  }

  /**
   * The fields of each record beside its line: attributes as `attributesFor` encodes them, for container lines those of
   * standard output and of standard error. `names`: of all of these. False when they do not fit.
   */
  setBehind(variants: readonly Uint8Array[], names: readonly string[], observedMs: number): boolean {
    const kernel = this.#kernel;
    const most = kernel.mostBehind.value;
    if (variants !== this.#behind) {
      if (variants.some(({ length }) => length + observedSize > most)) return false;
      if (!this.#takeNames(names)) return false;
      for (const [i, bytes] of variants.entries()) this.#memory.set(bytes, kernel.behindAt.value + i * most);
      this.#behind = variants;
      const ends = variants.map(({ length }) => length + observedSize);
      this.#behindEnds = variants.map(({ length }, i) => kernel.behindAt.value + i * most + length);
      kernel.setBehind(ends[0] ?? 0, ends[1] ?? 0);
    }
    for (const end of this.#behindEnds) {
      this.#scratch.tag(observedTag);
      writeTime(this.#scratch, observedMs, 0);
      this.#scratch.finishInto(this.#memory, end);
    }
    return true;
  }

  /** Makes records of lines of `bytes` from `rest` on. */
  read(bytes: Buffer, lines: PlainLines): void {
    const kernel = this.#kernel;
    if (this.#trims !== lines) {
      kernel.setTrimming(lines.trimsLeading, lines.trimsTrailing, lines.maxBytes);
      this.#trims = lines;
    }
    const { begun, rest, to } = lines;
    const isLoaded = this.#begun === begun && rest >= this.#from && rest < this.#to;
    if (!isLoaded) this.#load(bytes, lines);
    this.#run(rest);
    if (this.lines === 0 && isLoaded && this.#to < to && kernel.isOdd.value === 0) {
      this.#load(bytes, lines);
      this.#run(rest);
    }
    const isFull = kernel.written.value >= enoughBytes;
    this.isStuck = kernel.isOdd.value !== 0 || (!isFull && (this.lines === 0 || this.#to === to));
  }

  /** Writes what the last call made to a builder whose scope is open. */
  writeTo(builder: LogBuilder): void {
    const { output, written } = this.#kernel;
    builder.encodedRecords(this.#memory, output.value, output.value + written.value, this.records);
  }

  #run(from: number): void {
    const kind = kinds[this.#form.kind];
    this.rest = this.#from + this.#kernel.run(kind, from - this.#from, this.#to - this.#from, enoughBytes);
  }

  #load(bytes: Buffer, { begun, rest, to }: PlainLines): void {
    const end = Math.min(to, rest + chunkBytes);
    this.#memory.set(bytes.subarray(rest, end), this.#kernel.input.value);
    this.#begun = begun;
    this.#from = rest;
    this.#to = end;
  }

  /** Members of objects may not have the names of the other attributes. */
  #takeNames(names: readonly string[]): boolean {
    const form = this.#form;
    if (form.kind === 'text') return true;
    const taken = JSON.stringify(names);
    if (taken === this.#taken) return true;
    if (form.kind === 'sequence' && form.steps.some(({ closes }) => closes !== '' && names.includes(closes)))
      return false;
    this.#taken = taken;
    return this.#configure(form, names);
  }

  #configure(form: LineForm, taken: readonly string[]): boolean {
    const kernel = this.#kernel;
    if (form.kind === 'text') return true;
    if (form.kind === 'container') {
      kernel.setFormats(form.utc, form.offsets);
      return true;
    }
    const { time, severity } = form.fields;
    const own = form.kind === 'sequence' ? form.steps.map(({ closes }) => closes).filter((name) => name !== '') : [];
    const listed = form.kind === 'json' ? taken.filter((name) => name !== '') : own;
    const places = this.#putNames([...listed, time?.name ?? '', severity?.name ?? '']);
    if (places === undefined) return false;
    if (form.kind === 'json') kernel.setJson(form.ints, listed.length);
    else if (!this.#putSteps(form.steps, form.isWhole, places)) return false;
    return this.#putFields(form.fields, places.slice(listed.length));
  }

  /** Writes names one behind the other; where each lies, or undefined when there is no room. */
  #putNames(names: readonly string[]): readonly number[] | undefined {
    const { namesAt, mostNames } = this.#kernel;
    const places: number[] = [];
    let at = namesAt.value;
    for (const name of names) {
      const bytes = Buffer.from(name);
      if (at + 4 + bytes.length > namesAt.value + mostNames.value) return undefined;
      places.push(at);
      this.#memory.writeUInt32LE(bytes.length, at);
      this.#memory.set(bytes, at + 4);
      at += 4 + bytes.length;
    }
    return places;
  }

  #putSteps(steps: readonly LineStep[], isWhole: boolean, names: readonly number[]): boolean {
    const { stepsAt, mostSteps } = this.#kernel;
    if (steps.length > mostSteps.value) return false;
    let named = 0;
    for (const [i, { least, most, bytes, opens, closes }] of steps.entries()) {
      const at = stepsAt.value + i * (16 + bytes.length);
      // No byte of a line is a line feed.
      const takesAll = most === Number.POSITIVE_INFINITY && bytes.every((is, byte) => is === 1 || byte === 0x0a);
      this.#memory.writeUInt32LE(least, at);
      this.#memory.writeUInt32LE(takesAll ? toEnd : Math.min(most, noEnd), at + 4);
      this.#memory.writeUInt32LE(opens ? 1 : 0, at + 8);
      this.#memory.writeUInt32LE(closes === '' ? 0 : (names[named++] ?? 0), at + 12);
      this.#memory.set(bytes, at + 16);
    }
    this.#kernel.setSequence(steps.length, isWhole);
    return true;
  }

  #putFields({ time, severity }: LineFields, [timeName = 0, severityName = 0]: readonly number[]): boolean {
    const kernel = this.#kernel;
    if (time) this.#memory.set(time.form, kernel.timeFormAt.value);
    kernel.forgetDate();
    kernel.setFields(time ? timeName : 0, severity ? severityName : 0);
    let count = 0;
    for (const [word, number] of severity?.words ?? []) {
      const bytes = Buffer.from(word);
      if (bytes.length === 0 || bytes.length > longestWord || word.includes('\0') || ++count > mostWords) continue;
      this.#memory.set(bytes, kernel.input.value);
      kernel.addWord(kernel.input.value, bytes.length, number);
    }
    this.#begun = 0;
    return true;
  }
}
