import { expect, test } from 'vitest';
import type { LintFinding } from './finding.js';
import { applyIgnores } from './ignore.js';

const known = new Set(['a-rule', 'b-rule']);

/** The findings that are left of one at each `!`, and the reasons of those that are not. */
function judged(
  text: string,
  id = 'a-rule',
): { readonly left: readonly string[]; readonly reasons: readonly string[] } {
  const source = { name: 'x.yaml', text };
  const findings = [...text.matchAll(/!/g)].map(({ index }): LintFinding => ({
    ...{ id, severity: 'error', path: '', message: 'm', remedy: 'r' },
    place: { source, start: index, length: 1 },
  }));
  const { findings: left, ignored } = applyIgnores(findings, [source], known);
  return { left: left.map((finding) => finding.id), reasons: ignored.map(({ reason }) => reason) };
}

test.each([
  ['key: "!" # kanmon-lint-ignore a-rule: why', ['why']],
  ['# kanmon-lint-ignore a-rule: why\nkey: "!"', ['why']],
  ['# kanmon-lint-ignore a-rule: why\n# more\n  # words\nkey: "!"', ['why']],
  ['# kanmon-lint-ignore-file a-rule: why\nx: 1\n\ny: "!"\nz: "!"', ['why', 'why']],
  ['a: "!"\nb: 1 # kanmon-lint-ignore-file a-rule: why: and more', ['why: and more']],
  ['#kanmon-lint-ignore a-rule why\nkey: "!"', ['why']],
])('%s', (text, reasons) => {
  expect(judged(text)).toEqual({ left: [], reasons });
});

test.each([
  ['# kanmon-lint-ignore a-rule\nkey: "!"', ['a-rule', 'ignore-without-reason']],
  ['# kanmon-lint-ignore a-rule:\nkey: "!"', ['a-rule', 'ignore-without-reason']],
  ['# kanmon-lint-ignore b-rule: why\nkey: "!"', ['a-rule', 'ignore-without-finding']],
  ['# kanmon-lint-ignore a-rule: why\nx: 1\nkey: "!"', ['a-rule', 'ignore-without-finding']],
  ['# kanmon-lint-ignore a-rule: why\n\nkey: "!"', ['a-rule', 'ignore-without-finding']],
  ['key: "!"\n# kanmon-lint-ignore c-rule: why', ['a-rule', 'ignore-without-finding']],
  ['key: "!"\nx: "# kanmon-lint-ignore a-rule: why"', ['a-rule']],
  ['key: "!"\nx: |\n  # kanmon-lint-ignore-file a-rule: why', ['a-rule']],
  ['key: "!" # kanmon-lint-ignored a-rule: why', ['a-rule']],
])('%s hides nothing', (text, left) => {
  expect(judged(text)).toEqual({ left, reasons: [] });
});
