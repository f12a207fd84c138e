import { expect, test } from 'vitest';
import { rules } from '../all-rules.js';
import type { LintFinding } from '../finding.js';
import { ignoreRules } from '../ignore.js';
import { sarifReport } from './sarif.js';

const source = { name: 'deploy/my gateway.yaml', text: 'receivers:\n  otlp: {a: 1}\n' };
const finding: LintFinding = {
  ...{ id: 'open-receiver', severity: 'warning', path: 'receivers::otlp', message: 'is open', remedy: 'Close it.' },
  place: { source, start: 13, length: 4 },
};

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly suppressions?: unknown;
}
interface Log {
  readonly $schema: string;
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly name: string; readonly rules: readonly { readonly id: string }[] } };
    readonly columnKind: string;
    readonly results: readonly Result[];
  }[];
}

const report = {
  ...{ tiers: ['gateway'], unread: [], findings: [finding] },
  ignored: [{ ...finding, id: 'unused-component', severity: 'error' as const, reason: 'for the demo' }],
};

// The members that section 3 of the specification of SARIF 2.1.0 requires, and the values that it allows.
test('the log has what SARIF requires', () => {
  const log = JSON.parse(sarifReport(report, '1.2.3')) as Log;
  expect(log.version).toBe('2.1.0');
  expect(log.$schema).toMatch(/^https:\/\/.*sarif-2\.1\.0\.json$/);
  const [run] = log.runs;
  if (!run) throw new Error('there is no run');
  expect(run.columnKind).toBe('utf16CodeUnits');
  const { driver } = run.tool;
  expect(driver).toMatchObject({ name: 'kanmon', version: '1.2.3' });
  expect(driver.rules.map(({ id }) => id)).toEqual([...rules, ...ignoreRules].map(({ id }) => id));
  for (const rule of driver.rules)
    expect(rule).toEqual({
      id: rule.id,
      shortDescription: { text: expect.stringMatching(/\.$/) },
      helpUri: expect.stringMatching(new RegExp(`^https://.*/docs/lint/${rule.id}\\.md$`)),
      defaultConfiguration: { level: expect.stringMatching(/^(?:error|warning|note)$/) },
    });
  for (const result of run.results) expect(driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
});

test('a finding has its place, and one that is ignored its reason', () => {
  const { results } = (JSON.parse(sarifReport(report, '0')) as Log).runs[0] ?? { results: [] };
  const locations = [
    {
      physicalLocation: {
        artifactLocation: { uri: 'deploy/my%20gateway.yaml' },
        region: { startLine: 2, startColumn: 3, endLine: 2, endColumn: 7 },
      },
    },
  ];
  const message = { text: 'receivers::otlp: is open. Close it.' };
  expect(results).toEqual([
    { ruleId: 'open-receiver', ruleIndex: expect.any(Number), level: 'warning', message, locations },
    {
      ...{ ruleId: 'unused-component', ruleIndex: expect.any(Number), level: 'error', message, locations },
      suppressions: [{ kind: 'inSource', justification: 'for the demo' }],
    },
  ]);
});

test('a place that goes on over lines ends with its first', () => {
  const place = { source, start: 13, length: 200 };
  const log = JSON.parse(sarifReport({ ...report, findings: [{ ...finding, place }], ignored: [] }, '0')) as Log;
  expect(log.runs[0]?.results[0]).toMatchObject({
    locations: [{ physicalLocation: { region: { startLine: 2, startColumn: 3, endLine: 2, endColumn: 15 } } }],
  });
});
