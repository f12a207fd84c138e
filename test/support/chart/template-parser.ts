import { piecesOf, wordsOf, type Piece } from './template-lexer.js';

export type Expression =
  | { readonly kind: 'constant'; readonly value: unknown }
  /** `name` is '' for the dot. */
  | { readonly kind: 'variable'; readonly name: string; readonly fields: readonly string[] }
  | { readonly kind: 'chain'; readonly of: Expression; readonly fields: readonly string[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] };

export type Statement =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly value: Expression }
  | { readonly kind: 'set'; readonly name: string; readonly declares: boolean; readonly value: Expression }
  | {
      readonly kind: 'if' | 'with';
      readonly value: Expression;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: 'range';
      /** `[key, value]`, `[value]` or none. */
      readonly names: readonly string[];
      readonly value: Expression;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    };

/** Parses a Go template; its `define`s go into `defined`. */
export function parseTemplate(template: string, defined: Map<string, readonly Statement[]>): readonly Statement[] {
  const blocks = new Blocks(piecesOf(template), defined);
  const { statements, end } = blocks.until();
  if (end !== '') throw new Error(`{{${end}}} without a begin`);
  return statements;
}

class Blocks {
  readonly #pieces: readonly Piece[];
  readonly #defined: Map<string, readonly Statement[]>;
  #at = 0;

  constructor(pieces: readonly Piece[], defined: Map<string, readonly Statement[]>) {
    this.#pieces = pieces;
    this.#defined = defined;
  }

  /** The statements up to an `end` or `else`, which `end` is; '' at the end of the template. */
  until(): { readonly statements: readonly Statement[]; readonly end: string } {
    const statements: Statement[] = [];
    for (;;) {
      const piece = this.#pieces[this.#at++];
      if (!piece) return { statements, end: '' };
      if (piece.kind === 'text') {
        statements.push({ kind: 'text', text: piece.text });
        continue;
      }
      const [keyword = ''] = /^\w*/.exec(piece.text) ?? [];
      if (keyword === 'end' || keyword === 'else') return { statements, end: piece.text };
      const statement = this.#statement(keyword, piece.text);
      if (statement) statements.push(statement);
    }
  }

  #statement(keyword: string, text: string): Statement | undefined {
    const rest = text.slice(keyword.length);
    switch (keyword) {
      case 'define':
        this.#defined.set(JSON.parse(rest.trim()) as string, this.until().statements);
        return undefined;
      case 'if':
      case 'with':
        return { kind: keyword, value: pipelineOf(rest), ...this.#branches(keyword) };
      case 'range': {
        const [, names, value = rest] = /^\s*((?:\$\w+)(?:\s*,\s*\$\w+)?)\s*:=([^]*)$/.exec(rest) ?? [];
        const listed = (names ?? '').split(',').map((name) => name.trim());
        return {
          kind: 'range',
          names: listed.filter((name) => name !== ''),
          value: pipelineOf(value),
          ...this.#branches('range'),
        };
      }
      default: {
        const [, name = '', operator, value = ''] = /^(\$\w+)\s*(:?=)([^]*)$/.exec(text) ?? [];
        if (operator === undefined) return { kind: 'print', value: pipelineOf(text) };
        return { kind: 'set', name, declares: operator === ':=', value: pipelineOf(value) };
      }
    }
  }

  #branches(keyword: 'if' | 'with' | 'range'): { body: readonly Statement[]; otherwise: readonly Statement[] } {
    const { statements: body, end } = this.until();
    if (end === 'end') return { body, otherwise: [] };
    const [, again] = /^else\s+(?:if|with)\s([^]*)$/.exec(end) ?? [];
    if (again === undefined) return { body, otherwise: this.until().statements };
    const kind = keyword === 'with' ? 'with' : 'if';
    return { body, otherwise: [{ kind, value: pipelineOf(again), ...this.#branches(keyword) }] };
  }
}

function pipelineOf(text: string): Expression {
  const words = wordsOf(text);
  const reader = { words, at: 0 };
  const value = readPipeline(reader);
  if (reader.at < words.length) throw new Error(`too much in {{${text}}}: ${words.slice(reader.at).join(' ')}`);
  return value;
}

interface Reader {
  readonly words: readonly string[];
  at: number;
}

function readPipeline(reader: Reader): Expression {
  let value = readCommand(reader, []);
  while (reader.words[reader.at] === '|') {
    reader.at++;
    value = readCommand(reader, [value]);
  }
  return value;
}

/** One command; `piped` is its last argument. */
function readCommand(reader: Reader, piped: readonly Expression[]): Expression {
  const operands: Expression[] = [];
  for (;;) {
    const word = reader.words[reader.at];
    if (word === undefined || word === '|' || word.startsWith(')')) break;
    operands.push(readOperand(reader));
  }
  const [first, ...args] = operands;
  if (!first) throw new Error('an empty command');
  if (first.kind === 'variable' && first.fields.join('.') === 'Files.Get')
    return { kind: 'call', name: 'Files.Get', args };
  if (first.kind === 'call' && first.args.length === 0) return { ...first, args: [...args, ...piped] };
  if (args.length + piped.length > 0) throw new Error(`${JSON.stringify(first)} is no function`);
  return first;
}

function readOperand(reader: Reader): Expression {
  const word = reader.words[reader.at++] ?? '';
  if (word === '(') {
    const inner = readPipeline(reader);
    const close = reader.words[reader.at++] ?? '';
    // A call in parentheses is a value: it takes no further arguments.
    return { kind: 'chain', of: inner, fields: close.split('.').slice(1) };
  }
  if (word.startsWith('"')) return { kind: 'constant', value: JSON.parse(word) };
  if (word.startsWith('`')) return { kind: 'constant', value: word.slice(1, -1) };
  if (/^-?\d/.test(word)) return { kind: 'constant', value: Number(word) };
  if (word === 'true' || word === 'false') return { kind: 'constant', value: word === 'true' };
  if (word === 'nil') return { kind: 'constant', value: null };
  if (word.startsWith('.')) return { kind: 'variable', name: '', fields: word.split('.').filter(Boolean) };
  if (word.startsWith('$')) {
    const [name = '', ...fields] = word.split('.');
    return { kind: 'variable', name, fields };
  }
  return { kind: 'call', name: word, args: [] };
}
