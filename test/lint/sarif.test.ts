import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { expect, test } from 'vitest';
import { sarifReport } from '../../src/lint/report/sarif.js';
import { linted } from '../support/lint.js';

const require = createRequire(import.meta.url);
const corpus = path.join(import.meta.dirname, 'corpus');

/** The schema of SARIF 2.1.0. It is of JSON Schema's draft 4, whose words that it has mean the same today. */
function sarifSchema(): ValidateFunction {
  const file = require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const text = fs.readFileSync(file, 'utf8');
  const { $schema: draft, id, ...schema } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  expect([draft, id]).toEqual([expect.stringContaining('draft-04'), expect.stringContaining('sarif-2.1.0')]);
  // Formats, of URIs and times, are not checked; a pattern of it is none in Unicode mode.
  return new Ajv.default({ strict: false, allErrors: true, validateFormats: false, unicodeRegExp: false }).compile(
    schema,
  );
}

const validate = sarifSchema();

test.each(fs.readdirSync(corpus))('SARIF of %s fits the schema of OASIS', async (set) => {
  const folder = path.join(corpus, set);
  const [line = ''] = fs.readFileSync(path.join(folder, 'expected.txt'), 'utf8').split('\n', 1);
  const report = await linted(line.replace(/^\$ kanmon lint /, ''), folder);
  const log = JSON.parse(sarifReport(report, '0.1.0')) as { readonly runs: readonly { readonly results: unknown[] }[] };
  expect(log.runs[0]?.results).toHaveLength(report.findings.length + report.ignored.length);
  validate(log);
  expect(validate.errors ?? []).toEqual([]);
});

test('the schema refuses what is no SARIF', () => {
  const run = { tool: { driver: { name: 'kanmon' } } };
  const isValid = (result: object): boolean => validate({ version: '2.1.0', runs: [{ ...run, results: [result] }] });
  expect(isValid({ message: { text: 'a' }, level: 'note' })).toBe(true);
  expect(isValid({ message: { text: 'a' }, level: 'info' })).toBe(false);
  expect(isValid({ level: 'note' })).toBe(false);
  expect(isValid({ message: { text: 'a' }, place: 1 })).toBe(false);
  const region = { startLine: 0 };
  expect(isValid({ message: { text: 'a' }, locations: [{ physicalLocation: { region } }] })).toBe(false);
});
