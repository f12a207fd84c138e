import { pattern, type Pattern } from '../../../pattern/pattern.js';
import type { LineFields, LineForm } from '../../../otlp/lines/line-form.js';
import { formatFailure } from '../../parse/format-failure.js';
import type { ParseTarget, EntryParser } from '../../parse/parser.js';
import { MatchCache } from './match-cache.js';

type Groups = readonly (string | undefined)[];

/** Named groups of the leftmost match; of equal names the last group counts, and one that took no part is ''. */
export class RegexParser implements EntryParser {
  readonly as = 'regex';
  readonly #pattern: Pattern;
  readonly #names: readonly string[];
  /** Numbers of the groups. */
  readonly #numbers: readonly number[];
  readonly #cache: MatchCache | undefined;

  constructor(source: string, cacheSize: number) {
    this.#pattern = pattern(source);
    const named = [...this.#pattern.groupNames.entries()].filter(([, name]) => name !== '');
    this.#names = named.map(([, name]) => name);
    this.#numbers = named.map(([number]) => number);
    this.#cache = cacheSize > 0 ? new MatchCache(cacheSize) : undefined;
  }

  formOf(fields: LineFields): LineForm | undefined {
    const { sequence, groupNames } = this.#pattern;
    if (sequence === undefined || new Set(this.#names).size < this.#names.length) return undefined;
    const steps = sequence.steps.map((step) => ({ ...step, closes: groupNames[step.closes] ?? '' }));
    return { kind: 'sequence', steps, isWhole: sequence.isWhole, fields };
  }

  parse(text: string, target: ParseTarget): void {
    const groups = this.#cache?.get(text) ?? this.#find(text);
    const map = target.map();
    for (let i = 0; i < this.#names.length; i++) map.set(this.#names[i] ?? '', groups[this.#numbers[i] ?? 0] ?? '');
  }

  #find(text: string): Groups {
    const groups = this.#pattern.findGroups(text);
    if (groups === undefined) throw formatFailure('regex pattern does not match');
    this.#cache?.add(text, groups);
    return groups;
  }
}
