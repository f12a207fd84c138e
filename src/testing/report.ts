import type { CaseResult } from './run-case.js';

/** The tests of one file. */
export interface FileResults {
  readonly file: string;
  readonly results: readonly CaseResult[];
}

/** Writes results for one kind of reader. */
export type WriteReport = (files: readonly FileResults[], paint: Paint) => string;

/** Puts colour on a text, or leaves it as it is. */
export type Paint = (colour: 'red' | 'green' | 'dim', text: string) => string;

const passed = ({ failures }: CaseResult): boolean => failures.length === 0;

const text: WriteReport = (files, paint) => {
  const all = files.flatMap(({ results }) => results);
  const failed = all.filter((one) => !passed(one)).length;
  const lines = files.flatMap(({ file, results }) => [
    file,
    ...results.flatMap((one) =>
      passed(one)
        ? [`  ${paint('green', 'ok')}      ${one.name}`]
        : [
            `  ${paint('red', 'failed')}  ${one.name}  ${paint('dim', one.place)}`,
            ...one.failures.flatMap((failure) => failure.split('\n').map((line) => `    ${coloured(line, paint)}`)),
          ],
    ),
  ]);
  return `${lines.join('\n')}\n${all.length - failed} passed, ${failed} failed\n`;
};

function coloured(line: string, paint: Paint): string {
  if (line.startsWith('  - ')) return paint('red', line);
  return line.startsWith('  + ') ? paint('green', line) : line;
}

/** Test Anything Protocol, version 14. */
const tap: WriteReport = (files) => {
  const all = files.flatMap(({ file, results }) => results.map((one) => ({ ...one, file })));
  const lines = all.flatMap((one, i) => {
    const name = `${one.file}: ${one.name}`.replaceAll(/[\\#]/g, String.raw`\$&`);
    if (passed(one)) return [`ok ${i + 1} - ${name}`];
    const details = one.failures.join('\n').split('\n');
    return [
      `not ok ${i + 1} - ${name}`,
      '  ---',
      `  at: ${JSON.stringify(one.place)}`,
      '  message: |-',
      ...details.map((line) => `    ${line}`),
      '  ...',
    ];
  });
  return ['TAP version 14', `1..${all.length}`, ...lines, ''].join('\n');
};

/** The XML of JUnit, as build servers read it. */
const junit: WriteReport = (files) => {
  const suites = files.map(({ file, results }) => {
    const failed = results.filter((one) => !passed(one)).length;
    const cases = results.map((one) => {
      const head = `    <testcase classname="${escaped(file)}" name="${escaped(one.name)}"`;
      if (passed(one)) return `${head}/>`;
      const [first = ''] = one.failures.join('\n').split('\n');
      return [
        `${head}>`,
        `      <failure message="${escaped(first)}">${escaped(`${one.place}\n${one.failures.join('\n')}`)}</failure>`,
        '    </testcase>',
      ].join('\n');
    });
    const counts = `tests="${results.length}" failures="${failed}"`;
    return [`  <testsuite name="${escaped(file)}" ${counts}>`, ...cases, '  </testsuite>'].join('\n');
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n');
};

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML has no way to write most control characters. */
function escaped(value: string): string {
  return value
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? '')
    .replaceAll(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, (character) => ('\n\t'.includes(character) ? character : '\uFFFD'));
}

export const reports: Readonly<Record<'text' | 'tap' | 'junit', WriteReport>> = { text, tap, junit };
