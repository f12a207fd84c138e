import type { TextFault } from '../../component/config-value-error.js';
import { any, choice, flag, group, map, type Report, type Schema, type Shape } from '../../component/schema/schema.js';
import type { LineFields } from '../../otlp/lines/line-form.js';
import type { LogEntry } from '../entry.js';
import { goTypeOf, entryText, type EntryValue } from '../entry-value.js';
import { compileField, fieldOption, type EntryField } from '../field.js';
import { EntryFailure } from '../operator.js';
import { reportMissing } from '../operator-options.js';
import { absentField } from './absent-field.js';
import { presetLevels, severityNames, severityOf } from './severity-levels.js';
import type { EntryStage } from './stage.js';

/** docs/spec/agent.md#stanza-operators, the severity block. */
export interface SeverityOptions {
  readonly parse_from: string;
  readonly preset: 'default' | 'none' | 'otel';
  readonly mapping: Readonly<Record<string, unknown>>;
  readonly overwrite_text: boolean;
}

export const severityShape: Shape<SeverityOptions> = {
  parse_from: fieldOption('', { about: 'Field with the severity.' }),
  preset: choice(['default', 'none', 'otel'], 'default', {
    about:
      'Words known beside those of `mapping`: the 24 names of OpenTelemetry and their numbers (`otel`), also ' +
      '`warning` and `err` (`default`), or none.',
  }),
  mapping: map(any(), {
    about:
      'By severity (`trace` to `fatal4`) the values that mean it: a word or number, a range `{min, max}`, `2xx` to ' +
      '`5xx`, or a list of these.',
  }),
  overwrite_text: flag(false, { about: 'The text becomes the name of the severity, such as `ERROR`.' }),
};

/** Words that are remembered, with those of the mapping: their letters may be of any case. */
const mostWords = 1000;
/** The most values that a range of a mapping may have. */
const longestRange = 100_000;

export function checkSeverity(options: SeverityOptions, report: Report): void {
  const { mapping } = options;
  reportMissing(options, { parse_from: "missing required field 'parse_from'" }, report);
  for (const [alias, values] of Object.entries(mapping)) {
    const at = ['mapping', alias];
    if (severityOf(alias) === undefined)
      report(`unknown severity ${JSON.stringify(alias)}`, at, undefined, `One of ${severityNames.join(', ')}.`);
    for (const [i, value] of listed(values).entries()) {
      const fault = valueFault(value);
      if (fault !== undefined) report(fault.message, Array.isArray(values) ? [...at, i] : at, undefined, fault.hint);
    }
  }
}

export const severityBlock: Schema<SeverityOptions> = group<SeverityOptions>(severityShape, checkSeverity);

const classes = ['2xx', '3xx', '4xx', '5xx'];

interface Range {
  readonly min: number;
  readonly max: number;
}

function listed(values: unknown): readonly unknown[] {
  return Array.isArray(values) ? values : [values];
}

function rangeOf(value: unknown): Range | undefined {
  if (typeof value !== 'object' || value === null || !('min' in value) || !('max' in value)) return undefined;
  const { min, max } = value;
  if (!isWhole(min) || !isWhole(max)) return undefined;
  return min <= max ? { min, max } : { min: max, max: min };
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

function valueFault(value: unknown): TextFault | undefined {
  if (typeof value === 'string' || isWhole(value) || typeof value === 'bigint') return undefined;
  const range = rangeOf(value);
  const hint = 'Write a word, a whole number, {min: 1, max: 5}, 2xx, or a list of these.';
  if (range === undefined) return { message: `type ${configType(value)} cannot be parsed as a severity`, hint };
  if (range.max - range.min < longestRange) return undefined;
  return { message: `a range of more than ${longestRange} numbers`, hint: 'Name a smaller one.' };
}

function configType(value: unknown): string {
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (value === null || value === undefined) return '<nil>';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

/** Makes the stage; the options were checked. */
export function severityStage({ parse_from, preset, mapping, overwrite_text }: SeverityOptions): EntryStage {
  const levels = presetLevels(preset);
  for (const [alias, values] of Object.entries(mapping))
    for (const value of listed(values)) for (const word of wordsOf(value)) levels.set(word, severityOf(alias) ?? 0);
  return new WrittenSeverity(compileField(parse_from), levels, overwrite_text);
}

function* wordsOf(value: unknown): Generator<string> {
  if (typeof value === 'string' && classes.includes(value)) {
    const first = Number(value.charAt(0)) * 100;
    for (let number = first; number < first + 100; number++) yield String(number);
    return;
  }
  const range = rangeOf(value);
  if (range === undefined) yield String(value).toLowerCase();
  else for (let number = range.min; number <= range.max; number++) yield String(number);
}

class WrittenSeverity implements EntryStage {
  readonly #from: EntryField;
  /** By words in small letters, and some in others. */
  readonly #levels: Map<string, number>;
  readonly #overwrite: boolean;

  constructor(from: EntryField, levels: Map<string, number>, overwrite: boolean) {
    this.#from = from;
    this.#levels = levels;
    this.#overwrite = overwrite;
  }

  get fields(): LineFields | undefined {
    const name = this.#from.attribute;
    if (name === undefined || this.#overwrite) return undefined;
    const words = new Map<string, number>();
    for (const [word, level] of this.#levels)
      for (const written of [word, word.toUpperCase(), word.charAt(0).toUpperCase() + word.slice(1)])
        if (this.#levels.get(written.toLowerCase()) === level) words.set(written, level);
    return { severity: { name, words } };
  }

  apply(entry: LogEntry): EntryFailure | undefined {
    const value = this.#from.get(entry);
    if (value === undefined) return absentField(this.#from);
    const text = writtenAs(value);
    if (text instanceof EntryFailure) return text;
    const severity = this.#levels.get(text) ?? this.#levelOf(text);
    entry.severity = severity;
    entry.severityText = this.#overwrite && severity > 0 ? (severityNames[severity - 1] ?? '').toUpperCase() : text;
    return undefined;
  }

  /** Of a text in letters of another case, which is remembered. */
  #levelOf(text: string): number {
    const level = this.#levels.get(text.toLowerCase());
    if (level === undefined) return 0;
    if (this.#levels.size < mostWords) this.#levels.set(text, level);
    return level;
  }
}

function writtenAs(value: EntryValue): string | EntryFailure {
  const text = entryText(value);
  if (text !== undefined) return text;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value !== 'number') return new EntryFailure(`parse: type ${goTypeOf(value)} cannot be a severity`);
  if (Number.isInteger(value)) return String(BigInt(value));
  return new EntryFailure('parse: type float64 cannot be a severity unless it is a whole number');
}
