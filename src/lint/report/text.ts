import type { Painter } from '../../component/colour.js';
import { shownExcerpt } from '../../config/fault.js';
import { positionOf } from '../../config/place.js';
import { maxShownFindings } from '../bounds.js';
import type { LintFinding } from '../finding.js';
import type { LintReport } from '../lint.js';
import { severities, type Severity } from '../rule.js';

const colours = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/** For people: `file:line:column: severity rule: key`, the line, what is wrong and what to do. */
export function textReport({ findings, ignored }: LintReport, paint: Painter): string {
  const blocks = findings.slice(0, maxShownFindings).map((finding) => `${shownFinding(finding, paint)}\n`);
  const more = findings.length - maxShownFindings;
  const rest = more > 0 ? [`${more} more are not shown\n`] : [];
  return [...blocks, ...rest, `${summaryOf(findings, ignored.length)}\n`].join('\n');
}

function shownFinding({ id, severity, place, path, message, remedy }: LintFinding, paint: Painter): string {
  const { line, column } = positionOf(place);
  const key = path === '' ? '' : `: ${path}`;
  return [
    `${place.source.name}:${line}:${column}: ${paint(colours[severity], severity)} ${id}${key}`,
    ...shownExcerpt({ path, message, place }),
    ...[...wrapped(sentence(message)), ...remedy.split('\n').flatMap(wrapped)].map((each) => `  ${each}`),
  ].join('\n');
}

/** Begins with a capital letter, unless it is a name, and ends with a point. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Columns of a line of words. */
const width = 100;

/** Breaks a text between words; a line of YAML, which is indented, stays whole. */
function wrapped(text: string): string[] {
  if (text.startsWith(' ')) return [text];
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current];
}

function summaryOf(findings: readonly LintFinding[], ignored: number): string {
  const counted = severities.toReversed().map((severity) => countOf(findings, severity));
  return `${counted.join(', ')}${ignored === 0 ? '' : `, ${ignored} ignored`}`;
}

function countOf(findings: readonly LintFinding[], severity: Severity): string {
  const count = findings.filter((finding) => finding.severity === severity).length;
  return severity === 'info' ? `${count} info` : `${count} ${severity}${count === 1 ? '' : 's'}`;
}
