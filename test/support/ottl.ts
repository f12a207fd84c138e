import { converter, editor, type OttlFunction } from '../../src/ottl/function.js';
import type { Context, Path } from '../../src/ottl/context.js';
import { functionTable, type StatementEnvironment } from '../../src/ottl/environment.js';
import type { PathAccess } from '../../src/ottl/expression.js';
import { OttlError, StatementError } from '../../src/ottl/ottl-error.js';
import * as parameter from '../../src/ottl/parameters.js';
import type { Scene } from '../../src/ottl/scene.js';
import type { MapValue, Value } from '../../src/ottl/value.js';

/** An item without bytes: values by the names of its fields. */
export interface PlainScene extends Scene {
  readonly fields: Map<string, Value>;
}

const fields = ['attributes', 'body', 'name', 'kind', 'severity_number', 'time', 'cache'];
const enums = new Map([
  ['SEVERITY_NUMBER_INFO', 9n],
  ['SEVERITY_NUMBER_WARN', 13n],
]);

/** A context whose items are plain values: for tests of the language alone. */
export function plainContext(name: string, above: readonly string[] = []): Context<PlainScene> {
  const reaches = [name, ...above];
  return { name, reaches, enums, path, scene: () => plainScene() };

  function path({ segments, text, offset }: Path): PathAccess {
    const [first, second] = segments;
    if (!fields.includes(first!.name))
      throw new StatementError(`the context ${name} has no path "${first!.name}"`, first?.offset ?? offset);
    if (second !== undefined) throw new StatementError(`"${first!.name}" has no parts`, second.offset);
    const keys = first!.keys.map(({ expression }) => expression);
    const isFixed = first!.name === 'kind';
    const access: PathAccess = {
      text,
      get: (scene) => keys.reduce<Value>((value, key) => part(value, key.get(scene)), valuesOf(scene).get(first!.name)),
    };
    if (isFixed) return access;
    return { ...access, set: (scene, value) => assign(scene, first!.name, keys[0]?.get(scene), value) };
  }
}

export function plainScene(values: Readonly<Record<string, Value>> = {}): PlainScene {
  return { context: 'log', fields: new Map(Object.entries(values)) };
}

function valuesOf(scene: Scene): Map<string, Value> {
  return (scene as PlainScene).fields;
}

function part(value: Value, key: Value): Value {
  if (value === undefined) return undefined;
  if (value instanceof Map && typeof key === 'string') return (value as MapValue).get(key);
  if (Array.isArray(value) && typeof key === 'bigint') return (value as readonly Value[])[Number(key)];
  throw new OttlError('type Str does not support string indexing');
}

function assign(scene: Scene, field: string, key: Value, value: Value): void {
  const fields = valuesOf(scene);
  if (typeof key !== 'string') fields.set(field, value);
  else fields.set(field, new Map([...((fields.get(field) ?? new Map()) as MapValue), [key, value]]));
}

const functions: readonly OttlFunction[] = [
  editor('set', { target: parameter.target(), value: parameter.any() }, ({ target, value }) => (scene) => {
    target.set(scene, value.get(scene));
  }),
  editor(
    'limit',
    { target: parameter.target(), limit: parameter.literalInt(), priority_keys: parameter.list(parameter.string()) },
    ({ limit, priority_keys: keys }) => {
      if (limit < keys.length)
        throw new StatementError(`${limit} cannot be less than the ${keys.length} priority keys`);
      return () => {};
    },
  ),
  converter(
    'Concat',
    { vals: parameter.list(parameter.asString()), delimiter: parameter.string() },
    ({ vals, delimiter }) =>
      (scene) =>
        vals.map((each) => each.get(scene) ?? '<nil>').join(delimiter.get(scene)),
  ),
  converter(
    'IsString',
    { target: parameter.any() },
    ({ target }) =>
      (scene) =>
        typeof target.get(scene) === 'string',
  ),
  converter(
    'Int',
    { value: parameter.asInt() },
    ({ value }) =>
      (scene) =>
        value.get(scene),
  ),
  converter(
    'Identity',
    { value: parameter.any() },
    ({ value }) =>
      (scene) =>
        value.get(scene),
  ),
  converter(
    'Split',
    { target: parameter.string(), delimiter: parameter.string() },
    ({ target, delimiter }) =>
      (scene) =>
        target.get(scene).split(delimiter.get(scene)),
  ),
  converter(
    'Substring',
    {
      target: parameter.string(),
      start: parameter.int(),
      length: parameter.int(),
      utf8_safe: parameter.optional(parameter.bool()),
    },
    ({ target, start, length, utf8_safe: safe }) =>
      (scene) => {
        const from = Number(start.get(scene));
        const text = target.get(scene).slice(from, from + Number(length.get(scene)));
        return safe?.get(scene) === true ? `${text}!` : text;
      },
  ),
  converter(
    'SHA256',
    { target: parameter.string() },
    ({ target }) =>
      (scene) =>
        `hash of ${target.get(scene)}`,
  ),
  converter(
    'Apply',
    { function: parameter.converterName() },
    ({ function: called }) =>
      () =>
        called.name,
  ),
];

/** The context `log`, below scope and resource, with a few functions. */
export function plainEnvironment(shortPaths = false): StatementEnvironment {
  return {
    context: plainContext('log', ['scope', 'resource']),
    functions: functionTable(functions),
    services: { now: () => 0n, randomBytes: () => {} },
    shortPaths,
  };
}
