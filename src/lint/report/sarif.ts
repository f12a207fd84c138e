import { positionOf, type Place } from '../../config/place.js';
import { rules } from '../all-rules.js';
import type { LintFinding } from '../finding.js';
import { ignoreRules } from '../ignore.js';
import type { LintReport } from '../lint.js';
import type { Severity } from '../rule.js';

const pages = 'https://github.com/kanmon-otel/kanmon/blob/main/docs/lint';
const levels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };

/** SARIF 2.1.0, as code hosts and editors read it. `version` is that of this program. */
export function sarifReport({ findings, ignored }: LintReport, version: string): string {
  const described = [...rules, ...ignoreRules].map(({ id, title, severity }) => ({
    id,
    shortDescription: { text: `${title}.` },
    helpUri: `${pages}/${id}.md`,
    defaultConfiguration: { level: levels[severity] },
  }));
  const indexes = new Map(described.map(({ id }, i) => [id, i]));
  const resultOf = (finding: LintFinding, reason?: string): Readonly<Record<string, unknown>> => ({
    ruleId: finding.id,
    ruleIndex: indexes.get(finding.id),
    level: levels[finding.severity],
    message: { text: `${finding.path === '' ? '' : `${finding.path}: `}${finding.message}. ${finding.remedy}` },
    locations: [
      { physicalLocation: { artifactLocation: { uri: uriOf(finding.place) }, region: regionOf(finding.place) } },
    ],
    ...(reason !== undefined && { suppressions: [{ kind: 'inSource', justification: reason }] }),
  });
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'kanmon', version, informationUri: `${pages}/README.md`, rules: described } },
        columnKind: 'utf16CodeUnits',
        results: [
          ...findings.map((finding) => resultOf(finding)),
          ...ignored.map((finding) => resultOf(finding, finding.reason)),
        ],
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

/** Relative to the working directory, with the separators of a URI. */
function uriOf({ source }: Place): string {
  return encodeURI(source.name.replaceAll('\\', '/')).replaceAll('#', '%23');
}

function regionOf(place: Place): Readonly<Record<string, number>> {
  const { line, column, text } = positionOf(place);
  const end = Math.min(column + place.length, text.length + 1);
  return { startLine: line, startColumn: column, endLine: line, endColumn: Math.max(column + 1, end) };
}
