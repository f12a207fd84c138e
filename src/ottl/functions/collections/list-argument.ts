import type { Expression } from '../../expression.js';
import { slice, type Parameter } from '../../parameters.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import type { Value } from '../../value.js';

/** A list; as upstream a list literal must have no map in it, though a list from elsewhere may. */
export function plainSlice(): Parameter<Expression<readonly Value[]>> {
  const of = slice();
  return {
    ...of,
    accept: (argument) => {
      const list = of.accept(argument);
      if (argument.kind !== 'list') return list;
      const fault = list.constant && faultOf(list.constant.value);
      if (fault !== undefined) throw new StatementError(fault, argument.offset);
      return { get: (scene) => withoutMaps(list.get(scene)), constant: list.constant, path: list.path };
    },
  };
}

function withoutMaps(values: readonly Value[]): readonly Value[] {
  const fault = faultOf(values);
  if (fault !== undefined) throw new OttlError(fault);
  return values;
}

function faultOf(values: readonly Value[]): string | undefined {
  const maps = values.filter((value) => value instanceof Map);
  return maps.length === 0 ? undefined : maps.map(() => '<Invalid value type pcommon.Map>').join('; ');
}
