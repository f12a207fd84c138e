import { positionOf } from '../config/place.js';
import type { Severity } from './rule.js';
import type { Spot } from './setting.js';

/** One break of a rule, as it is reported. */
export interface LintFinding extends Spot {
  /** Of its rule. */
  readonly id: string;
  readonly severity: Severity;
  readonly message: string;
  readonly remedy: string;
}

/** By file and place, then by rule. */
export function compareFindings(a: LintFinding, b: LintFinding): number {
  const [first, second] = [a.place, b.place];
  if (first.source.name !== second.source.name) return first.source.name < second.source.name ? -1 : 1;
  const [one, other] = [positionOf(first), positionOf(second)];
  return one.line - other.line || one.column - other.column || (a.id < b.id ? -1 : Number(a.id > b.id));
}
