import { buildCall } from './check/call.js';
import { Checker } from './check/checker.js';
import { compileConditionNode } from './check/condition.js';
import type { StatementEnvironment } from './environment.js';
import type { Expression } from './expression.js';
import type { Scene } from './scene.js';
import { parseCondition, parseStatement, parseValue } from './syntax/parser.js';

/** An editor, and optionally the condition under which it runs. */
export interface Statement {
  readonly text: string;
  /** Returns whether the editor ran. Throws an `OttlError` where the statement fails. */
  run(scene: Scene): boolean;
}

export interface Condition {
  readonly text: string;
  /** Throws an `OttlError` where it cannot be said whether the condition holds. */
  matches(scene: Scene): boolean;
}

/** A statement whose condition is looked at apart from what its editor does. */
export interface GuardedEdit extends Condition {
  /** Name of the editor. */
  readonly editor: string;
  /** Throws an `OttlError` where the editor fails. */
  edit(scene: Scene): void;
}

/** Throws a `StatementError` at the first mistake. */
export function compileStatement(text: string, environment: StatementEnvironment): Statement {
  const { matches, edit } = compileGuardedEdit(text, environment);
  return {
    text,
    run: (scene) => {
      if (!matches(scene)) return false;
      edit(scene);
      return true;
    },
  };
}

/** The same, its condition and its editor apart. Without a condition all items match. */
export function compileGuardedEdit(text: string, environment: StatementEnvironment): GuardedEdit {
  const { editor, where } = parseStatement(text);
  const checker = new Checker(text, environment);
  const edit = buildCall(editor, 'editor', checker);
  const matches = where === undefined ? () => true : compileConditionNode(where, checker);
  return { text, editor: editor.name, matches, edit };
}

/** Throws a `StatementError` at the first mistake. */
export function compileCondition(text: string, environment: StatementEnvironment): Condition {
  const node = parseCondition(text);
  return { text, matches: compileConditionNode(node, new Checker(text, environment)) };
}

/** A value: a path, a function, a literal or what is calculated of them. Throws a `StatementError`. */
export function compileValue(text: string, environment: StatementEnvironment): Expression {
  return new Checker(text, environment).value(parseValue(text));
}
