import { expect, test } from 'vitest';
import { renderMistakes, statementsIn } from './statement-texts.js';

test('a file has a statement in each line, which indented lines continue', () => {
  const content = '# Names\nset(span.name, "a")\n\nset(span.name, "b")\n  where span.kind == 1\n# end\n';
  expect(statementsIn('rules.txt', content)).toEqual([
    { text: 'set(span.name, "a")', source: 'rules.txt', line: 2 },
    { text: 'set(span.name, "b")\n  where span.kind == 1', source: 'rules.txt', line: 4 },
  ]);
});

test('mistakes are shown with their place', () => {
  const [written] = statementsIn('rules.txt', '\nset(span.name, "b")\n  where spn.kind == 1');
  const given = { text: 'sett(span.name)', source: 'statement 1', line: undefined };
  expect(
    renderMistakes([
      { message: 'unknown', written, offset: 28 },
      { message: 'no editor', written: given, offset: 0 },
      { message: 'an option', written: undefined, offset: undefined },
    ]),
  ).toBe(
    'rules.txt:3:9:\n    where spn.kind == 1\n          ^\n  unknown\n\n' +
      'statement 1, column 1:\n  sett(span.name)\n  ^\n  no editor\n\nan option',
  );
});
