import type {
  ArgumentNode,
  CallNode,
  ConditionNode,
  KeyNode,
  PathNode,
  StatementNode,
  ValueNode,
} from '../../src/ottl/syntax/ast.js';

/** A statement or condition as text: parsed again it is the same but for offsets. */
export function printStatement({ editor, where }: StatementNode): string {
  return where ? `${call(editor)} where ${printCondition(where)}` : call(editor);
}

export function printCondition(node: ConditionNode): string {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.operands.map(operandOf).join(` ${node.kind} `);
    case 'not':
      return `not ${operandOf(node.operand)}`;
    case 'comparison':
      return `${value(node.left)} ${node.operator} ${value(node.right)}`;
    case 'literal':
    case 'call':
      return value(node);
  }
}

function operandOf(node: ConditionNode): string {
  const text = printCondition(node);
  return node.kind === 'and' || node.kind === 'or' || node.kind === 'not' ? `(${text})` : text;
}

function value(node: ValueNode): string {
  switch (node.kind) {
    case 'literal':
      return literal(node.value);
    case 'symbol':
      return node.name;
    case 'path':
      return path(node);
    case 'call':
      return call(node);
    case 'list':
      return `[${node.elements.map(value).join(', ')}]`;
    case 'map':
      return `{${node.entries.map((entry) => `${JSON.stringify(entry.key)}: ${value(entry.value)}`).join(', ')}}`;
    case 'sign':
      return `${node.operator}${number(node.operand)}`;
    case 'math':
      return [number(node.first), ...node.rest.map((each) => `${each.operator} ${number(each.operand)}`)].join(' ');
  }
}

function number(node: ValueNode): string {
  return node.kind === 'math' || node.kind === 'sign' ? `(${value(node)})` : value(node);
}

function literal(content: undefined | boolean | bigint | number | string | Uint8Array): string {
  if (content === undefined) return 'nil';
  if (typeof content === 'string') return JSON.stringify(content).replaceAll(/\\u(?=d[89a-f])/g, '\\\\u');
  if (typeof content === 'number') return Number.isInteger(content) ? content.toExponential(20) : float(content);
  return content instanceof Uint8Array ? `0x${Buffer.from(content).toString('hex')}` : String(content);
}

function float(content: number): string {
  const text = String(content);
  return text.includes('.') ? text : text.replace('e', '.0e');
}

function path({ segments }: PathNode): string {
  return segments.map(({ name, keys: inBrackets }) => name + keys(inBrackets)).join('.');
}

function call(node: CallNode): string {
  return `${node.name}(${node.args.map(argument).join(', ')})${keys(node.keys)}`;
}

function argument({ name, value: node }: ArgumentNode): string {
  return name === undefined ? value(node) : `${name}=${value(node)}`;
}

function keys(nodes: readonly KeyNode[]): string {
  return nodes.map((node) => `[${value(node.value)}]`).join('');
}
