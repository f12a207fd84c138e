import { ExprError } from './expr-error.js';
import { tokens, type ExprToken } from './lexer.js';
import type { BinaryOperator, ExprNode } from './node.js';

type Level = readonly [precedence: number, operator: BinaryOperator | 'and' | 'or' | '|'];

/** How tightly operators bind: the higher, the tighter. */
const levels: ReadonlyMap<string, Level> = new Map<string, Level>([
  ['|', [0, '|']],
  ...(['or', '||'] as const).map((sign): [string, Level] => [sign, [10, 'or']]),
  ...(['and', '&&'] as const).map((sign): [string, Level] => [sign, [15, 'and']]),
  ...(['==', '!=', '<', '<=', '>', '>=', 'in', 'matches', 'contains', 'startsWith', 'endsWith'] as const).map(
    (sign): [string, Level] => [sign, [20, sign]],
  ),
  ['..', [25, '..']],
  ...(['+', '-'] as const).map((sign): [string, Level] => [sign, [30, sign]]),
  ...(['*', '/', '%'] as const).map((sign): [string, Level] => [sign, [60, sign]]),
  ...(['**', '^'] as const).map((sign): [string, Level] => [sign, [100, '**']]),
  ['??', [500, '??']],
]);
const negatable: ReadonlySet<string> = new Set(['in', 'matches', 'contains', 'startsWith', 'endsWith']);
const notBinding = 50;
const signBinding = 90;
/** Parts within each other, which closures call through, and all parts of an expression. */
const deepest = 200;
const mostNodes = 20_000;

/** Functions whose last operand is asked about each element of a list. */
export const predicates: ReadonlySet<string> = new Set('all any one none count filter map find findIndex'.split(' '));

/** Parses an expression. Throws an `ExprError` at the character that is wrong. */
export function parsed(source: string): ExprNode {
  return new Parser(source).whole();
}

class Parser {
  readonly #tokens: readonly ExprToken[];
  #next = 0;
  #depth = 0;
  #nodes = 0;
  #predicates = 0;

  constructor(source: string) {
    this.#tokens = tokens(source);
  }

  whole(): ExprNode {
    const node = this.#expression(0);
    if (this.#token.kind !== 'end') throw this.#unexpected('an operator or the end');
    return node;
  }

  get #token(): ExprToken {
    return this.#tokens[this.#next] as ExprToken;
  }

  #is(sign: string): boolean {
    return this.#token.kind === 'operator' && this.#token.text === sign;
  }

  #accept(sign: string): boolean {
    if (!this.#is(sign)) return false;
    this.#next++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#accept(sign)) throw this.#unexpected(`"${sign}"`);
  }

  #unexpected(wanted: string): ExprError {
    const { kind, text, at } = this.#token;
    const found = kind === 'end' ? 'the expression ends' : `"${text}"`;
    return new ExprError(`${found} where ${wanted} is expected`, at);
  }

  /** The expression of operators that bind at least as tightly as `precedence`; with 0, the conditional too. */
  #expression(precedence: number): ExprNode {
    if (++this.#depth > deepest) throw new ExprError(`nested more than ${deepest} times`, this.#token.at);
    let node = this.#unary();
    let chained = 0;
    for (;;) {
      const { at } = this.#token;
      const isNot = this.#is('not') && negatable.has(this.#tokens[this.#next + 1]?.text ?? '');
      const sign = this.#tokens[isNot ? this.#next + 1 : this.#next] as ExprToken;
      const level = sign.kind === 'operator' ? levels.get(sign.text) : undefined;
      if (level === undefined || level[0] < precedence) break;
      this.#next += isNot ? 2 : 1;
      if (++chained > deepest && level[1] !== 'and' && level[1] !== 'or')
        throw new ExprError(`more than ${deepest} operators behind each other`, at);
      node = this.#binary(level, node, at);
      if (isNot) node = this.#made({ kind: 'unary', operator: 'not', operand: node, at });
    }
    if (precedence === 0 && this.#is('?')) node = this.#ternary(node);
    this.#depth--;
    return node;
  }

  #binary([precedence, operator]: Level, left: ExprNode, at: number): ExprNode {
    if (operator === '|') return this.#piped(left);
    // Only powers bind from the right.
    const right = this.#expression(operator === '**' ? precedence : precedence + 1);
    if (operator !== 'and' && operator !== 'or') return this.#made({ kind: 'binary', operator, left, right, at });
    if (left.kind !== 'logical' || left.operator !== operator)
      return this.#made({ kind: 'logical', operator, operands: [left, right], at });
    left.operands.push(right);
    return left;
  }

  #ternary(test: ExprNode): ExprNode {
    const { at } = this.#token;
    this.#next++;
    const whenTrue = this.#expression(0);
    this.#expect(':');
    return this.#made({ kind: 'ternary', test, whenTrue, whenFalse: this.#expression(0), at });
  }

  /** `left | f(x)` is `f(left, x)`. */
  #piped(left: ExprNode): ExprNode {
    const { kind, text, at } = this.#token;
    if (kind !== 'name') throw this.#unexpected('a function');
    this.#next++;
    if (!this.#is('(')) throw this.#unexpected('"("');
    return this.#members(this.#call(text, at, [left]));
  }

  #unary(): ExprNode {
    const { at } = this.#token;
    if (this.#accept('not') || this.#accept('!'))
      return this.#made({ kind: 'unary', operator: 'not', operand: this.#expression(notBinding), at });
    for (const sign of ['-', '+'] as const)
      if (this.#accept(sign))
        return this.#made({ kind: 'unary', operator: sign, operand: this.#expression(signBinding), at });
    return this.#members(this.#primary());
  }

  #primary(): ExprNode {
    const token = this.#token;
    const { kind, text, value, at } = token;
    if (kind === 'number' || kind === 'text') {
      this.#next++;
      return this.#made({ kind: 'literal', value, at });
    }
    if (kind === 'name') {
      this.#next++;
      return this.#named(text, at);
    }
    if (this.#accept('(')) {
      const node = this.#expression(0);
      this.#expect(')');
      return node;
    }
    if (this.#accept('[')) return this.#made({ kind: 'list', elements: this.#listed(']'), at });
    if (this.#accept('{')) return this.#map(at);
    if (this.#is('#') || this.#is('.')) return this.#element(at);
    if (this.#is('let') || this.#is('if')) throw new ExprError(`"${text}" is not supported here`, at);
    throw this.#unexpected('a value');
  }

  #named(name: string, at: number): ExprNode {
    if (this.#is('(')) return this.#call(name, at, []);
    switch (name) {
      case 'true':
      case 'false':
        return this.#made({ kind: 'literal', value: name === 'true', at });
      case 'nil':
        return this.#made({ kind: 'literal', value: null, at });
      default:
        return this.#made({ kind: 'name', name, at });
    }
  }

  /** `#`, or a `.` that stands for `#.`. */
  #element(at: number): ExprNode {
    if (this.#predicates === 0) throw new ExprError('an element is known in a predicate only', at);
    this.#accept('#');
    if (this.#token.kind === 'name' && this.#token.at === at + 1)
      throw new ExprError(`"#${this.#token.text}" is not supported here`, at);
    return this.#made({ kind: 'element', at });
  }

  #call(name: string, at: number, before: readonly ExprNode[]): ExprNode {
    this.#expect('(');
    const operands = [...before];
    while (!this.#accept(')')) {
      if (operands.length > before.length) {
        this.#expect(',');
        if (this.#accept(')')) break;
      }
      operands.push(predicates.has(name) && operands.length === 1 ? this.#predicate() : this.#expression(0));
    }
    return this.#made({ kind: 'call', name, operands, at });
  }

  /** With braces or without. */
  #predicate(): ExprNode {
    this.#predicates++;
    const isBraced = this.#accept('{');
    const node = this.#expression(0);
    if (isBraced) this.#expect('}');
    this.#predicates--;
    return node;
  }

  #listed(end: string): readonly ExprNode[] {
    const elements: ExprNode[] = [];
    while (!this.#accept(end)) {
      if (elements.length > 0) {
        this.#expect(',');
        if (this.#accept(end)) break;
      }
      elements.push(this.#expression(0));
    }
    return elements;
  }

  #map(at: number): ExprNode {
    const entries: (readonly [ExprNode, ExprNode])[] = [];
    while (!this.#accept('}')) {
      if (entries.length > 0) {
        this.#expect(',');
        if (this.#accept('}')) break;
      }
      const key = this.#key();
      this.#expect(':');
      entries.push([key, this.#expression(0)]);
    }
    return this.#made({ kind: 'map', entries, at });
  }

  #key(): ExprNode {
    const { kind, text, value, at } = this.#token;
    if (this.#accept('(')) {
      const node = this.#expression(0);
      this.#expect(')');
      return node;
    }
    if (kind === 'end' || (kind === 'operator' && !/^\w/.test(text))) throw this.#unexpected('a key');
    this.#next++;
    return this.#made({ kind: 'literal', value: kind === 'text' ? value : text, at });
  }

  /** Members and parts behind a value: `.name`, `?.name`, `[key]`, `[from:to]`. */
  #members(first: ExprNode): ExprNode {
    let node = first;
    let isChain = false;
    for (let count = 0; ; count++) {
      const { at } = this.#token;
      if (count > deepest) throw new ExprError(`more than ${deepest} members behind each other`, at);
      const isOptional = this.#is('?.');
      if (this.#accept('.') || this.#accept('?.')) {
        isChain ||= isOptional;
        if (isOptional && this.#accept('[')) node = this.#indexed(node, true, at);
        else node = this.#made({ kind: 'member', object: node, key: this.#memberName(), isOptional, at });
      } else if (this.#accept('[')) node = this.#indexed(node, false, at);
      else break;
    }
    return isChain ? this.#made({ kind: 'chain', inner: node, at: node.at }) : node;
  }

  #memberName(): ExprNode {
    const { kind, text, at } = this.#token;
    if (kind !== 'name' && !(kind === 'operator' && /^\w/.test(text))) throw this.#unexpected('a name');
    this.#next++;
    if (this.#is('(')) throw new ExprError(`"${text}" is a method, which no value has here`, at);
    return this.#made({ kind: 'literal', value: text, at });
  }

  /** Behind the bracket. */
  #indexed(object: ExprNode, isOptional: boolean, at: number): ExprNode {
    const from = this.#is(':') ? undefined : this.#expression(0);
    if (!this.#accept(':')) {
      this.#expect(']');
      return this.#made({ kind: 'member', object, key: from as ExprNode, isOptional, at });
    }
    const to = this.#is(']') ? undefined : this.#expression(0);
    this.#expect(']');
    return this.#made({ kind: 'slice', object, from, to, at });
  }

  #made(node: ExprNode): ExprNode {
    if (++this.#nodes > mostNodes) throw new ExprError(`more than ${mostNodes} parts`, node.at);
    return node;
  }
}
