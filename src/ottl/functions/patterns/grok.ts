import type { Pattern } from '../../../pattern/pattern.js';
import { pattern, PatternError } from '../../../pattern/pattern.js';
import { goQuoted } from '../../../strconv/quoted.js';
import { OttlError } from '../../ottl-error.js';
import { parseBool, parseFloat64, parseInt64 } from '../../parse-number.js';
import type { Value } from '../../value.js';
import { grokPatterns } from './grok-patterns.js';

/** `%{NAME}`, `%{NAME:field}` or `%{NAME:field:type}`. */
const use = /%\{(\w+)(?::([\w+.]+)(?::(\w+))?)?\}/g;
/** Stands for a point in the name of a group, in which Go has only letters, digits and `_`. */
const point = '___';
/** Characters of a pattern with all names replaced, and levels of names within names. */
const longestPattern = 65_536;
const deepest = 64;

type Convert = (text: string) => Value;

/** A pattern in the language of grok: regular expressions with names for parts, and types for the texts found. */
export class Grok {
  readonly #pattern: Pattern;
  readonly #types: ReadonlyMap<string, string>;

  /** With `namedOnly` the names that name no field are no fields. Throws a `PatternError`. */
  constructor(source: string, namedOnly: boolean, own: ReadonlyMap<string, string>) {
    const expansion = new Expansion(namedOnly, own);
    this.#pattern = pattern(expansion.expand(source, 0));
    this.#types = expansion.types;
  }

  get hasFields(): boolean {
    return this.#pattern.groupNames.some((name) => name !== '');
  }

  /** The fields of a text that matches; empty ones are left out. Throws an `OttlError` for a text of a wrong type. */
  fields(text: string): Map<string, Value> {
    const fields = new Map<string, Value>();
    const { groupNames } = this.#pattern;
    const match = this.hasFields ? this.#pattern.find(text) : undefined;
    if (match === undefined) return fields;
    for (const [number, name] of groupNames.entries()) {
      const found = match.groups[number];
      if (name === '' || found === undefined || found === '') continue;
      fields.set(name.replaceAll(point, '.'), this.#converted(name, found));
    }
    return fields;
  }

  #converted(name: string, found: string): Value {
    const type = this.#types.get(name);
    if (type === undefined) return found;
    const convert = conversions.get(type);
    if (convert === undefined) throw new OttlError(`invalid type for ${name}: type not specified`);
    return convert(found);
  }
}

const conversions: ReadonlyMap<string, Convert> = new Map<string, Convert>([
  ['string', (text) => text],
  ['int', integerOf],
  ['long', integerOf],
  ['float', parseFloat64],
  ['double', parseFloat64],
  ['bool', parseBool],
  ['boolean', parseBool],
]);

function integerOf(text: string): bigint {
  try {
    return parseInt64(text);
  } catch (error) {
    throw error instanceof OttlError ? new OttlError(error.message.replace('ParseInt', 'Atoi')) : error;
  }
}

/** Puts definitions in the place of names. */
class Expansion {
  readonly types: Map<string, string> = new Map();
  readonly #namedOnly: boolean;
  readonly #own: ReadonlyMap<string, string>;
  #length = 0;

  constructor(namedOnly: boolean, own: ReadonlyMap<string, string>) {
    this.#namedOnly = namedOnly;
    this.#own = own;
  }

  expand(source: string, depth: number): string {
    this.#length += source.length;
    if (this.#length > longestPattern || depth > deepest)
      throw new PatternError(
        `the pattern has more than ${longestPattern} characters, or its names go round in circles`,
      );
    return source.replace(use, (_, name: string, field: string | undefined, type: string | undefined) => {
      const definition = this.#own.get(name) ?? grokPatterns.get(name);
      if (definition === undefined)
        throw new PatternError(`pattern definition ${goQuoted(name)} unknown: parsing failed`);
      const inner = this.expand(definition, depth + 1);
      if (field === undefined) return this.#namedOnly ? `(?:${inner})` : `(?P<${name}>${inner})`;
      const group = field.replaceAll('.', point);
      if (type !== undefined) this.types.set(group, type);
      return `(?P<${group}>${inner})`;
    });
  }
}
