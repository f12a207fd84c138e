import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { parse } from 'yaml';

import { pattern, type Pattern } from '../../../pattern/pattern.js';
import { requiredTexts, type RequiredTexts } from './required-text.js';

/** A rule of uap-core: a pattern, and what stands for the name and the numbers of its version instead of its groups. */
export class UserAgentRule {
  readonly replacements: readonly (string | undefined)[];
  readonly #source: string;
  readonly #required: RequiredTexts;
  #pattern: Pattern | undefined;

  constructor(source: string, replacements: readonly (string | undefined)[]) {
    this.#source = source;
    this.#required = requiredTexts(source);
    this.replacements = replacements;
  }

  /** The groups of the first match. */
  match(text: string): readonly (string | undefined)[] | undefined {
    if (this.#required?.some((part) => text.includes(part)) === false) return undefined;
    // Most of the thousand rules are never reached.
    this.#pattern ??= pattern(this.#source);
    return this.#pattern.find(text)?.groups;
  }
}

export interface UserAgentRules {
  readonly browsers: readonly UserAgentRule[];
  readonly systems: readonly UserAgentRule[];
}

let rules: UserAgentRules | undefined;

/** The rules of the uap-core package, read when they are asked for first. */
export function userAgentRules(): UserAgentRules {
  if (rules !== undefined) return rules;
  const file = createRequire(import.meta.url).resolve('uap-core/regexes.yaml');
  const document = parse(readFileSync(file, 'utf8')) as Readonly<
    Record<string, readonly Readonly<Record<string, string>>[]>
  >;
  rules = {
    browsers: rulesOf(document['user_agent_parsers'], 'family_replacement', 'v'),
    systems: rulesOf(document['os_parsers'], 'os_replacement', 'os_v'),
  };
  return rules;
}

function rulesOf(
  entries: readonly Readonly<Record<string, string>>[] | undefined,
  name: string,
  version: string,
): readonly UserAgentRule[] {
  return (entries ?? []).map((entry) => {
    const numbers = [1, 2, 3, 4].map((number) => entry[`${version}${number}_replacement`]);
    return new UserAgentRule(entry['regex'] ?? '', [entry[name], ...numbers]);
  });
}
