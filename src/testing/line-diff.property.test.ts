import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDiff } from './line-diff.js';

const texts = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 7 })
  .map((lines) => lines.map((line, i) => `${line}${i % 2}`).join('\n'));

test('what goes and what comes are the two texts', () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const lines = lineDiff(before, after);
      if (before === after) expect(lines).toEqual([]);
      // Texts of a few lines are shown whole, unless a change is far from one end.
      else if (before.split('\n').length <= 4 && after.split('\n').length <= 4) {
        const side = (without: string): string =>
          lines.flatMap((line) => (line.startsWith(without) ? [] : [line.slice(2)])).join('\n');
        expect([side('+'), side('-')]).toEqual([before, after]);
      }
    }),
  );
});

test('lines far from a change are left out', () => {
  const before = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  const after = before.map((line, i) => (i === 2 || i === 17 ? `${line}!` : line));
  expect(lineDiff(before.join('\n'), after.join('\n'))).toEqual([
    ...['  line 0', '  line 1', '- line 2', '+ line 2!', '  line 3', '  line 4', '  line 5', '  ...'],
    ...['  line 14', '  line 15', '  line 16', '- line 17', '+ line 17!', '  line 18', '  line 19'],
  ]);
});
