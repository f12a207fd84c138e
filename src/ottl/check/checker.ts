import type { PathKey, PathSegment } from '../context.js';
import type { StatementEnvironment } from '../environment.js';
import type { Expression } from '../expression.js';
import type { NumericReader } from '../numeric.js';
import { OttlError } from '../ottl-error.js';
import { pathNumeric } from '../path-numeric.js';
import type { Scene } from '../scene.js';
import type {
  CallNode,
  KeyNode,
  ListLiteralNode,
  MapLiteralNode,
  MathNode,
  MathOperator,
  PathNode,
  SignNode,
  ValueNode,
} from '../syntax/ast.js';
import type { Value } from '../value.js';
import { buildCall } from './call.js';
import { computed, constant, listOf } from './constant.js';
import { indexed } from './indexing.js';
import { calculate, negate } from './math.js';
import { calculateNumeric, numericOf } from './numeric-math.js';
import { missingContext, unknownSymbol } from './unknown.js';

/** Gives the nodes of one statement their meaning in an environment. Its methods throw `StatementError`s. */
export class Checker {
  readonly environment: StatementEnvironment;
  readonly #text: string;

  constructor(text: string, environment: StatementEnvironment) {
    this.#text = text;
    this.environment = environment;
  }

  value(node: ValueNode): Expression {
    switch (node.kind) {
      case 'literal':
        return constant(node.value);
      case 'symbol': {
        const value = this.environment.context.enums.get(node.name);
        if (value === undefined) throw unknownSymbol(node.name, this.environment, node.offset);
        return constant(value);
      }
      case 'path':
        return this.#path(node);
      case 'call':
        return this.#call(node);
      case 'list':
        return this.#list(node);
      case 'map':
        return this.#map(node);
      case 'sign':
        return this.#sign(node);
      case 'math':
        return this.#math(node);
    }
  }

  #path(node: PathNode): Expression {
    const { context, shortPaths } = this.environment;
    const segments = node.segments.map(({ name, keys, offset }): PathSegment => ({
      name,
      keys: keys.map((key) => this.#key(key)),
      offset,
    }));
    const [first] = segments;
    const isPrefixed = segments.length > 1 && first!.keys.length === 0 && context.reaches.includes(first!.name);
    if (!isPrefixed && !shortPaths) throw missingContext(node, context);
    const access = context.path({
      context: isPrefixed ? first!.name : '',
      segments: isPrefixed ? segments.slice(1) : segments,
      text: this.#text.slice(node.offset, node.end),
      offset: node.offset,
    });
    return { get: (scene) => access.get(scene), constant: undefined, path: access, numeric: pathNumeric(access) };
  }

  #key(node: KeyNode): PathKey {
    return { expression: this.value(node.value), offset: node.offset };
  }

  #call(node: CallNode): Expression {
    const call = buildCall(node, 'converter', this);
    if (node.keys.length === 0) return computed(call, call.numeric);
    const keys = node.keys.map((key) => this.value(key.value));
    return computed((scene) => {
      let value = call(scene);
      for (const key of keys) value = indexed(value, key.get(scene));
      return value;
    });
  }

  #list(node: ListLiteralNode): Expression {
    return listOf(node.elements.map((element) => this.value(element)));
  }

  #map(node: MapLiteralNode): Expression {
    const entries = node.entries.map(({ key, value }) => [key, this.value(value)] as const);
    const get = (scene: Scene): Value => new Map(entries.map(([key, value]) => [key, value.get(scene)]));
    if (entries.some(([, value]) => value.constant === undefined)) return computed(get);
    return constant(new Map(entries.map(([key, value]) => [key, value.constant!.value])));
  }

  #sign(node: SignNode): Expression {
    const operand = this.value(node.operand);
    // A path with a sign is not the path any more: it cannot be assigned to.
    if (node.operator === '+') return operand.constant ? operand : computed((scene) => operand.get(scene));
    if (operand.constant) return constant(negate(operand.constant.value));
    return computed((scene) => negate(operand.get(scene)));
  }

  /** In a loop, since a statement may have any number of operations. */
  #math(node: MathNode): Expression {
    const first = this.value(node.first);
    const rest = node.rest.map(({ operator, operand }) => ({ operator, operand: this.value(operand) }));
    const get = (scene: Scene): Value => {
      let value = first.get(scene);
      for (const { operator, operand } of rest) value = calculate(value, operator, operand.get(scene));
      return value;
    };
    const isConstant = first.constant !== undefined && rest.every(({ operand }) => operand.constant !== undefined);
    return (isConstant ? constantOf(get) : undefined) ?? computed(get, numericMath(first, rest));
  }
}

function numericMath(
  first: Expression,
  rest: readonly { readonly operator: MathOperator; readonly operand: Expression }[],
): NumericReader | undefined {
  const read = numericOf(first);
  const operands = rest.flatMap(({ operator, operand: expression }) => {
    const operand = numericOf(expression);
    return operand ? [{ operator, operand }] : [];
  });
  return read && operands.length === rest.length ? calculateNumeric(read, operands) : undefined;
}

/** The value of constants; undefined when they cannot be calculated with, which then fails on each item. */
function constantOf(get: Expression['get']): Expression | undefined {
  try {
    return constant(get({ context: '' }));
  } catch (error) {
    if (error instanceof OttlError) return undefined;
    throw error;
  }
}
