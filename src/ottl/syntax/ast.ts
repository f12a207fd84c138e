/** Names of the operators of comparisons. */
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type MathOperator = '+' | '-' | '*' | '/';

/** Every node has an offset: where it begins in the statement, in UTF-16 units. */
interface Node {
  readonly offset: number;
}

/** `editor(...) where condition`. */
export interface StatementNode extends Node {
  readonly kind: 'statement';
  readonly editor: CallNode;
  readonly where: ConditionNode | undefined;
}

/** Something that has a value. */
export type ValueNode =
  | LiteralNode
  | SymbolNode
  | PathNode
  | CallNode
  | ListLiteralNode
  | MapLiteralNode
  | SignNode
  | MathNode;

/** nil (undefined), a bool, an int64 (bigint), a float64 (number), a text or bytes. */
export interface LiteralNode extends Node {
  readonly kind: 'literal';
  readonly value: undefined | boolean | bigint | number | string | Uint8Array;
}

/** A name that begins with a capital and is not called: an enum or, as an argument, a function. */
export interface SymbolNode extends Node {
  readonly kind: 'symbol';
  readonly name: string;
}

export interface PathNode extends Node {
  readonly kind: 'path';
  /** At least one. */
  readonly segments: readonly SegmentNode[];
  readonly end: number;
}

export interface SegmentNode extends Node {
  readonly name: string;
  readonly keys: readonly KeyNode[];
}

/** `["key"]`, `[0]`, or any value in brackets. */
export interface KeyNode extends Node {
  readonly value: ValueNode;
}

/** A function that is called: an editor, or a converter with the keys behind it. */
export interface CallNode extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly ArgumentNode[];
  readonly keys: readonly KeyNode[];
}

export interface ArgumentNode extends Node {
  /** Undefined for an argument that is known by its position. */
  readonly name: string | undefined;
  readonly value: ValueNode;
}

export interface ListLiteralNode extends Node {
  readonly kind: 'list';
  readonly elements: readonly ValueNode[];
}

export interface MapLiteralNode extends Node {
  readonly kind: 'map';
  readonly entries: readonly EntryNode[];
}

export interface EntryNode extends Node {
  readonly key: string;
  readonly value: ValueNode;
}

/** `-x` or `+x`. */
export interface SignNode extends Node {
  readonly kind: 'sign';
  readonly operator: '+' | '-';
  readonly operand: ValueNode;
}

/** Operators of one precedence from the left: `1 + 2 - 3` is one node. */
export interface MathNode extends Node {
  readonly kind: 'math';
  readonly first: ValueNode;
  readonly rest: readonly OperationNode[];
}

export interface OperationNode extends Node {
  readonly operator: MathOperator;
  readonly operand: ValueNode;
}

/** Something that holds or not. A literal is `true` or `false`, a call one of a converter. */
export type ConditionNode = LogicNode | NotNode | ComparisonNode | LiteralNode | CallNode;

export interface LogicNode extends Node {
  readonly kind: 'and' | 'or';
  /** Two or more. */
  readonly operands: readonly ConditionNode[];
}

export interface NotNode extends Node {
  readonly kind: 'not';
  readonly operand: ConditionNode;
}

export interface ComparisonNode extends Node {
  readonly kind: 'comparison';
  readonly operator: ComparisonOperator;
  readonly left: ValueNode;
  readonly right: ValueNode;
}
