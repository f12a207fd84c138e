import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CompiledPattern } from './compiled-pattern.js';
import { takeGroupNames } from './group-names.js';
import { allMatches } from './match.js';
import { Re2Engine } from './re2-engine.js';
import { findsLiteral, literalsOf } from './literal.js';
import { parse } from './parse.js';
import { forTest } from './simplify.js';

const atom = fc.constantFrom(
  ...['a', 'b', 'ab', '.', '\\d', '\\w', '\\s', '\\D', '\\W', '[ab]', '[^a]', '[a-c1]', 'é', '😀', '[é-ü]', '[^😀]'],
  ...['^', '$', '\\b', '\\B', '\\A', '\\z', '(?m:^)', '(?m:$)', '(?s:.)', '(?i:k)', '(?i:[a-s])', '\\Qa.\\E', '\\n'],
  ...['[[:alpha:]]', '[^[:space:]]', '\\x{e9}', '(?i)', '(?U)', '(?s-i)', '\\.', 'foo'],
);
const times = fc.constantFrom('', '', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{2,}', '{0,2}?');

const { source } = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(atom, times).map(([what, often]) => what + (/^\(\?[a-zA-Z-]+\)$/.test(what) ? '' : often)),
    fc.array(tie('source'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    fc.tuple(tie('source'), times).map(([inner, often]) => `(${inner})${often}`),
    fc.tuple(tie('source'), times).map(([inner, often]) => `(?:${inner})${often}`),
    fc.array(tie('source'), { minLength: 2, maxLength: 3 }).map((parts) => parts.join('|')),
  ),
}));

const text = fc
  .array(fc.constantFrom('a', 'b', 'c', '1', ' ', '\n', 'é', '😀', 'K', '\u212a', 'S', '.', '_', 'foo', 'ü'), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));

it('finds with V8 what re2js finds', () => {
  let onV8 = 0;
  fc.assert(
    fc.property(source, fc.array(text, { minLength: 1, maxLength: 4 }), (pattern, texts) => {
      const compiled = compile(pattern);
      if (compiled === undefined) return;
      const re2 = new Re2Engine(takeGroupNames(pattern).source, pattern);
      if (compiled.isOnV8.find) onV8++;
      for (const some of texts) {
        const matches = [...allMatches(some, re2.search(some, true))];
        expect(compiled.findAll(some).map(plain)).toEqual(matches.map(plain));
        expect(compiled.test(some)).toBe(matches.length > 0);
        const places = compiled.findPlaces(some);
        const texts = places?.flatMap((start, i) =>
          i % 2 > 0 ? [] : [start < 0 ? undefined : some.slice(start, places[i + 1])],
        );
        expect(texts).toEqual(matches[0]?.groups);
        const bytes = Buffer.from(`-${some}-`);
        expect(compiled.testBytes(bytes, 1, bytes.length - 1)).toBe(matches.length > 0);
        expect(compiled.replaceAllWith(some, ({ groups }) => `<${groups[1]}>`)).toBe(replaced(some, matches));
      }
    }),
    { numRuns: 1500 },
  );
  expect(onV8).toBeGreaterThan(300);
});

it('finds literals where V8 finds them', () => {
  fc.assert(
    fc.property(source, text, (pattern, some) => {
      const compiled = compile(pattern);
      const syntax = compiled && parse(pattern);
      const literals = syntax && literalsOf(forTest(syntax));
      if (compiled === undefined || literals === undefined) return;
      const bytes = Buffer.from(some);
      expect(findsLiteral(literals, bytes, 0, bytes.length)).toBe(compiled.test(some));
    }),
    { numRuns: 1500 },
  );
});

function compile(pattern: string): CompiledPattern | undefined {
  try {
    return new CompiledPattern(pattern);
  } catch {
    return undefined;
  }
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

function plain({ start, end, groups }: Found): Found {
  return { start, end, groups: [...groups] };
}

function replaced(some: string, matches: readonly Found[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, groups } of matches) {
    result += `${some.slice(at, start)}<${groups[1]}>`;
    at = end;
  }
  return result + some.slice(at);
}
