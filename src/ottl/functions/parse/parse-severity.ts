import { converter, type Converter } from '../../function.js';
import { OttlError } from '../../ottl-error.js';
import { any, map } from '../../parameters.js';
import { typeName, type MapValue, type Value } from '../../value.js';

/** One way in which a value can belong to a level. */
interface Criterion {
  readonly equals: ReadonlySet<string>;
  readonly range: { readonly min: bigint; readonly max: bigint } | undefined;
}

type Levels = readonly (readonly [level: string, criteria: readonly Criterion[]])[];

const classes: ReadonlyMap<string, { readonly min: bigint; readonly max: bigint }> = new Map(
  [2n, 3n, 4n, 5n].map((digit) => [`${digit}xx`, { min: digit * 100n, max: digit * 100n + 99n }]),
);

/** The level that a mapping has for a text or a number. A mapping that is wrong fails when it is used, as upstream. */
export const parseSeverity: Converter = converter('ParseSeverity', { target: any(), mapping: map() }, (args) => {
  const { constant } = args.mapping;
  let levels: Levels | undefined;
  return (scene) => {
    if (constant === undefined) throw new OttlError('severity mapping must be a literal PMap');
    levels ??= levelsOf(constant.value);
    return levelOf(args.target.get(scene), levels);
  };
});

function levelOf(value: Value, levels: Levels): string {
  const shown = typeof value === 'object' ? typeName(value) : String(value ?? '<nil>');
  for (const [level, criteria] of levels)
    for (const criterion of criteria) {
      if (typeof value === 'string') {
        if (criterion.equals.has(value)) return level;
      } else if (typeof value === 'bigint') {
        if (criterion.range !== undefined && value >= criterion.range.min && value <= criterion.range.max) return level;
      } else {
        const type = value === undefined ? '<nil>' : typeName(value);
        throw new OttlError(
          `could not map log level: could not evaluate log level of value '${shown}': unsupported value type: ${type}`,
        );
      }
    }
  throw new OttlError(`could not map log level: no matching log level found for value '${shown}'`);
}

function levelsOf(mapping: MapValue): Levels {
  return [...mapping].map(([level, criteria]) => {
    if (!Array.isArray(criteria)) throw new OttlError('severity mapping criteria must be []any');
    return [level, criteria.map(criterionOf)];
  });
}

function criterionOf(value: Value): Criterion {
  if (!(value instanceof Map)) throw new OttlError('severity mapping criteria items must be map[string]any');
  const equals = value.get('equals') ?? [];
  if (!Array.isArray(equals)) return invalid('equals must be a list');
  const texts = equals.map((text) => (typeof text === 'string' ? text : invalid('equals values must be strings')));
  return { equals: new Set(texts), range: value.has('range') ? rangeOf(value.get('range')) : undefined };
}

function rangeOf(value: Value): Criterion['range'] {
  if (typeof value === 'string') return classes.get(value) ?? invalid(`unknown range placeholder: ${value}`);
  if (!(value instanceof Map)) return invalid('range must be a map or a known placeholder string');
  return { min: boundOf(value, 'min'), max: boundOf(value, 'max') };
}

function boundOf(range: MapValue, name: 'min' | 'max'): bigint {
  if (!range.has(name)) return invalid(`range must have a ${name} value`);
  const bound = range.get(name);
  return typeof bound === 'bigint' ? bound : invalid(`${name} must be an int64`);
}

function invalid(problem: string): never {
  throw new OttlError(`invalid severity mapping criteria: ${problem}`);
}
