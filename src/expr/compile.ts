import { ExprError } from './expr-error.js';
import type { Evaluation, ExprPart } from './evaluation.js';
import { builtIns } from './functions.js';
import { predicates } from './parser.js';
import type { ExprNode } from './node.js';
import { compiledPattern, operations, resultType } from './operators.js';
import { memberOf, sliced } from './member.js';
import { predicatePart } from './predicates.js';
import { typeOf, type ExprValue, type ExprType } from './value.js';
import type { Vocabulary } from './vocabulary.js';

/** Parts that call each other, one within the other. */
const deepest = 500;

/** Where a chain with `?.` has ended at nil. */
const ended: unique symbol = Symbol('ended');
type ChainValue = ExprValue | typeof ended;

/** Makes closures of an expression. Throws an `ExprError` for unknown names and for types that never go together. */
export class Compiler<E> {
  readonly #vocabulary: Vocabulary<E>;
  #depth = 0;

  constructor(vocabulary: Vocabulary<E>) {
    this.#vocabulary = vocabulary;
  }

  part(node: ExprNode): ExprPart<E> {
    if (++this.#depth > deepest) throw new ExprError(`nested more than ${deepest} times`, node.at);
    const part = this.#part(node);
    this.#depth--;
    return part;
  }

  #part(node: ExprNode): ExprPart<E> {
    const { at } = node;
    switch (node.kind) {
      case 'literal':
        return constantPart(node.value);
      case 'name':
        return this.#name(node.name, at);
      case 'element':
        return { type: undefined, evaluate: ({ element }) => element };
      case 'list':
        return this.#list(node.elements);
      case 'map':
        return this.#map(node.entries);
      case 'unary':
        return node.operator === 'not' ? this.#not(node.operand) : this.#signed(node.operator, node.operand, at);
      case 'binary':
        return this.#binary(node);
      case 'logical':
        return this.#logical(node.operator, node.operands);
      case 'ternary':
        return this.#ternary(node.test, node.whenTrue, node.whenFalse);
      case 'member':
      case 'chain': {
        const evaluate = this.#chain(node.kind === 'chain' ? node.inner : node);
        return {
          type: undefined,
          evaluate(evaluation) {
            const value = evaluate(evaluation);
            return value === ended ? null : value;
          },
        };
      }
      case 'slice': {
        const [object, from, to] = [this.part(node.object), this.#maybe(node.from), this.#maybe(node.to)];
        return {
          type: object.type,
          evaluate: (evaluation) =>
            sliced(
              object.evaluate(evaluation),
              from?.evaluate(evaluation) ?? null,
              to?.evaluate(evaluation) ?? null,
              at,
            ),
        };
      }
      case 'call':
        return this.#call(node.name, node.operands, at);
    }
  }

  #maybe(node: ExprNode | undefined): ExprPart<E> | undefined {
    return node && this.part(node);
  }

  #name(name: string, at: number): ExprPart<E> {
    const { variables, unknown } = this.#vocabulary;
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (variable) return { type: variable.type, evaluate: (evaluation) => variable.read(evaluation.environment as E) };
    if (unknown === 'nil') return constantPart(null);
    throw new ExprError(`"${name}" is not known: there are ${Object.keys(variables).join(', ')}`, at);
  }

  #list(nodes: readonly ExprNode[]): ExprPart<E> {
    const elements = nodes.map((node) => this.part(node));
    if (elements.every(isConstant)) return constantPart(elements.map(({ constant = null }) => constant));
    return { type: 'array', evaluate: (evaluation) => elements.map((element) => element.evaluate(evaluation)) };
  }

  #map(nodes: readonly (readonly [ExprNode, ExprNode])[]): ExprPart<E> {
    const entries = nodes.map(([key, value]) => ({ key: this.part(key), value: this.part(value), at: key.at }));
    return {
      type: 'map',
      evaluate(evaluation) {
        const map = new Map<string, ExprValue>();
        for (const { key, value, at } of entries) {
          const name = key.evaluate(evaluation);
          if (typeof name !== 'string') throw new ExprError(`a key is a string, not ${typeOf(name)}`, at);
          map.set(name, value.evaluate(evaluation));
        }
        return map;
      },
    };
  }

  #not(node: ExprNode): ExprPart<E> {
    const test = this.truth(node);
    return { type: 'bool', evaluate: (evaluation) => !test(evaluation) };
  }

  #signed(sign: '-' | '+', node: ExprNode, at: number): ExprPart<E> {
    const operand = this.part(node);
    const { type } = operand;
    if (type !== undefined && type !== 'int' && type !== 'float')
      throw new ExprError(`${sign}${type} is not possible`, at);
    const evaluate = (evaluation: Evaluation<E>): ExprValue => {
      const value = operand.evaluate(evaluation);
      if (typeof value === 'bigint') return sign === '-' ? BigInt.asIntN(64, -value) : value;
      if (typeof value !== 'number') throw new ExprError(`${sign}${typeOf(value)} is not possible`, at);
      return sign === '-' ? -value : value;
    };
    return { type, evaluate };
  }

  /** A condition; throws an `ExprError` for any value but true and false. */
  truth(node: ExprNode): (evaluation: Evaluation<E>) => boolean {
    const { type, evaluate } = this.part(node);
    if (type !== undefined && type !== 'bool') throw new ExprError(`true or false expected, not ${type}`, node.at);
    return (evaluation) => {
      const value = evaluate(evaluation);
      if (typeof value !== 'boolean') throw new ExprError(`true or false expected, not ${typeOf(value)}`, node.at);
      return value;
    };
  }

  #logical(operator: 'and' | 'or', nodes: readonly ExprNode[]): ExprPart<E> {
    const tests = nodes.map((node) => this.truth(node));
    const decisive = operator === 'or';
    return {
      type: 'bool',
      evaluate(evaluation) {
        for (let i = 0; i < tests.length; i++) if (tests[i]?.(evaluation) === decisive) return decisive;
        return !decisive;
      },
    };
  }

  #ternary(testNode: ExprNode, trueNode: ExprNode, falseNode: ExprNode): ExprPart<E> {
    const test = this.truth(testNode);
    const [whenTrue, whenFalse] = [this.part(trueNode), this.part(falseNode)];
    return {
      type: whenTrue.type === whenFalse.type ? whenTrue.type : undefined,
      evaluate: (evaluation) => (test(evaluation) ? whenTrue : whenFalse).evaluate(evaluation),
    };
  }

  #binary({ operator, left: leftNode, right: rightNode, at }: ExprNode & { readonly kind: 'binary' }): ExprPart<E> {
    const [left, right] = [this.part(leftNode), this.part(rightNode)];
    if (operator === '??')
      return {
        type: left.type === right.type ? left.type : undefined,
        evaluate: (evaluation) => left.evaluate(evaluation) ?? right.evaluate(evaluation),
      };
    const type = resultType(operator, left.type, right.type, at);
    const operate = operations[operator];
    // A pattern that is written down is known to be good before anything is evaluated.
    if (operator === 'matches' && typeof right.constant === 'string') compiledPattern(right.constant, rightNode.at);
    if (isConstant(left) && isConstant(right))
      return constantPart(operate(left.constant ?? null, right.constant ?? null, at));
    return { type, evaluate: (evaluation) => operate(left.evaluate(evaluation), right.evaluate(evaluation), at) };
  }

  #chain(node: ExprNode): (evaluation: Evaluation<E>) => ChainValue {
    if (node.kind !== 'member') return this.part(node).evaluate;
    if (++this.#depth > deepest) throw new ExprError(`nested more than ${deepest} times`, node.at);
    const object = this.#chain(node.object);
    const key = this.part(node.key);
    const { isOptional, at } = node;
    this.#depth--;
    return (evaluation) => {
      const value = object(evaluation);
      if (value === ended || (isOptional && value === null)) return ended;
      return memberOf(value, key.evaluate(evaluation), at);
    };
  }

  #call(name: string, nodes: readonly ExprNode[], at: number): ExprPart<E> {
    const { functions } = this.#vocabulary;
    const named = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (named) {
      checkCount(name, nodes, 1, 1, at);
      return this.#namedCall(named, nodes[0] as ExprNode);
    }
    if (predicates.has(name) && (nodes.length > 1 || name !== 'count')) {
      checkCount(name, nodes, 2, 2, at);
      return predicatePart(name, this, nodes[0] as ExprNode, nodes[1] as ExprNode);
    }
    const builtIn = Object.hasOwn(builtIns, name) ? builtIns[name] : undefined;
    if (!builtIn) throw new ExprError(`there is no function "${name}"`, at);
    checkCount(name, nodes, builtIn.least, builtIn.most, at);
    const operands = nodes.map((node) => this.part(node));
    return {
      type: builtIn.type,
      evaluate: (evaluation) =>
        builtIn.call(
          operands.map((operand) => operand.evaluate(evaluation)),
          at,
        ),
    };
  }

  #namedCall(named: Vocabulary<E>['functions'][string], node: ExprNode): ExprPart<E> {
    const argument = this.part(node);
    const { constant } = argument;
    if (typeof constant === 'string') {
      const call = named.of(constant);
      return { type: named.type, evaluate: (evaluation) => call(evaluation.environment as E) };
    }
    if (argument.type !== undefined && argument.type !== 'string')
      throw new ExprError(`a string expected, not ${argument.type}`, node.at);
    return {
      type: named.type,
      evaluate(evaluation) {
        const name = argument.evaluate(evaluation);
        if (typeof name !== 'string') throw new ExprError(`a string expected, not ${typeOf(name)}`, node.at);
        return named.of(name)(evaluation.environment as E);
      },
    };
  }
}

function isConstant<E>(part: ExprPart<E>): boolean {
  return part.constant !== undefined;
}

function constantPart<E>(value: ExprValue): ExprPart<E> {
  const type: ExprType = typeOf(value);
  return { type, constant: value, evaluate: () => value };
}

function checkCount(name: string, operands: readonly ExprNode[], least: number, most: number, at: number): void {
  if (operands.length >= least && operands.length <= most) return;
  const wanted = least === most ? `${least}` : `${least} to ${most}`;
  throw new ExprError(`"${name}" takes ${wanted} arguments, not ${operands.length}`, at);
}
