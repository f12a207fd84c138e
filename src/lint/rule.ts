import type { DeploymentModel } from './model/deployment.js';
import type { Spot } from './setting.js';

/** `error`: data is lost, wrong or open to strangers. `warning`: it will be under load or a failure. `info`: advice. */
export type Severity = 'error' | 'warning' | 'info';

/** From the least to the most severe. */
export const severities: readonly Severity[] = ['info', 'warning', 'error'];

/** One break of a rule. */
export interface Problem {
  readonly at: Spot;
  /** The fault there, and what will come of it. */
  readonly message: string;
  /** The text to write instead: an imperative. */
  readonly remedy: string;
}

/** A rule of the gateway pattern. `docs/lint/<id>.md` explains it. */
export interface Rule {
  /** As ignore comments name it. */
  readonly id: string;
  readonly severity: Severity;
  /** The fault where the rule is broken, a sentence without its point. */
  readonly title: string;
  /** Every break of the rule, in any order. Looks at nothing but the model, and changes nothing. */
  check(deployment: DeploymentModel): Iterable<Problem>;
}
