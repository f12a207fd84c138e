import type { Clock } from '../../component/clock.js';
import type { LineFields, LineForm } from '../../otlp/lines/line-form.js';
import { PatternError } from '../../pattern/pattern.js';
import type { LogEntry } from '../entry.js';
import type { EntryMap } from '../entry-map.js';
import { goTypeOf, entryText, type EntryValue } from '../entry-value.js';
import { compileField, type EntryField } from '../field.js';
import { plainProgram, type LineProgram } from '../line-program.js';
import { EntryFailure, type Operator, type OperatorVerdict } from '../operator.js';
import { EmbeddedStages } from './embedded.js';
import { FormatFailure } from './format-failure.js';
import type { ParserOptions } from './parser-options.js';
import type { EntryStage } from './stage.js';

/** Reads texts of one format. */
export interface EntryParser {
  /** The end of `type float64 cannot be parsed as ...`. */
  readonly as: string;
  /**
   * Adds to `target.map()` what the text says, once it is known to be good; what is not a map goes to `target.set`.
   * Throws a `FormatFailure` when it is not good.
   */
  parse(text: string, target: ParseTarget): void;
  /** The same for the body of an entry while it is a line in its bytes; false when `parse` must look at it. */
  parseLine?(entry: LogEntry, target: ParseTarget): boolean;
  /** Its work on the usual lines, as data; undefined where it cannot be given so. */
  formOf?(fields: LineFields): LineForm | undefined;
}

/** Where a parser writes. */
export class ParseTarget {
  readonly #to: EntryField;
  #entry: LogEntry | undefined;
  failure: EntryFailure | undefined;

  constructor(to: EntryField) {
    this.#to = to;
  }

  /** For the next text. */
  begin(entry: LogEntry): void {
    this.#entry = entry;
    this.failure = undefined;
  }

  get entry(): LogEntry {
    if (this.#entry === undefined) throw new Error('nothing is parsed now');
    return this.#entry;
  }

  map(): EntryMap {
    return this.#to.map(this.entry);
  }

  set(value: EntryValue): void {
    this.failure = this.#to.set(this.entry, value);
  }
}

/** An operator that parses the text of a field, and runs its blocks behind that. */
export class ParserOperator implements Operator {
  readonly #from: EntryField;
  readonly #target: ParseTarget;
  readonly #parser: EntryParser;
  readonly #stages: EntryStage;
  readonly #isOfLines: boolean;
  readonly #readsLines: boolean;

  constructor(parser: EntryParser, options: ParserOptions, clock: Clock) {
    this.#parser = parser;
    this.#from = compileField(options.parse_from || 'body');
    this.#target = new ParseTarget(compileField(options.parse_to || 'attributes'));
    this.#stages = new EmbeddedStages(options, clock);
    const to = options.parse_to || 'attributes';
    this.#isOfLines = this.#from.text === 'body' && to === 'attributes';
    this.#readsLines = parser.parseLine !== undefined && this.#from.text === 'body';
  }

  get program(): LineProgram | undefined {
    const { fields } = this.#stages;
    const form = this.#isOfLines && fields ? this.#parser.formOf?.(fields) : undefined;
    return form && plainProgram(form);
  }

  process(entry: LogEntry): OperatorVerdict {
    if (this.#readsLines && entry.isLine) {
      this.#target.begin(entry);
      if (this.#parser.parseLine?.(entry, this.#target) === true) return this.#stages.apply(entry);
    }
    const value = this.#from.get(entry);
    if (value === undefined) return missing(this.#from);
    const text = typeof value === 'string' ? value : entryText(value);
    if (text === undefined) return new EntryFailure(`type ${goTypeOf(value)} cannot be parsed as ${this.#parser.as}`);
    const target = this.#target;
    target.begin(entry);
    try {
      this.#parser.parse(text, target);
    } catch (error) {
      if (error instanceof FormatFailure || error instanceof PatternError) return new EntryFailure(error.message);
      throw error;
    }
    if (target.failure !== undefined) return new EntryFailure(`set parse_to: ${target.failure.message}`);
    return this.#stages.apply(entry);
  }
}

function missing({ text }: EntryField): EntryFailure {
  return new EntryFailure(`Entry is missing the expected parse_from field.: {"parse_from":${JSON.stringify(text)}}`);
}
