import { StatementError } from '../ottl-error.js';
import type { ComparisonNode, ConditionNode, LogicNode, NotNode, ValueNode } from './ast.js';
import type { Lexer } from './lexer.js';
import { unexpected } from './unexpected.js';

/** Whether a value can be calculated with, as far as its form says. */
export function isNumeric(node: ValueNode): boolean {
  if (node.kind === 'literal') return typeof node.value === 'bigint' || typeof node.value === 'number';
  return node.kind === 'path' || node.kind === 'call' || node.kind === 'math' || node.kind === 'sign';
}

/** Whether a node is a condition by its form, and not also a value. */
export function isCondition(node: ValueNode | ConditionNode): node is LogicNode | NotNode | ComparisonNode {
  return node.kind === 'and' || node.kind === 'or' || node.kind === 'not' || node.kind === 'comparison';
}

/** The operand as a condition; a value alone is none. Throws a `StatementError`. */
export function toCondition(node: ValueNode | ConditionNode, lexer: Lexer): ConditionNode {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'not':
    case 'comparison':
    case 'call':
      return node;
    case 'literal':
      if (typeof node.value === 'boolean') return node;
      break;
    default:
  }
  if (lexer.kind !== 'end' && lexer.kind !== ')' && !isJoined(lexer)) throw unexpected(lexer, 'a comparison (== ...)');
  throw new StatementError(
    node.kind === 'path'
      ? 'a path alone is no condition: compare it, such as with == true or != nil'
      : 'a value alone is no condition: compare it with another one (==, !=, <, <=, >, >=)',
    node.offset,
  );
}

function isJoined(lexer: Lexer): boolean {
  return lexer.kind === 'name' && (lexer.word === 'and' || lexer.word === 'or');
}
