import type { Source } from '../config/place.js';
import { lineOf, positionOf } from '../config/place.js';
import { commentsOf } from '../config/yaml/comments.js';
import { maxIgnoredLines, maxIgnores, LintTooLarge } from './bounds.js';
import type { LintFinding } from './finding.js';
import type { Severity } from './rule.js';
import type { Spot } from './setting.js';

/** A comment that says why a finding is meant to be there. */
interface Ignore extends Spot {
  /** The rule that it names. */
  readonly id: string;
  readonly reason: string;
  readonly source: Source;
  /** The lines whose findings it is about; undefined: the whole file. */
  readonly lines: readonly [first: number, last: number] | undefined;
}

/** Rules for the ignore comments themselves. They can't be ignored. */
export const ignoreRules: readonly { readonly id: string; readonly severity: Severity; readonly title: string }[] = [
  { id: 'ignore-without-reason', severity: 'error', title: 'An ignore comment has no reason' },
  { id: 'ignore-without-finding', severity: 'warning', title: 'An ignore comment hides nothing' },
];

export interface Judged {
  readonly findings: readonly LintFinding[];
  /** Those that a comment with a reason is about. */
  readonly ignored: readonly (LintFinding & { readonly reason: string })[];
}

/**
 * Takes out the findings that comments of the configurations ignore, and adds those about the comments. `known` are the
 * IDs of all rules.
 */
export function applyIgnores(
  findings: readonly LintFinding[],
  sources: Iterable<Source>,
  known: ReadonlySet<string>,
): Judged {
  const ignores = [...sources].flatMap(ignoresIn);
  const used = new Set<Ignore>();
  const ignored: (LintFinding & { readonly reason: string })[] = [];
  const left = findings.filter((finding) => {
    const { line } = positionOf(finding.place);
    const found = ignores.filter(
      ({ id, source, lines }) =>
        id === finding.id &&
        sameFile(source, finding.place.source) &&
        (!lines || (lines[0] <= line && line <= lines[1])),
    );
    for (const ignore of found) used.add(ignore);
    const reason = found.find((ignore) => ignore.reason !== '')?.reason;
    if (reason !== undefined) ignored.push({ ...finding, reason });
    return reason === undefined;
  });
  const about = ignores.flatMap((ignore) => faultOf(ignore, used.has(ignore), known) ?? []);
  return { findings: [...left, ...about], ignored };
}

/** A file that several tiers have, or that holds several configurations, was read more than once. */
function sameFile(a: Source, b: Source): boolean {
  return a === b || a.name === b.name;
}

function faultOf(
  { id, reason, place, path }: Ignore,
  isUsed: boolean,
  known: ReadonlySet<string>,
): LintFinding | undefined {
  const [withoutReason, withoutFinding] = ignoreRules;
  if (!withoutReason || !withoutFinding) return undefined;
  if (reason === '')
    return {
      ...{ id: withoutReason.id, severity: withoutReason.severity, place, path },
      message: `does not say why ${JSON.stringify(id)} is meant to be there, and so does nothing`,
      remedy: `Write the reason behind a colon: \`# kanmon-lint-ignore ${id}: REASON\`.`,
    };
  if (isUsed) return undefined;
  return {
    ...{ id: withoutFinding.id, severity: withoutFinding.severity, place, path },
    message: known.has(id)
      ? `there is no finding of ${JSON.stringify(id)} here`
      : `there is no rule ${JSON.stringify(id)}`,
    remedy: 'Take it out, or put it on the line of the finding or right above it.',
  };
}

/** The word that a comment begins with; the second is about the whole file. */
const [ofLine, ofFile] = ['kanmon-lint-ignore', 'kanmon-lint-ignore-file'];

function ignoresIn(source: Source): Ignore[] {
  const found = commentsOf(source).flatMap(({ place, text }): Ignore[] => {
    const [word, rest] = split(text.slice(1).trim());
    if (word !== ofLine && word !== ofFile) return [];
    const [id, reason] = split(rest);
    const lines = word === ofLine ? linesMeant(source, positionOf(place).line) : undefined;
    return [{ id: id.replace(/:$/, ''), reason: reason.replace(/^:/, '').trim(), source, lines, place, path: '' }];
  });
  if (found.length > maxIgnores) throw new LintTooLarge(maxIgnores, `ignore comments in ${source.name}`);
  return found;
}

/** The first word of a text, and what stands behind it. */
function split(text: string): readonly [word: string, rest: string] {
  const at = text.search(/\s/);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at).trim()];
}

/** Its own line; and, when nothing else stands there, the next that is no comment. */
function linesMeant(source: Source, line: number): readonly [number, number] {
  let last = line;
  while (last - line < maxIgnoredLines && /^\s*#/.test(lineOf(source, last))) last++;
  return [line, last];
}
