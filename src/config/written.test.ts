import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Document, Scalar } from 'yaml';
import { ConfigValueError, type TextFault } from '../component/config-value-error.js';
import { defineExporter, defineReceiver } from '../component/define.js';
import { group, list, secret, text, type Schema } from '../component/schema/schema.js';
import type { Components } from './components.js';
import { render } from './fault.js';
import { loadConfig } from './load.js';
import type { ScalarNode } from './node.js';
import { parseYaml } from './yaml/parse.js';
import { scalarOffsets } from './yaml/scalar-offsets.js';

/** The scalar under the key `a`, and where each of its characters is written. */
function offsetsIn(yaml: string): { node: ScalarNode; written: string; offsets: readonly number[] } | undefined {
  const parsed = parseYaml({ name: 'f', text: yaml });
  const node = parsed.ok && parsed.node.kind === 'map' ? parsed.node.entries.get('a')?.node : undefined;
  if (node?.kind !== 'scalar' || !node.written) return undefined;
  const { place } = node;
  const written = place.source.text.slice(place.start, place.start + place.length);
  return { node, written, offsets: scalarOffsets(written, node.written.style, node.written.text) ?? [] };
}

const someText = fc.string({
  unit: fc.constantFrom(
    ...['a', 'b', 'é', '😀', '"', "'", '\\', '$', '#', ':', '-', ' ', ' ', '\n', '\n', '\t', '\u0085'],
  ),
  maxLength: 60,
});

test.each(['PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'] as const)(
  'every character of a value written as %s is found where it is written',
  (type) => {
    let used = 0;
    fc.assert(
      fc.property(someText, fc.constantFrom(20, 80, 0), fc.constantFrom('\n', '\r\n'), (value, lineWidth, newline) => {
        const scalar = new Scalar(value);
        scalar.type = type;
        const yaml = new Document({ a: scalar, z: 1 })
          .toString({ lineWidth, minContentWidth: 0 })
          .replaceAll('\n', newline);
        const found = offsetsIn(yaml);
        // The writer picks another style for what this one can't hold, or is wrong; nothing can be wrong at one place
        // of blanks alone.
        if (found?.node.written?.text !== value || value.trim() === '') return fc.pre(false);
        const { node, written, offsets } = found;
        if (
          node.written?.style ===
          {
            PLAIN: 'plain',
            QUOTE_SINGLE: 'single',
            QUOTE_DOUBLE: 'double',
            BLOCK_LITERAL: 'literal',
            BLOCK_FOLDED: 'folded',
          }[type]
        )
          used++;
        expect(offsets).toHaveLength(value.length + 1);
        for (let i = 0; i < value.length; i++) {
          const at = offsets[i] ?? -1;
          expect(at).toBeGreaterThanOrEqual(offsets[i - 1] ?? 0);
          if (/\s/.test(value.charAt(i))) continue;
          const escaped = written.charAt(at) === '\\' && node.written?.style === 'double';
          if (!escaped) expect(written.charAt(at)).toBe(value.charAt(i));
        }
      }),
      { numRuns: 400 },
    );
    expect(used).toBeGreaterThan(50);
  },
);

test.each<[string, string, string, number, number]>([
  ['plain over two lines', 'a: set(x,\n   1))\n', 'set(x, 1))', 2, 6],
  ['plain in flow', '{a: set(x y)) , b: 1}', 'set(x y))', 1, 13],
  ['single quoted', "a: 'it''s wrong)'\n", "it's wrong)", 1, 16],
  ['double quoted', 'a: "\\tx \\u00e9\\x41 \\\n    wrong)"\n', '\tx éA wrong)', 2, 10],
  ['literal', 'a: |\n  one\n\n    two)\nz: 1\n', 'one\n\n  two)\n', 4, 8],
  ['literal that begins with more blanks', 'a: |2-\n    one\n  two)\n', '  one\ntwo)', 3, 6],
  ['folded', 'a: >-\n  one\n  two\n\n  three)\n', 'one two\nthree)', 5, 8],
  ['folded with a line that is not', 'a: >\n  one\n   more\n  two)\n', 'one\n more\ntwo)\n', 4, 6],
  ['with an anchor and a tag', 'a: &x !!str "two)"\n', 'two)', 1, 17],
  ['with a byte that is a CR', 'a: |\r\n  one\r\n  two)\r\n', 'one\ntwo)\n', 3, 6],
])('%s: the place of the last parenthesis', (_style, yaml, value, line, column) => {
  const found = offsetsIn(yaml);
  expect(found?.node.value).toBe(value);
  const at = (found?.node.place.start ?? 0) + (found?.offsets[value.lastIndexOf(')')] ?? -1);
  const before = yaml.slice(0, at);
  expect([before.split('\n').length, at - before.lastIndexOf('\n')]).toEqual([line, column]);
});

/** A statement in which `!` is the fault. */
function wrong(value: string): TextFault | undefined {
  const offset = value.indexOf('!');
  return offset < 0 ? undefined : { message: 'unexpected "!"', at: { offset } };
}

interface Statements {
  readonly statements: readonly string[];
  readonly key: string;
}

const config: Schema<Statements> = group<Statements>(
  { statements: list(text('', undefined, wrong)), key: secret('') },
  ({ key }, report) => {
    if (key.includes('!')) report('no key', ['key'], { offset: key.indexOf('!') });
  },
);
const telemetry = { metrics: [], reasons: {} };
const components: Components = {
  receivers: new Map([
    [
      'nop',
      defineReceiver({
        type: 'nop',
        stability: { traces: 'Stable' },
        config: group({}),
        telemetry,
        create: () => ({}),
      }),
    ],
  ]),
  processors: new Map(),
  exporters: new Map([
    [
      'probe',
      defineExporter({
        type: 'probe',
        stability: { traces: 'Stable' },
        config,
        telemetry,
        create: () => ({ consume: () => Promise.resolve() }),
      }),
    ],
  ]),
  connectors: new Map(),
  extensions: new Map(),
};

const around = (body: string): string =>
  `receivers: {nop: }\nexporters:\n  probe:\n${body}\nservice: {pipelines: {traces: {receivers: [nop], exporters: ` +
  `[probe]}}}\n`;

async function said(body: string, env: Record<string, string> = {}): Promise<string> {
  const { message } = await loadConfig(
    { uris: ['env:CONFIG'], sets: [], gates: [] },
    { components, environment: { env: { CONFIG: around(body), ...env }, fetch } },
  ).then(
    () => new Error(''),
    (error: Error) => error,
  );
  return message.split('\n').slice(2).join('\n');
}

test('a schema that names characters of a text gets a caret under them', async () => {
  expect(await said('    statements:\n    - |\n      set(a, 1)\n        where b ! c\n    - ok')).toBe(
    [
      'env:CONFIG:7:17: exporters::probe::statements[0]: unexpected "!"',
      '  7 |         where b ! c',
      '    |                 ^',
    ].join('\n'),
  );
});

test('$$ counts as one character, and what one variable stands for is shown with a caret of its own', async () => {
  expect(await said('    statements: ["$$1 $$2 !"]')).toContain(
    '\n  4 |     statements: ["$$1 $$2 !"]\n    |                           ^',
  );
  expect(await said('    statements: ["${env:STATEMENT}"]', { STATEMENT: 'set(a,\n  1 !)' })).toBe(
    [
      'env:CONFIG:4:19: exporters::probe::statements[0]: unexpected "!" (the value came from ${env:STATEMENT})',
      '  4 |     statements: ["${env:STATEMENT}"]',
      '    |                   ^^^^^^^^^^^^^^^^',
      '  line 2, column 5 of the value:',
      '  2 | ******',
      '    |     ^',
    ].join('\n'),
  );
});

test('a text around variables: the fault is in the text, or in one of them', async () => {
  const env = { A: 'some$thing', B: 'b !', C: '${env:B}', API_TOKEN: 'abc' };
  expect(await said('    statements: ["${env:A} ${env:A} $$ !"]', env)).toContain('[0]: unexpected "!"\n');
  expect(await said('    statements: ["${env:A} ${env:A} $$ !"]', env)).toContain(
    '\n  4 |     statements: ["${env:A} ${env:A} $$ !"]\n    |                                        ^',
  );
  const inside = await said('    statements: ["x ${env:API_TOKEN} ${env:C} y"]', env);
  expect(inside).toBe(
    [
      'env:CONFIG:4:38: exporters::probe::statements[0]: unexpected "!" (the value came from ${env:C})',
      '  4 |     statements: ["x ${env:API_TOKEN} ${env:C} y"]',
      '    |                                      ^^^^^^^^',
      '  line 1, column 9 of the value:',
      '  1 | x *** *** y',
      '    |         ^',
    ].join('\n'),
  );
});

test('a secret is not shown, whatever reports a place in it', async () => {
  for (const body of ['    key: "abc!"', '    key: ${env:K}', '    statements: ["${env:DB_PASSWORD}"]']) {
    const message = await said(body, { K: 'abc!', DB_PASSWORD: 'abc!' });
    expect(message).toContain('env:CONFIG:4:');
    expect(message).not.toContain('abc!');
  }
});

test('a value from a list that a variable stands for', async () => {
  const message = await said('    statements: ${env:LIST}', { LIST: '["a", "b ! c"]' });
  expect(message).toBe(
    [
      'env:CONFIG:4:17: exporters::probe::statements[1]: unexpected "!" (the value came from ${env:LIST})',
      '  4 |     statements: ${env:LIST}',
      '    |                 ^^^^^^^^^^^',
      '  line 1, column 3 of the value:',
      '  1 | *****',
      '    |   ^',
    ].join('\n'),
  );
});

test('a component that is being created names characters too, and the place behind the last one', async () => {
  const { exporters } = await loadConfig(
    { uris: ['env:CONFIG'], sets: [], gates: [] },
    { components, environment: { env: { CONFIG: around("    statements: ['it''s', \"set(\"]") }, fetch } },
  );
  const error = new ConfigValueError('what', ['statements', 1], 'Close it.', { at: { offset: 4 } });
  const fault = exporters.get('probe')?.fault(error.path, 'written here', error.hint, error.at);
  expect(fault && render(fault)).toBe(
    [
      'env:CONFIG:4:32: exporters::probe::statements[1]: written here',
      "  4 |     statements: ['it''s', \"set(\"]",
      '    |                                ^',
      '  Close it.',
    ].join('\n'),
  );
  const range = exporters.get('probe')?.fault(['statements', 0], 'x', undefined, { offset: 2, length: 2 });
  expect(range && render(range)).toContain(`\n    | ${' '.repeat(20)}^^^`);
  const beyond = exporters.get('probe')?.fault(['statements', 0], 'x', undefined, { offset: 50 });
  expect(beyond && render(beyond)).toContain(`\n    | ${' '.repeat(17)}^^^^^^^`);
});
