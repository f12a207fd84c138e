import type { ExprValue } from './value.js';

/** A part of an expression, and where it stands in the source. */
export type ExprNode =
  | { readonly kind: 'literal'; readonly value: ExprValue; readonly at: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  /** `#`: the element that a predicate is asked about. */
  | { readonly kind: 'element'; readonly at: number }
  | { readonly kind: 'list'; readonly elements: readonly ExprNode[]; readonly at: number }
  | {
      readonly kind: 'map';
      readonly entries: readonly (readonly [key: ExprNode, value: ExprNode])[];
      readonly at: number;
    }
  | { readonly kind: 'unary'; readonly operator: '-' | '+' | 'not'; readonly operand: ExprNode; readonly at: number }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: ExprNode;
      readonly right: ExprNode;
      readonly at: number;
    }
  /** All of a chain of `and`, or of `or`. */
  | { readonly kind: 'logical'; readonly operator: 'and' | 'or'; readonly operands: ExprNode[]; readonly at: number }
  | {
      readonly kind: 'ternary';
      readonly test: ExprNode;
      readonly whenTrue: ExprNode;
      readonly whenFalse: ExprNode;
      readonly at: number;
    }
  | {
      readonly kind: 'member';
      readonly object: ExprNode;
      readonly key: ExprNode;
      /** `?.`: of nil, the rest of the chain is nil. */
      readonly isOptional: boolean;
      readonly at: number;
    }
  /** Members behind each other, of which one is optional. */
  | { readonly kind: 'chain'; readonly inner: ExprNode; readonly at: number }
  | {
      readonly kind: 'slice';
      readonly object: ExprNode;
      readonly from: ExprNode | undefined;
      readonly to: ExprNode | undefined;
      readonly at: number;
    }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly ExprNode[]; readonly at: number };

export type BinaryOperator =
  | ('==' | '!=' | '<' | '<=' | '>' | '>=')
  | ('in' | 'matches' | 'contains' | 'startsWith' | 'endsWith')
  | ('+' | '-' | '*' | '/' | '%' | '**' | '..' | '??');
