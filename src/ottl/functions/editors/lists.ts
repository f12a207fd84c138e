import { editor, type Editor } from '../../function.js';
import type { Expression } from '../../expression.js';
import { any, int, list, optional, target } from '../../parameters.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import type { Scene } from '../../scene.js';
import { elementsOf } from '../../stored-value.js';
import { Opaque, SpanId, Time, TraceId, Duration, TypedList, typeName, type Value } from '../../value.js';

/** Elements of a list that `append` makes. */
const mostElements = 100_000;

const append: Editor = editor(
  'append',
  { target: target(), value: optional(any()), values: optional(list(any())) },
  ({ target: path, value, values }) => {
    if (value === undefined && values === undefined)
      throw new StatementError("at least one of the optional arguments ('value' or 'values') must be provided");
    const added = [...(value === undefined ? [] : [value]), ...(values ?? [])];
    return (scene) => {
      const elements = [...presentElements(path.get(scene)), ...valuesOf(added, scene)];
      if (elements.length > mostElements) throw new OttlError(`a list of more than ${mostElements} elements`);
      const faults = elements.filter((element) => !isPlain(element)).map((element) => typeName(element));
      if (faults.length > 0)
        throw new OttlError(
          faults
            .slice(0, 8)
            .map((type) => `<Invalid value type ${type}>`)
            .join('; '),
        );
      path.set(scene, elements);
    };
  },
);

const deleteIndex: Editor = editor(
  'delete_index',
  { target: target(), start_index: int(), end_index: optional(int()) },
  ({ target: path, start_index: start, end_index: end }) => {
    return (scene) => {
      const value = path.get(scene);
      if (!isSlice(value)) throw new OttlError(`expected pcommon.Slice but got ${typeName(value)}`);
      const from = start.get(scene);
      const to = end?.get(scene) ?? from + 1n;
      checkBounds(from, to, value.length);
      if (to > from) path.set(scene, value.toSpliced(Number(from), Number(to - from)));
    };
  },
);

function checkBounds(from: bigint, to: bigint, length: number): void {
  if (from === 0n && to === BigInt(length)) return;
  if (from < 0n || from >= length)
    throw new OttlError(`startIndex ${from} out of bounds for slice of length ${length}`);
  if (to < from) throw new OttlError(`endIndex ${to} cannot be less than startIndex ${from}`);
  if (to > length) throw new OttlError(`deletion range [${from}:${to}] out of bounds for slice of length ${length}`);
}

function presentElements(value: Value): readonly Value[] {
  return value === undefined ? [] : (elementsOf(value) ?? [value]);
}

function valuesOf(expressions: readonly Expression[], scene: Scene): readonly Value[] {
  return expressions.map((expression) => expression.get(scene));
}

/** Whether upstream can put a value into a list: it cannot for lists, maps and what is no attribute. */
function isPlain(value: Value): boolean {
  return !(
    isSlice(value) ||
    value instanceof Map ||
    value instanceof TypedList ||
    value instanceof Time ||
    value instanceof Duration ||
    value instanceof TraceId ||
    value instanceof SpanId ||
    value instanceof Opaque
  );
}

function isSlice(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export const listEditors: readonly Editor[] = [append, deleteIndex];
