import { formatFloat } from '../../float-text.js';
import { converter, type Converter } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { asFloat } from '../../parameters.js';

/** The natural logarithm of a number. */
export const logarithm: Converter = converter('Log', { target: asFloat() }, ({ target }) => (scene) => {
  const value = target.get(scene);
  if (value !== undefined && value > 0) return Math.log(value);
  throw new OttlError(
    `invalid input: expected number greater than zero but got ${value === undefined ? '<nil>' : formatFloat(value)}`,
  );
});
