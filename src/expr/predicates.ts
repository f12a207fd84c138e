import { ExprError } from './expr-error.js';
import type { Evaluation, ExprPart } from './evaluation.js';
import { arrayOf } from './functions.js';
import type { ExprNode } from './node.js';
import type { ExprValue, ExprType } from './value.js';

/** The compiler that makes parts of the operands. */
interface Parts<E> {
  part(node: ExprNode): ExprPart<E>;
  truth(node: ExprNode): (evaluation: Evaluation<E>) => boolean;
}

/** Of how many elements a predicate holds decides, as does the first one. */
interface Found {
  readonly matching: ExprValue[];
  /** Places of the first that matches and of the first that does not; -1 for none. */
  readonly first: number;
  readonly firstOther: number;
}

type Summary = readonly [
  type: ExprType | undefined,
  /** After which element nothing can change. */
  isDecided: (found: Found) => boolean,
  result: (found: Found) => ExprValue,
];

const never = (): boolean => false;
const hasFirst = ({ first }: Found): boolean => first >= 0;

const summaries: Readonly<Record<string, Summary>> = {
  any: ['bool', hasFirst, hasFirst],
  none: ['bool', hasFirst, (found) => !hasFirst(found)],
  all: ['bool', ({ firstOther }) => firstOther >= 0, ({ firstOther }) => firstOther < 0],
  one: ['bool', ({ matching }) => matching.length > 1, ({ matching }) => matching.length === 1],
  count: ['int', never, ({ matching }) => BigInt(matching.length)],
  filter: ['array', never, ({ matching }) => matching],
  find: [undefined, hasFirst, ({ matching }) => matching[0] ?? null],
  findIndex: ['int', hasFirst, ({ first }) => BigInt(first)],
};

/** A function that asks about each element of a list: `any(list, # == 1)`, `map(list, .name)`. */
export function predicatePart<E>(name: string, parts: Parts<E>, listNode: ExprNode, node: ExprNode): ExprPart<E> {
  const list = parts.part(listNode);
  const { at } = listNode;
  if (name === 'map') {
    const of = parts.part(node);
    return {
      type: 'array',
      evaluate(evaluation) {
        const results: ExprValue[] = [];
        within(
          evaluation,
          arrayOf(list.evaluate(evaluation), at),
          at,
          () => void results.push(of.evaluate(evaluation)),
        );
        return results;
      },
    };
  }
  const summary = summaries[name];
  if (summary === undefined) throw new ExprError(`there is no function "${name}"`, at);
  const [type, isDecided, result] = summary;
  const test = parts.truth(node);
  return {
    type,
    evaluate(evaluation) {
      const found = { matching: [] as ExprValue[], first: -1, firstOther: -1 };
      within(evaluation, arrayOf(list.evaluate(evaluation), at), at, (i) => {
        if (test(evaluation)) {
          found.matching.push(evaluation.element);
          if (found.first < 0) found.first = i;
        } else if (found.firstOther < 0) found.firstOther = i;
        return isDecided(found);
      });
      return result(found);
    },
  };
}

/** Visits the elements as `#` until `visit` says true; then `#` is that of the predicate around it again. */
function within<E>(
  evaluation: Evaluation<E>,
  elements: readonly ExprValue[],
  at: number,
  visit: (i: number) => boolean | void,
): void {
  const outer = evaluation.element;
  for (let i = 0; i < elements.length; i++) {
    evaluation.step(at);
    evaluation.element = elements[i] as ExprValue;
    if (visit(i) === true) break;
  }
  evaluation.element = outer;
}
