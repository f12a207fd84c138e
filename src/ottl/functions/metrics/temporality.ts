import { StatementError } from '../../ottl-error.js';

/** The number of an aggregation temporality. Throws a `StatementError` for a name that is none. */
export function temporalityNamed(name: string): number {
  if (name === 'delta') return 1;
  if (name === 'cumulative') return 2;
  throw new StatementError(`unknown aggregation temporality: ${name} (it is "delta" or "cumulative")`);
}
