import { key, type Key } from '../../otlp/view/key.js';
import type { Range } from '../../otlp/view/range.js';
import { pattern, type Pattern } from '../../pattern/pattern.js';
import type { ToAttributesConfig } from './config.js';

/** Names beyond this are left alone: a search would take too long at a time. Bytes. */
const longestName = 64 << 10;

interface Rule {
  readonly pattern: Pattern;
  /** By number of the group; undefined for one without a name. */
  readonly keys: readonly (Key | undefined)[];
}

/** Takes attributes out of the names of spans. */
export class SpanNameRules {
  readonly #rules: readonly Rule[];
  readonly #breaks: boolean;
  readonly #keepsName: boolean;

  /** @param keyOf - makes the key of an attribute that is set */
  constructor(config: ToAttributesConfig, keyOf: (name: string) => Key = key) {
    this.#rules = config.rules.map((source) => {
      const compiled = pattern(source);
      return { pattern: compiled, keys: compiled.groupNames.map((name) => (name === '' ? undefined : keyOf(name))) };
    });
    this.#breaks = config.break_after_match;
    this.#keepsName = config.keep_original_name;
  }

  /**
   * Calls `set` for each attribute, and returns the new name; undefined when no rule matches. `renamed`: the name where
   * it is not the one in the span any more.
   */
  apply(name: Range, renamed: string | undefined, set: (key: Key, text: string) => void): string | undefined {
    if ((renamed?.length ?? name.length) > longestName) return undefined;
    let text = renamed;
    let isMatched = false;
    for (const rule of this.#rules) {
      const matches =
        text === undefined ? rule.pattern.testBytes(name.bytes, name.start, name.end) : rule.pattern.test(text);
      if (!matches) continue;
      text ??= name.toString();
      const after = this.#applyRule(rule, text, set);
      isMatched = true;
      if (!this.#keepsName) text = after;
      if (this.#breaks) break;
    }
    return isMatched ? text : undefined;
  }

  /** The name with the groups replaced. Of groups within one another the outer one is. */
  #applyRule({ pattern: source, keys }: Rule, text: string, set: (key: Key, text: string) => void): string {
    const places = source.findPlaces(text);
    if (!places) return text;
    let result = '';
    let at = 0;
    for (let group = 1; group < keys.length; group++) {
      const name = keys[group];
      const from = places[group * 2] ?? -1;
      const to = places[group * 2 + 1] ?? -1;
      if (!name || from < 0) continue;
      set(name, text.slice(from, to));
      if (from < at) continue;
      result += `${text.slice(at, from)}{${name.text}}`;
      at = to;
    }
    return result + text.slice(at);
  }
}
