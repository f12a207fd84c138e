import { positionOf } from '../../config/place.js';
import type { LintFinding } from '../finding.js';
import type { LintReport } from '../lint.js';

/** For programs: the findings, and those that comments ignore. */
export function jsonReport({ tiers, findings, ignored }: LintReport): string {
  const report = {
    tiers,
    findings: findings.map(asJson),
    ignored: ignored.map((finding) => ({ ...asJson(finding), reason: finding.reason })),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function asJson({ id, severity, place, path, message, remedy }: LintFinding): Readonly<Record<string, unknown>> {
  const { line, column } = positionOf(place);
  return { id, severity, file: place.source.name, line, column, key: path, message, remedy };
}
