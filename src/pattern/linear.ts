import { isDisjoint, union, type CharSet } from './char-set.js';
import { isAnchored, isNullable, longest, type Repeat, type Syntax } from './syntax.js';

/** Steps that a backtracking engine may take per character of the text. */
const allowance = 256;

/**
 * Whether a backtracking engine finds all matches in a time proportional to the length of any text. A `no` may be
 * wrong, a `yes` may not. Each attempt to match at a place must be cheap, and attempts that fail must not overlap
 * without a bound. That holds for
 * - a pattern that is anchored, whose next step follows from the next character wherever it loops;
 * - a pattern without loops;
 * - one that cannot fail any more once it has entered a loop, so that the characters it has read are the match;
 * - one that begins with a character over which none of its loops runs: an attempt begins only where all earlier ones
 *   have ended, but for those that the parts without loops allow.
 */
export function isLinear(node: Syntax): boolean {
  if (hasEmptyIteration(node)) return false;
  if (commits(node, [])) return true;
  const ways = waysOf(node, []);
  if (ways > allowance) return false;
  if (isAnchored(node)) return true;
  const fixed = longestOutsideLoops(node);
  if (ways * Math.max(1, fixed) > allowance) return false;
  if (longest(node) < Infinity) return true;
  return !isNullable(node) && isDisjoint(firstOf(node), loopCharacters(node));
}

/** Whether a repetition has a body that can match the empty text, for which Go and JavaScript have different rules. */
function hasEmptyIteration(node: Syntax): boolean {
  return someNode(node, (part) => part.kind === 'repeat' && isNullable(part.body));
}

/** Whether any node of a tree is of a kind. */
export function someNode(node: Syntax, is: (node: Syntax) => boolean): boolean {
  return is(node) || childrenOf(node).some((child) => someNode(child, is));
}

export function childrenOf(node: Syntax): readonly Syntax[] {
  switch (node.kind) {
    case 'concat':
      return node.parts;
    case 'alternate':
      return node.branches;
    case 'repeat':
    case 'capture':
      return [node.body];
    case 'set':
    case 'assert':
      return [];
  }
}

/** The characters with which a match can begin, seen through assertions and all that may be empty. */
function firstOf(node: Syntax): CharSet {
  switch (node.kind) {
    case 'set':
      return node.set;
    case 'assert':
      return [];
    case 'concat':
      return firstOfParts(node.parts, []);
    case 'alternate':
      return union(node.branches.map(firstOf));
    case 'repeat':
      return node.max === 0 ? [] : firstOf(node.body);
    case 'capture':
      return firstOf(node.body);
  }
}

/** The characters that can follow when `parts` come first, and `follow` behind them. */
function firstOfParts(parts: readonly Syntax[], follow: CharSet): CharSet {
  const sets: CharSet[] = [];
  for (const part of parts) {
    sets.push(firstOf(part));
    if (!isNullable(part)) return union(sets);
  }
  return union([...sets, follow]);
}

/**
 * In how many ways, at most, a part can match at one place, when `follow` are the characters that may come behind it.
 * Loops count as one way, if the next character always decides whether they go on; otherwise the result is Infinity.
 */
function waysOf(node: Syntax, follow: CharSet): number {
  switch (node.kind) {
    case 'set':
    case 'assert':
      return 1;
    case 'concat':
      return node.parts.reduce(
        (ways, part, i) => ways * waysOf(part, firstOfParts(node.parts.slice(i + 1), follow)),
        1,
      );
    case 'alternate': {
      const ways = node.branches.map((branch) => waysOf(branch, follow));
      return areApart(node.branches, follow) ? Math.max(...ways) : ways.reduce((sum, count) => sum + count, 0);
    }
    case 'repeat':
      if (isDetermined(node, follow)) return 1;
      return longest(node) === Infinity ? Infinity : waysOfCounted(node, follow);
    case 'capture':
      return waysOf(node.body, follow);
  }
}

function waysOfCounted({ body, min, max }: Repeat, follow: CharSet): number {
  const once = waysOf(body, union([firstOf(body), follow]));
  let ways = 0;
  for (let count = min; count <= max && ways <= allowance; count++) ways += once ** count;
  return ways;
}

/** Whether the next character decides at each step within a part, and whether the part goes on or ends. */
function isDetermined(node: Syntax, follow: CharSet): boolean {
  switch (node.kind) {
    case 'set':
    case 'assert':
      return true;
    case 'concat':
      return node.parts.every((part, i) => isDetermined(part, firstOfParts(node.parts.slice(i + 1), follow)));
    case 'alternate':
      return areApart(node.branches, follow) && node.branches.every((branch) => isDetermined(branch, follow));
    case 'repeat': {
      const first = firstOf(node.body);
      if (node.min !== node.max && !isDisjoint(first, follow)) return false;
      return isDetermined(node.body, node.max > 1 ? union([first, follow]) : follow);
    }
    case 'capture':
      return isDetermined(node.body, follow);
  }
}

/** Whether the next character decides between branches. */
function areApart(branches: readonly Syntax[], follow: CharSet): boolean {
  let seen: CharSet = [];
  for (const branch of branches) {
    const first = isNullable(branch) ? union([firstOf(branch), follow]) : firstOf(branch);
    if (!isDisjoint(seen, first)) return false;
    seen = union([seen, first]);
  }
  return branches.filter(isNullable).length <= 1;
}

/** Whether a part fails, if it does, after a small number of characters. */
function commits(node: Syntax, follow: CharSet): boolean {
  if (longest(node) < Infinity) return waysOf(node, follow) * longest(node) <= allowance;
  switch (node.kind) {
    case 'concat': {
      const loop = node.parts.findIndex((part) => longest(part) === Infinity);
      const behind = firstOfParts(node.parts.slice(loop + 1), follow);
      const loopPart = node.parts[loop];
      return (
        loopPart !== undefined &&
        commits(concatOf(node.parts.slice(0, loop)), union([firstOf(loopPart), behind])) &&
        commits(loopPart, behind) &&
        node.parts.slice(loop + 1).every(cannotFail)
      );
    }
    case 'repeat': {
      const isShort = node.min <= 1 || longest(node.body) * node.min <= allowance;
      return isShort && commits(node.body, union([firstOf(node.body), follow]));
    }
    case 'capture':
      return commits(node.body, follow);
    case 'alternate':
    case 'set':
    case 'assert':
      return false;
  }
}

/** Whether a part always matches, and looks only a little further than its match. */
function cannotFail(node: Syntax): boolean {
  switch (node.kind) {
    case 'concat':
      return node.parts.every(cannotFail);
    case 'repeat':
      return node.min === 0 && commits(node.body, firstOf(node.body));
    case 'capture':
      return cannotFail(node.body);
    case 'alternate':
    case 'set':
    case 'assert':
      return false;
  }
}

function concatOf(parts: readonly Syntax[]): Syntax {
  return { kind: 'concat', parts };
}

/** Length of the longest match, each loop counted as if it ran its smallest number of times. */
function longestOutsideLoops(node: Syntax): number {
  switch (node.kind) {
    case 'concat':
      return node.parts.reduce((sum, part) => sum + longestOutsideLoops(part), 0);
    case 'alternate':
      return Math.max(...node.branches.map(longestOutsideLoops));
    case 'repeat':
      return longestOutsideLoops(node.body) * (node.max === Infinity ? node.min : node.max);
    case 'capture':
      return longestOutsideLoops(node.body);
    case 'set':
      return 1;
    case 'assert':
      return 0;
  }
}

/** All characters over which loops without a bound run. */
function loopCharacters(node: Syntax): CharSet {
  if (node.kind === 'repeat' && node.max === Infinity) return charactersOf(node.body);
  return union(childrenOf(node).map(loopCharacters));
}

function charactersOf(node: Syntax): CharSet {
  return node.kind === 'set' ? node.set : union(childrenOf(node).map(charactersOf));
}
