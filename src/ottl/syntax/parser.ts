import { StatementError } from '../ottl-error.js';
import type {
  ArgumentNode,
  CallNode,
  ComparisonOperator,
  ConditionNode,
  EntryNode,
  KeyNode,
  MathOperator,
  OperationNode,
  PathNode,
  SegmentNode,
  StatementNode,
  ValueNode,
} from './ast.js';
import { Lexer, type TokenKind } from './lexer.js';
import { isCondition, isNumeric, toCondition } from './operands.js';
import { missing, noEditor, unexpected } from './unexpected.js';

/** Parentheses, brackets and braces within each other. A statement's execution recurses as deep. */
const deepest = 200;
/** Keys behind a name: as deep goes an assignment into maps within maps. */
const mostKeys = 200;

const segment = /^[a-z][a-z0-9_]*$/;
const words = new Set(['and', 'or', 'not', 'where']);

/** Parses a statement. Throws a `StatementError` at the first place that is none. */
export function parseStatement(text: string): StatementNode {
  return new Parser(text).statement();
}

/** Parses a condition. Throws a `StatementError` at the first place that is none. */
export function parseCondition(text: string): ConditionNode {
  return new Parser(text).wholeCondition();
}

/** Parses a value that stands alone. Throws a `StatementError` at the first place that is none. */
export function parseValue(text: string): ValueNode {
  return new Parser(text).wholeValue();
}

/** By recursive descent, in one pass over the tokens. */
class Parser {
  readonly #lexer: Lexer;
  #depth = 0;

  constructor(text: string) {
    this.#lexer = new Lexer(text);
  }

  statement(): StatementNode {
    const lexer = this.#lexer;
    const offset = lexer.start;
    if (lexer.kind === 'end') throw new StatementError('the statement is empty', offset);
    if (lexer.kind !== 'name') throw noEditor(lexer);
    const { word } = lexer;
    lexer.advance();
    if (!this.#is('(')) throw noEditor(lexer, offset);
    const editor = this.#call(word, offset);
    if (editor.keys[0]) throw new StatementError(`${word} has no value with a part in brackets`, editor.keys[0].offset);
    const where = this.#takeWord('where') ? this.#condition() : undefined;
    if (!this.#is('end')) throw unexpected(lexer, where ? '"and", "or" or the end' : '"where" or the end');
    return { kind: 'statement', editor, where, offset };
  }

  wholeCondition(): ConditionNode {
    if (this.#is('end')) throw new StatementError('the condition is empty', this.#lexer.start);
    const condition = this.#condition();
    if (!this.#is('end')) throw unexpected(this.#lexer, '"and", "or" or the end');
    return condition;
  }

  wholeValue(): ValueNode {
    if (this.#is('end')) throw new StatementError('the value is empty', this.#lexer.start);
    const value = this.#sum();
    if (!this.#is('end')) throw unexpected(this.#lexer, 'an operator (+, -, *, /) or the end');
    return value;
  }

  #condition(): ConditionNode {
    return toCondition(this.#logic('or'), this.#lexer);
  }

  /** A condition; or a value alone, which may turn out to be the beginning of `(a + b) * 2 == 3`. */
  #logic(kind: 'and' | 'or'): ValueNode | ConditionNode {
    const first = kind === 'or' ? this.#logic('and') : this.#not();
    if (!this.#isWord(kind)) return first;
    const operands = [toCondition(first, this.#lexer)];
    while (this.#takeWord(kind))
      operands.push(toCondition(kind === 'or' ? this.#logic('and') : this.#not(), this.#lexer));
    return { kind, operands, offset: first.offset };
  }

  #not(): ValueNode | ConditionNode {
    const offset = this.#lexer.start;
    if (!this.#takeWord('not')) return this.#comparison();
    if (this.#isWord('not'))
      throw new StatementError('"not" twice: leave both out, or write not (not ...)', this.#lexer.start);
    return { kind: 'not', operand: toCondition(this.#comparison(), this.#lexer), offset };
  }

  #comparison(): ValueNode | ConditionNode {
    const lexer = this.#lexer;
    let left: ValueNode | ConditionNode;
    if (this.#is('(')) {
      left = this.#within(')', '"and", "or" or ")"', () => this.#logic('or'));
      if (isCondition(left)) return left;
      if (left.kind === 'literal' && typeof left.value === 'boolean') return left;
      if (!isNumeric(left)) return toCondition(left, lexer);
      left = this.#sum(left);
    } else left = this.#sum();
    if (!this.#is('comparison')) return left;
    const operator = lexer.word as ComparisonOperator;
    lexer.advance();
    return { kind: 'comparison', operator, left, right: this.#sum(), offset: left.offset };
  }

  /** A value; `first` is its beginning when that has been read. */
  #sum(first?: ValueNode): ValueNode {
    return this.#operations('+', '-', this.#product(first), () => this.#product());
  }

  #product(first?: ValueNode): ValueNode {
    return this.#operations('*', '/', first ?? this.#signed(), () => this.#signed());
  }

  #operations(one: MathOperator, other: MathOperator, first: ValueNode, next: () => ValueNode): ValueNode {
    if (!this.#is(one) && !this.#is(other)) return first;
    this.#numeric(first);
    const rest: OperationNode[] = [];
    while (this.#is(one) || this.#is(other)) {
      const offset = this.#lexer.start;
      const operator = this.#lexer.word as MathOperator;
      this.#lexer.advance();
      rest.push({ operator, operand: this.#numeric(next()), offset });
    }
    return { kind: 'math', first, rest, offset: first.offset };
  }

  #signed(): ValueNode {
    const offset = this.#lexer.start;
    if (!this.#is('+') && !this.#is('-')) return this.#primary();
    const operator = this.#lexer.word as '+' | '-';
    this.#lexer.advance();
    if (this.#is('+') || this.#is('-')) throw unexpected(this.#lexer, 'a number: there is one sign at most');
    return { kind: 'sign', operator, operand: this.#numeric(this.#primary()), offset };
  }

  #numeric(node: ValueNode): ValueNode {
    if (!isNumeric(node))
      throw new StatementError('only numbers, paths and functions can be calculated with', node.offset);
    return node;
  }

  #primary(): ValueNode {
    const lexer = this.#lexer;
    const { kind, start: offset, value } = lexer;
    switch (kind) {
      case 'name': {
        const { word } = lexer;
        if (words.has(word)) throw missing(lexer);
        lexer.advance();
        return this.#named(word, offset);
      }
      case 'int':
      case 'float':
      case 'string':
      case 'bytes':
        lexer.advance();
        return { kind: 'literal', value, offset };
      case '[':
        return { kind: 'list', elements: this.#within(']', '"," or "]"', () => this.#values()), offset };
      case '{':
        return { kind: 'map', entries: this.#within('}', '"}"', () => this.#entries()), offset };
      case '(':
        return this.#within(')', '")"', () => {
          if (this.#is(')')) throw missing(lexer);
          return this.#numeric(this.#sum());
        });
      default:
        throw missing(lexer);
    }
  }

  /** The value that begins with a name that has been read: a literal, an enum, a path or a call. */
  #named(word: string, offset: number): ValueNode {
    if (this.#is('(')) return this.#call(word, offset);
    if (word === 'nil') return { kind: 'literal', value: undefined, offset };
    if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true', offset };
    return /^[A-Z]/.test(word) ? { kind: 'symbol', name: word, offset } : this.#path(word, offset);
  }

  #path(word: string, offset: number): PathNode {
    const lexer = this.#lexer;
    const segments: SegmentNode[] = [];
    for (let name = word, at = offset; ;) {
      if (!segment.test(name))
        throw new StatementError(`the names in a path have small letters: "${name.toLowerCase()}"`, at);
      // The end of the token before the current one is not kept: it is the end of this name or of its last key.
      let end = at + name.length;
      const keys = this.#keys((keyEnd) => (end = keyEnd));
      segments.push({ name, keys, offset: at });
      if (!this.#is('.')) return { kind: 'path', segments, end, offset };
      lexer.advance();
      if (!this.#is('name')) throw unexpected(lexer, 'the name of a field behind "."');
      name = lexer.word;
      at = lexer.start;
      lexer.advance();
    }
  }

  #keys(ended?: (end: number) => void): readonly KeyNode[] {
    const keys: KeyNode[] = [];
    while (this.#is('[')) {
      const offset = this.#lexer.start;
      if (keys.length === mostKeys) throw new StatementError(`more than ${mostKeys} keys in a row`, offset);
      keys.push({ value: this.#within(']', '"]"', () => this.#key(), ended), offset });
    }
    return keys;
  }

  #key(): ValueNode {
    const lexer = this.#lexer;
    const { kind, start: offset, value } = lexer;
    if (kind === 'string' || kind === 'int') {
      lexer.advance();
      return { kind: 'literal', value, offset };
    }
    if (kind === ']') throw unexpected(lexer, 'a key ("...") or a place (0, 1, ...)');
    const key = this.#sum();
    if (key.kind === 'path' || key.kind === 'call' || key.kind === 'math' || key.kind === 'sign') return key;
    throw new StatementError('a key is a text, an int, a path or a function', offset);
  }

  #call(name: string, offset: number): CallNode {
    const args = this.#within(')', '"," or ")"', () => this.#arguments());
    return { kind: 'call', name, args, keys: this.#keys(), offset };
  }

  #arguments(): readonly ArgumentNode[] {
    const args: ArgumentNode[] = [];
    if (this.#is(')')) return args;
    do args.push(this.#argument());
    while (this.#take(','));
    return args;
  }

  #argument(): ArgumentNode {
    const lexer = this.#lexer;
    const { start: offset, word } = lexer;
    if (!this.#is('name') || words.has(word)) return { name: undefined, value: this.#sum(), offset };
    lexer.advance();
    if (/^[a-z]/.test(word) && this.#take('=')) return { name: word, value: this.#sum(), offset };
    return { name: undefined, value: this.#sum(this.#named(word, offset)), offset };
  }

  #values(): readonly ValueNode[] {
    const values: ValueNode[] = [];
    if (this.#is(']')) return values;
    do values.push(this.#sum());
    while (this.#take(','));
    return values;
  }

  /** The comma behind an entry can be left out, as in the Collector. */
  #entries(): readonly EntryNode[] {
    const lexer = this.#lexer;
    const entries: EntryNode[] = [];
    while (!this.#is('}')) {
      const { kind, start: offset, value } = lexer;
      if (kind !== 'string') throw unexpected(lexer, 'a key in double quotes or "}"');
      lexer.advance();
      if (!this.#take(':')) throw unexpected(lexer, '":" behind the key');
      entries.push({ key: value as string, value: this.#sum(), offset });
      this.#take(',');
    }
    return entries;
  }

  /** The content between two signs that belong together. */
  #within<T>(close: ')' | ']' | '}', expected: string, inside: () => T, ended?: (end: number) => void): T {
    const lexer = this.#lexer;
    if (++this.#depth > deepest)
      throw new StatementError(`more than ${deepest} parentheses, brackets and braces within each other`, lexer.start);
    const offset = lexer.start;
    lexer.advance();
    const content = inside();
    if (!this.#is(close)) throw unexpected(lexer, expected, offset);
    ended?.(lexer.end);
    lexer.advance();
    if (close === ')' && this.#is('=>')) throw missing(lexer);
    this.#depth--;
    return content;
  }

  #is(kind: TokenKind): boolean {
    return this.#lexer.kind === kind;
  }

  #isWord(word: string): boolean {
    return this.#is('name') && this.#lexer.word === word;
  }

  #take(kind: TokenKind): boolean {
    if (!this.#is(kind)) return false;
    this.#lexer.advance();
    return true;
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#lexer.advance();
    return true;
  }
}
