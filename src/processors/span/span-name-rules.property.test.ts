import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backing } from '../../otlp/view/backing.js';
import type { Key } from '../../otlp/view/key.js';
import { Range } from '../../otlp/view/range.js';
import { SpanNameRules } from './span-name-rules.js';

const runs = Number(process.env['KANMON_FUZZ_RUNS'] ?? 300);

const rule = fc.constantFrom(
  ...[
    '(?P<id>\\d+)',
    '^/(?P<first>[^/]*)',
    '(?P<a>x|é)(?P<b>/)',
    '/(?P<last>[^/]+)$',
    '(?P<outer>x(?P<inner>\\d*))',
    'é(\\w)?(?P<tail>.*)',
  ],
);
const name = fc
  .array(fc.constantFrom('/', 'x', '7', '12', 'é', '😀', 'user', '{', '}'), { maxLength: 8 })
  .map((parts) => parts.join(''));

interface Expected {
  readonly name: string | undefined;
  readonly set: readonly (readonly [string, string])[];
}

/** The same with JavaScript's own expressions. */
function reference(rules: readonly string[], before: string, breaks: boolean, keeps: boolean): Expected {
  const set: [string, string][] = [];
  let text = before;
  let isMatched = false;
  for (const source of rules) {
    const names = [...source.matchAll(/\((?:\?P<(\w+)>|(?!\?))/g)].map(([, group]) => group);
    const match = new RegExp(source.replaceAll('?P<', '?<'), 'du').exec(text);
    if (!match) continue;
    isMatched = true;
    let result = '';
    let at = 0;
    for (const [i, group] of names.entries()) {
      const place = match.indices?.[i + 1];
      if (group === undefined || !place) continue;
      set.push([group, text.slice(...place)]);
      if (place[0] < at) continue;
      result += `${text.slice(at, place[0])}{${group}}`;
      at = place[1];
    }
    if (!keeps) text = result + text.slice(at);
    if (breaks) break;
  }
  return { name: isMatched ? text : undefined, set };
}

test('rules make of a name what a plain reference makes of it', () => {
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 3 }),
      name,
      fc.boolean(),
      fc.boolean(),
      (rules, text, breaks, keeps) => {
        const bytes = Buffer.from(text);
        const backing = new Backing();
        backing.bytes = bytes;
        const set: [string, string][] = [];
        const applied = new SpanNameRules({ rules, break_after_match: breaks, keep_original_name: keeps }).apply(
          new Range().move(backing, 0, bytes.length),
          undefined,
          (key: Key, value: string) => void set.push([key.text, value]),
        );
        expect({ name: applied, set }).toEqual(reference(rules, text, breaks, keeps));
      },
    ),
    { numRuns: runs },
  );
});
