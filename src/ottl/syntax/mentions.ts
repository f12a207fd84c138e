import type { CallNode, ConditionNode, PathNode, StatementNode, ValueNode } from './ast.js';

/** A name and where it stands. */
export interface Mention {
  readonly name: string;
  readonly offset: number;
}

/** The names in a statement or condition that say in which contexts it can run. */
export interface Mentions {
  /** In front of paths. */
  readonly contexts: readonly Mention[];
  readonly editors: readonly Mention[];
  readonly converters: readonly Mention[];
  /** Names in capitals alone: the Collector takes them for enums here, also where a function is meant. */
  readonly symbols: readonly Mention[];
}

/** Collects them in the order in which they stand. */
export function mentions(node: StatementNode | ConditionNode): Mentions {
  const found = new Finder();
  if (node.kind !== 'statement') {
    found.condition(node);
    return found;
  }
  found.editors.push({ name: node.editor.name, offset: node.editor.offset });
  found.parts(node.editor);
  if (node.where) found.condition(node.where);
  return found;
}

/** Recurses as deep as the parser has. */
class Finder implements Mentions {
  readonly contexts: Mention[] = [];
  readonly editors: Mention[] = [];
  readonly converters: Mention[] = [];
  readonly symbols: Mention[] = [];

  condition(node: ConditionNode): void {
    switch (node.kind) {
      case 'and':
      case 'or':
        for (const operand of node.operands) this.condition(operand);
        break;
      case 'not':
        this.condition(node.operand);
        break;
      case 'comparison':
        this.value(node.left);
        this.value(node.right);
        break;
      default:
        this.value(node);
    }
  }

  value(node: ValueNode): void {
    switch (node.kind) {
      case 'path':
        this.#path(node);
        break;
      case 'call':
        this.converters.push({ name: node.name, offset: node.offset });
        this.parts(node);
        break;
      case 'symbol':
        // With a small letter it can only be the name of a function.
        if (/^[A-Z0-9_]+$/.test(node.name)) this.symbols.push(node);
        break;
      case 'list':
        for (const element of node.elements) this.value(element);
        break;
      case 'map':
        for (const { value } of node.entries) this.value(value);
        break;
      case 'sign':
        this.value(node.operand);
        break;
      case 'math':
        this.value(node.first);
        for (const { operand } of node.rest) this.value(operand);
        break;
      case 'literal':
        break;
    }
  }

  parts({ args, keys }: CallNode): void {
    for (const { value } of args) this.value(value);
    for (const { value } of keys) this.value(value);
  }

  #path({ segments, offset }: PathNode): void {
    const [first] = segments;
    if (segments.length > 1 && first!.keys.length === 0) this.contexts.push({ name: first!.name, offset });
    for (const { keys } of segments) for (const { value } of keys) this.value(value);
  }
}
