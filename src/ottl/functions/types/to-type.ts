import { converter, withNumeric, type Converter } from '../../function.js';
import { numericKind, type NumericCell, type NumericKind } from '../../numeric.js';
import { asBool, asFloat, asInt, asString } from '../../parameters.js';
import { pathNumeric } from '../../path-numeric.js';

const toInt: Converter = converter('Int', { target: asInt() }, ({ target }) => {
  const read = target.path && pathNumeric(target.path);
  return withNumeric((scene) => target.get(scene), read && ((scene, to) => asWhole(read(scene, to), to)));
});

const toDouble: Converter = converter('Double', { target: asFloat() }, ({ target }) => {
  const read = target.path && pathNumeric(target.path);
  return withNumeric((scene) => target.get(scene), read && ((scene, to) => asFloat64(read(scene, to), to)));
});

/** Towards 0; what needs more than 53 bits is left to bigints. */
function asWhole(kind: NumericKind, to: NumericCell): NumericKind {
  if (kind !== numericKind.float) return kind;
  const whole = Math.trunc(to.float);
  return Number.isSafeInteger(whole) ? to.setWhole(whole) : numericKind.none;
}

function asFloat64(kind: NumericKind, to: NumericCell): NumericKind {
  return kind === numericKind.int ? to.becomeFloat(kind) : kind;
}

const toText: Converter = converter('String', { target: asString() }, ({ target }) => {
  return (scene) => target.get(scene);
});

const toBool: Converter = converter(
  'Bool',
  { target: asBool() },
  ({ target }) =>
    (scene) =>
      target.get(scene),
);

export const typeConverters: readonly Converter[] = [toInt, toDouble, toText, toBool];
