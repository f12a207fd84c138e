import type { ValueView } from '../../otlp/view/value.js';

/** A number as Go reads it from text, without its hexadecimal form. */
const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const infinite = /^\+?inf(inity)?$/i;

/** The value of `sampling.priority`: 0 drops a span, and more keeps it, in whichever type the number came. */
export function spanPriority(value: ValueView): 'none' | 'drop' | 'keep' {
  const priority = numberOf(value);
  if (priority === 0) return 'drop';
  return priority !== undefined && priority > 0 ? 'keep' : 'none';
}

/** Undefined when the value is no number. */
function numberOf(value: ValueView): number | undefined {
  switch (value.type) {
    case 'int':
      return value.int.toSigned();
    case 'double':
      return value.double;
    case 'string': {
      const text = value.string.toString();
      if (infinite.test(text)) return Infinity;
      // A number that is too large is none for Go.
      const number = decimal.test(text) ? Number(text) : NaN;
      return Number.isFinite(number) ? number : undefined;
    }
    default:
      return undefined;
  }
}
