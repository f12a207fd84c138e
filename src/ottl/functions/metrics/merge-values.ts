import { StatementError } from '../../ottl-error.js';

/** How the values of several points become one. */
export type ValueMerge = 'sum' | 'mean' | 'min' | 'max' | 'median' | 'count';

const names: readonly ValueMerge[] = ['sum', 'mean', 'min', 'max', 'median', 'count'];

/** Throws a `StatementError` for a name that is none. */
export function aggregationNamed(name: string): ValueMerge {
  const found = names.find((candidate) => candidate === name);
  if (found !== undefined) return found;
  throw new StatementError(`invalid aggregation function: '${name}', valid options: ${names.join(', ')}`);
}

/** Integers stay integers: a mean and a median lose their fraction. */
export function mergeInts(values: readonly bigint[], how: ValueMerge): bigint {
  const [first = 0n] = values;
  const count = BigInt(values.length);
  const sum = BigInt.asIntN(
    64,
    values.reduce((total, value) => total + value, 0n),
  );
  if (values.length < 2) return first;
  switch (how) {
    case 'sum':
      return sum;
    case 'mean':
      return sum / count;
    case 'min':
      return values.reduce((least, value) => (value < least ? value : least), first);
    case 'max':
      return values.reduce((most, value) => (value > most ? value : most), first);
    case 'count':
      return count;
    case 'median': {
      const sorted = values.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
      const [low = 0n, high = 0n] = middle(sorted);
      return (low + high) / 2n;
    }
  }
}

export function mergeDoubles(values: readonly number[], how: ValueMerge): number {
  const [first = 0] = values;
  if (values.length < 2) return first;
  const sum = (): number => values.reduce((total, value) => total + value, 0);
  switch (how) {
    case 'sum':
      return sum();
    case 'mean':
      return sum() / values.length;
    case 'min':
      return values.reduce((least, value) => Math.min(least, value), first);
    case 'max':
      return values.reduce((most, value) => Math.max(most, value), first);
    case 'count':
      return values.length;
    case 'median': {
      const [low = 0, high = 0] = middle(values.toSorted((a, b) => a - b));
      return values.length % 2 === 1 ? low : (low + high) / 2;
    }
  }
}

/** The two values in the middle, which are the same one of an odd number. */
function middle<T>(sorted: readonly T[]): readonly (T | undefined)[] {
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? [sorted[half], sorted[half]] : [sorted[half - 1], sorted[half]];
}
