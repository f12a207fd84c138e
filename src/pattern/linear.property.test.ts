import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isLinear } from './linear.js';
import { parse } from './parse.js';
import { isAnchored, type Repeat, type Syntax } from './syntax.js';

/** Characters of the longer text, which is three times as long as the shorter one. */
const longer = 450;

const atom = fc.constantFrom('a', 'b', 'ab', '.', '\\w', '[ab]', '[^a]', '[^b]', '\\d', 'x', '\\b', '$');
const times = fc.constantFrom('', '', '*', '+', '?', '*?', '+?', '{2}', '{1,3}', '{2,}');

const { source } = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(atom, times).map(([what, often]) => what + (what === '$' || what === '\\b' ? '' : often)),
    fc.array(tie('source'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    fc.tuple(tie('source'), times).map(([inner, often]) => `(?:${inner})${often}`),
    fc.array(tie('source'), { minLength: 2, maxLength: 3 }).map((parts) => `(?:${parts.join('|')})`),
  ),
}));

const unit = fc.constantFrom('a', 'b', 'ab', 'aab', '1', 'a1', 'xa', 'x', 'a ', 'abx', '\n');
const end = fc.constantFrom('', '!', 'b', '\n');

it('lets no pattern backtrack in more than linear time', () => {
  let proved = 0;
  fc.assert(
    fc.property(source, fc.boolean(), unit, end, (pattern, anchored, repeated, last) => {
      const syntax = parse((anchored ? '^' : '') + pattern);
      if (syntax === undefined || !isLinear(syntax)) return;
      proved++;
      const textOf = (length: number): string => repeated.repeat(Math.ceil(length / repeated.length)) + last;
      const few = stepsOf(syntax, textOf(longer / 3));
      const many = stepsOf(syntax, textOf(longer));
      // Linear is three times as many, quadratic nine times; few steps are few in any case.
      expect(many).toBeLessThan(Math.max(4 * few, 40 * longer));
    }),
    { numRuns: 2000 },
  );
  expect(proved).toBeGreaterThan(200);
});

/** Steps that a backtracking engine takes to find all matches. */
function stepsOf(syntax: Syntax, text: string): number {
  const attempt = new Attempt(text);
  const last = isAnchored(syntax) ? 0 : text.length;
  for (let at = 0; at <= last;) {
    const found = attempt.run(syntax, at);
    at = found === undefined || found === at ? at + 1 : found;
  }
  return attempt.steps;
}

type Next = (at: number) => boolean;

class Attempt {
  steps = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where the match ends. */
  run(syntax: Syntax, at: number): number | undefined {
    let end: number | undefined;
    this.#match(syntax, at, (place) => {
      end = place;
      return true;
    });
    return end;
  }

  #match(node: Syntax, at: number, next: Next): boolean {
    this.steps++;
    switch (node.kind) {
      case 'set':
        return isIn(node.set, this.#text.charCodeAt(at)) && next(at + 1);
      case 'assert':
        return this.#holds(node.place, at) && next(at);
      case 'concat':
        return this.#parts(node.parts, 0, at, next);
      case 'alternate':
        return node.branches.some((branch) => this.#match(branch, at, next));
      case 'capture':
        return this.#match(node.body, at, next);
      case 'repeat':
        return this.#repeat(node, 0, at, next);
    }
  }

  #parts(parts: readonly Syntax[], place: number, at: number, next: Next): boolean {
    const part = parts[place];
    return part === undefined ? next(at) : this.#match(part, at, (end) => this.#parts(parts, place + 1, end, next));
  }

  #repeat(node: Repeat, round: number, at: number, next: Next): boolean {
    const more = (): boolean =>
      round < node.max && this.#match(node.body, at, (end) => this.#repeat(node, round + 1, end, next));
    if (round < node.min) return more();
    return node.greedy ? more() || next(at) : next(at) || more();
  }

  #holds(place: string, at: number): boolean {
    if (place === 'text start') return at === 0;
    if (place === 'text end') return at === this.#text.length;
    return /\w/.test(this.#text[at - 1] ?? '') !== /\w/.test(this.#text[at] ?? '');
  }
}

function isIn(set: readonly number[], unit: number): boolean {
  for (let i = 0; i < set.length; i += 2) if (unit >= (set[i] ?? 0) && unit <= (set[i + 1] ?? 0)) return true;
  return false;
}
