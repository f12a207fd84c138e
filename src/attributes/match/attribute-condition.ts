import { ConfigValueError } from '../../component/config-value-error.js';
import type { AttributedView } from '../../otlp/view/attributes.js';
import { key, type Key } from '../../otlp/view/key.js';
import { ValueView } from '../../otlp/view/value.js';
import { PatternError } from '../../pattern/pattern.js';
import { attributeValue } from '../attribute-value.js';
import type { AttributeMatch } from './match-config.js';
import { TextMatcher, type MatchType } from './text-matcher.js';
import { anyValue, matchingValue, sameValue, type ValueCondition } from './value-condition.js';

type Path = readonly (string | number)[];

/** A condition on the attribute with a key. */
export interface AttributeCondition {
  readonly key: Key;
  readonly value: ValueCondition;
}

/** Conditions on attributes, all of which must hold. */
export class RequiredAttributes {
  readonly list: readonly AttributeCondition[];
  readonly #value: ValueView = new ValueView();

  /** `path`: of the list in the configuration. Throws a `ConfigValueError`. */
  constructor(type: MatchType, matches: readonly AttributeMatch[], path: Path) {
    this.list = matches.map((match, i) => condition(type, match, [...path, i]));
  }

  matches(attributed: AttributedView): boolean {
    for (let i = 0; i < this.list.length; i++) {
      const { key: name, value } = this.list[i] as AttributeCondition;
      if (!attributed.attribute(name, this.#value) || !value.matches(this.#value)) return false;
    }
    return true;
  }
}

function condition(type: MatchType, { key: name, value }: AttributeMatch, path: Path): AttributeCondition {
  if (name === '') throw new ConfigValueError('missing required field "key"', path);
  const wanted = attributeValue(value);
  if (wanted === undefined) return { key: key(name), value: anyValue };
  if (type === 'strict') return { key: key(name), value: sameValue(wanted) };
  if (typeof wanted !== 'string')
    throw new ConfigValueError('a pattern is a text', [...path, 'value'], 'Write the value in quotes.');
  return { key: key(name), value: atPath([...path, 'value'], () => matchingValue(wanted)) };
}

/** Names the place of a pattern that cannot be used. */
export function atPath<T>(path: Path, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ConfigValueError(error.message, path, undefined, { cause: error });
  }
}

/** Texts of a list; a pattern that cannot be used is a fault at its own place. */
export function textSet(type: MatchType, texts: readonly string[], path: Path): TextMatcher {
  for (const [i, text] of texts.entries()) atPath([...path, i], () => new TextMatcher(type, [text]));
  return new TextMatcher(type, texts);
}
