/** Code points as pairs of first and last, sorted, without overlap or touch. */
export type CharSet = readonly number[];

export const largestCodePoint = 0x10ffff;

/** Sorts pairs and joins those that overlap or touch. */
export function charSet(pairs: readonly number[]): CharSet {
  const ranges: (readonly [number, number])[] = [];
  for (let i = 0; i < pairs.length; i += 2) ranges.push([at(pairs, i), at(pairs, i + 1)]);
  ranges.sort((a, b) => a[0] - b[0]);
  const joined: number[] = [];
  for (const [first, last] of ranges) {
    const end = joined.length - 1;
    if (end > 0 && first <= at(joined, end) + 1) joined[end] = Math.max(at(joined, end), last);
    else joined.push(first, last);
  }
  return joined;
}

export function single(codePoint: number): CharSet {
  return [codePoint, codePoint];
}

export function complement(set: CharSet): CharSet {
  const rest: number[] = [];
  let next = 0;
  for (let i = 0; i < set.length; i += 2) {
    if (at(set, i) > next) rest.push(next, at(set, i) - 1);
    next = at(set, i + 1) + 1;
  }
  if (next <= largestCodePoint) rest.push(next, largestCodePoint);
  return rest;
}

export function union(sets: readonly CharSet[]): CharSet {
  return charSet(sets.flat());
}

export function isDisjoint(a: CharSet, b: CharSet): boolean {
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (at(a, i + 1) < at(b, j)) i += 2;
    else if (at(b, j + 1) < at(a, i)) j += 2;
    else return false;
  }
  return true;
}

/** The one character of a set; undefined for none or several. */
export function onlyCharacter(set: CharSet): number | undefined {
  return set.length === 2 && set[0] === set[1] ? set[0] : undefined;
}

export function lastOf(set: CharSet): number {
  return set.length === 0 ? -1 : at(set, set.length - 1);
}

function at(numbers: readonly number[], place: number): number {
  return numbers[place] ?? 0;
}
