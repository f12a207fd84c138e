import type { ValueView } from '../otlp/view/value.js';
import type { PathAccess } from './expression.js';
import { numericKind, type NumericCell, type NumericKind, type NumericReader } from './numeric.js';

/** How the number of a path is read in place; undefined where it cannot be. */
export function pathNumeric(path: PathAccess): NumericReader | undefined {
  if (path.numeric) return (scene, to) => path.numeric?.(scene, to) ?? numericKind.none;
  if (path.integer) return (scene, to) => to.setWhole(path.integer?.(scene) ?? 0);
  if (path.view) return (scene, to) => viewNumeric(path.view?.(scene), to);
  return undefined;
}

/** Reads an integer or a float of a view; `none` for all else. */
export function viewNumeric(view: ValueView | undefined, to: NumericCell): NumericKind {
  if (view === undefined) return numericKind.none;
  const { type } = view;
  if (type === 'double') {
    // As halves: a float that a function returns is an object where V8 does not inline it.
    const { low, high } = view.doubleBits;
    return to.setFloatBits(low, high);
  }
  if (type !== 'int') return numericKind.none;
  const { low, high } = view.int;
  return to.setInt(low, high);
}
