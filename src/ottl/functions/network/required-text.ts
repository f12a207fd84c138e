/** Texts of which each match of a pattern contains one; undefined when nothing is known. */
export type RequiredTexts = readonly string[] | undefined;

/**
 * Finds the longest texts that a match must contain. Looking for them is much cheaper than running the pattern. The
 * pattern is one that compiles; what is not understood counts as nothing.
 */
export function requiredTexts(source: string): RequiredTexts {
  return source.includes('(?i') ? undefined : new RequiredTextReader(source).alternatives();
}

class RequiredTextReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** One of the branches up to a closing parenthesis or the end has to be there. */
  alternatives(): RequiredTexts {
    let all: string[] | undefined = [];
    for (;;) {
      const branch = this.#branch();
      if (branch === undefined) all = undefined;
      else all?.push(...branch);
      if (this.#source[this.#at] !== '|') return all;
      this.#at++;
    }
  }

  #branch(): RequiredTexts {
    let best: RequiredTexts;
    let run = '';
    const endRun = (): void => {
      if (run !== '') best = better(best, [run]);
      run = '';
    };
    while (this.#at < this.#source.length && !'|)'.includes(this.#here)) {
      if (this.#here === '(') {
        endRun();
        const group = this.#group();
        if (!this.#isOptional()) best = better(best, group);
        this.#skipQuantifier();
        continue;
      }
      const text = this.#character();
      // A character that may come often ends a run, behind it if it comes at least once.
      if (text !== '' && !this.#isOptional()) run += text;
      const isRepeated = this.#skipQuantifier();
      if (text === '' || isRepeated) endRun();
    }
    endRun();
    return best;
  }

  #group(): RequiredTexts {
    this.#at++;
    const prefix = /^\?(?::|P?<\w+>)/.exec(this.#source.slice(this.#at, this.#at + 40))?.[0] ?? '';
    this.#at += prefix.length;
    const texts = this.alternatives();
    this.#at++;
    return texts;
  }

  /** The text that an atom stands for; '' for one that can be several. */
  #character(): string {
    const character = this.#here;
    this.#at++;
    if (character === '[') this.#skipClass();
    if (character === '\\') {
      const escaped = this.#here;
      this.#at++;
      return /[A-Za-z0-9]/.test(escaped) ? '' : escaped;
    }
    return '[.^$'.includes(character) ? '' : character;
  }

  #skipClass(): void {
    if (this.#here === '^') this.#at++;
    // A bracket that stands first is one of the characters.
    if (this.#here === ']') this.#at++;
    for (; this.#at < this.#source.length && this.#here !== ']'; this.#at++) if (this.#here === '\\') this.#at++;
    this.#at++;
  }

  #isOptional(): boolean {
    return (
      /^(?:[?*]|\{0?,)/.test(this.#source.slice(this.#at, this.#at + 3)) || this.#source.startsWith('{0', this.#at)
    );
  }

  #skipQuantifier(): boolean {
    const quantifier = /^(?:[?*+]|\{\d*(?:,\d*)?\})\??/.exec(this.#source.slice(this.#at, this.#at + 20))?.[0] ?? '';
    this.#at += quantifier.length;
    return quantifier !== '';
  }

  get #here(): string {
    return this.#source.charAt(this.#at);
  }
}

function better(one: RequiredTexts, other: RequiredTexts): RequiredTexts {
  if (one === undefined || other === undefined) return one ?? other;
  return shortest(other) > shortest(one) ? other : one;
}

function shortest(texts: readonly string[]): number {
  return Math.min(...texts.map(({ length }) => length));
}
