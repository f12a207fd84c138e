import { operatorTypes } from './operator-types.js';
import type { CommonOperatorOptions } from './operator-options.js';
import type { OutputReference } from './operator.js';

/** The place of an operator's list entry, and what is wrong there. */
export interface GraphFault {
  readonly message: string;
  readonly path: readonly (string | number)[];
}

/** IDs by the place in the list: given ones, and types with a number where one occurs again. */
export function idsOf(operators: readonly CommonOperatorOptions[]): readonly string[] {
  const taken = new Set(operators.map(({ id }) => id).filter((id) => id !== ''));
  return operators.map(({ id, type }) => {
    if (id !== '') return id;
    let unique = type;
    for (let n = 1; taken.has(unique); n++) unique = `${type}${n}`;
    taken.add(unique);
    return unique;
  });
}

/** The operators that the options of one name. */
function referencesOf(operator: CommonOperatorOptions): readonly OutputReference[] {
  const own = operatorTypes.get(operator.type)?.references?.(operator);
  return own ?? operator.output.map((id, i) => ({ id, path: ['output', i] }));
}

/** Whether entries go to the next operator of the list. */
export function goesToNext(operator: CommonOperatorOptions): boolean {
  return operator.output.length === 0 && operatorTypes.get(operator.type)?.references === undefined;
}

/** IDs that occur twice, outputs that do not exist, and operators that would feed themselves. */
export function graphFaults(operators: readonly CommonOperatorOptions[]): readonly GraphFault[] {
  const ids = idsOf(operators);
  const places = new Map<string, number>();
  const faults: GraphFault[] = [];
  for (const [i, id] of ids.entries()) {
    if (places.has(id))
      faults.push({ message: `operator with id '${id}' already exists in pipeline`, path: [i, 'id'] });
    else places.set(id, i);
  }
  const references = operators.map(referencesOf);
  for (const [i, each] of references.entries())
    for (const { id, path } of each)
      if (!places.has(id)) faults.push({ message: `operator '${id}' does not exist`, path: [i, ...path] });
  if (faults.length > 0) return faults;
  return cycleOf(operators, references, places, ids);
}

function cycleOf(
  operators: readonly CommonOperatorOptions[],
  references: readonly (readonly OutputReference[])[],
  places: ReadonlyMap<string, number>,
  ids: readonly string[],
): readonly GraphFault[] {
  const state: ('new' | 'open' | 'done')[] = operators.map(() => 'new');
  const faults: GraphFault[] = [];
  for (let first = 0; first < operators.length; first++) {
    if (state[first] !== 'new') continue;
    // Each with what is still to be looked at: a list of operators may be as long as a chain of them.
    const walk: { readonly at: number; readonly rest: OutputReference[] }[] = [open(first)];
    for (let top = walk.at(-1); top !== undefined; top = walk.at(-1)) {
      const next = top.rest.pop();
      const to = next && places.get(next.id);
      if (next === undefined || to === undefined) {
        state[top.at] = 'done';
        walk.pop();
      } else if (state[to] === 'open')
        faults.push({
          message: `entries of operator '${ids[top.at] ?? ''}' would come back to it through '${next.id}'`,
          path: [top.at, ...next.path],
        });
      else if (state[to] === 'new') walk.push(open(to));
    }
  }
  return faults;

  function open(at: number): { readonly at: number; readonly rest: OutputReference[] } {
    state[at] = 'open';
    const given = references[at] ?? [];
    const [operator, next] = [operators[at], ids[at + 1]];
    const goesOn = operator !== undefined && next !== undefined && goesToNext(operator);
    return { at, rest: goesOn ? [...given, { id: next, path: [] }] : [...given] };
  }
}
