import { OttlError } from '../ottl-error.js';
import type { Scene } from '../scene.js';
import type { ConditionNode } from '../syntax/ast.js';
import { typeName, type Value } from '../value.js';
import type { Checker } from './checker.js';
import { compileComparison } from './comparison.js';

/** Whether a condition holds at a scene. Throws an `OttlError` where it cannot be said. */
export type Matches = (scene: Scene) => boolean;

/** A condition; a bool alone is one that is known when the statement is loaded. */
export type Known = Matches | boolean;

/** Compiles a condition. Throws a `StatementError`. */
export function compileConditionNode(node: ConditionNode, checker: Checker): Matches {
  const condition = compiled(node, checker);
  return typeof condition === 'boolean' ? () => condition : condition;
}

function compiled(node: ConditionNode, checker: Checker): Known {
  switch (node.kind) {
    case 'and':
    case 'or':
      return joined(
        node.kind,
        node.operands.map((operand) => compiled(operand, checker)),
      );
    case 'not': {
      const operand = compiled(node.operand, checker);
      return typeof operand === 'boolean' ? !operand : (scene) => !operand(scene);
    }
    case 'comparison':
      return compileComparison(checker.value(node.left), node.operator, checker.value(node.right));
    case 'literal':
      return node.value === true;
    case 'call': {
      const call = checker.value(node);
      return (scene) => asBool(call.get(scene));
    }
  }
}

/** A known operand decides at once, so that `x or true` holds also where x fails, or is left out. */
function joined(kind: 'and' | 'or', operands: readonly Known[]): Known {
  const decisive = kind === 'or';
  if (operands.includes(decisive)) return decisive;
  const open = operands.filter((operand) => typeof operand !== 'boolean');
  const [first, second] = open;
  if (first === undefined) return !decisive;
  if (second === undefined) return first;
  if (open.length === 2)
    return decisive ? (scene) => first(scene) || second(scene) : (scene) => first(scene) && second(scene);
  return (scene) => {
    for (const operand of open) if (operand(scene) === decisive) return decisive;
    return !decisive;
  };
}

function asBool(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  const type = value === undefined ? '<nil>' : typeName(value);
  throw new OttlError(`value returned from Converter in constant expression must be bool but got ${type}`);
}
