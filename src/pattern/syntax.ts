import type { CharSet } from './char-set.js';

/** A pattern as a tree. The pattern that matches nothing but the empty text is a concat of no parts. */
export type Syntax =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'concat'; readonly parts: readonly Syntax[] }
  | { readonly kind: 'alternate'; readonly branches: readonly Syntax[] }
  | Repeat
  | { readonly kind: 'capture'; readonly body: Syntax }
  | { readonly kind: 'assert'; readonly place: AssertedPlace };

export interface Repeat {
  readonly kind: 'repeat';
  readonly body: Syntax;
  readonly min: number;
  /** Infinity for a loop without a bound. */
  readonly max: number;
  readonly greedy: boolean;
}

export type AssertedPlace =
  | 'text start'
  | 'text end'
  | 'line start'
  | 'line end'
  | 'word boundary'
  | 'no word boundary';

/** Whether the empty text can match, where all assertions hold. */
export function isNullable(node: Syntax): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'assert':
      return true;
    case 'concat':
      return node.parts.every(isNullable);
    case 'alternate':
      return node.branches.some(isNullable);
    case 'repeat':
      return node.min === 0 || isNullable(node.body);
    case 'capture':
      return isNullable(node.body);
  }
}

/** Length of the longest match in characters. */
export function longest(node: Syntax): number {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'assert':
      return 0;
    case 'concat':
      return node.parts.reduce((sum, part) => sum + longest(part), 0);
    case 'alternate':
      return Math.max(...node.branches.map(longest));
    case 'repeat': {
      const length = longest(node.body);
      return length === 0 ? 0 : length * node.max;
    }
    case 'capture':
      return longest(node.body);
  }
}

/** Whether a match can only begin where the text begins. */
export function isAnchored(node: Syntax): boolean {
  switch (node.kind) {
    case 'assert':
      return node.place === 'text start';
    case 'concat':
      return node.parts[0] !== undefined && isAnchored(node.parts[0]);
    case 'alternate':
      return node.branches.every(isAnchored);
    case 'repeat':
      return node.min > 0 && isAnchored(node.body);
    case 'capture':
      return isAnchored(node.body);
    case 'set':
      return false;
  }
}

/** Parts that follow one after another as one, concats within concats taken apart. */
export function concat(parts: readonly Syntax[]): Syntax {
  const flat = parts.flatMap((part) => (part.kind === 'concat' ? part.parts : [part]));
  const [first] = flat;
  return first !== undefined && flat.length === 1 ? first : { kind: 'concat', parts: flat };
}
