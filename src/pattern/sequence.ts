import { isDisjoint, largestCodePoint, type CharSet } from './char-set.js';
import type { Syntax } from './syntax.js';

/** A loop over bytes of a set. */
export interface SequenceStep {
  readonly least: number;
  /** Infinity for a loop without a bound. */
  readonly most: number;
  /** By byte 1 for one of the set, 0 for any other. */
  readonly bytes: Uint8Array;
  /** Whether a group begins before the step, and the number of the one that ends behind it, 0 for none. */
  readonly opens: boolean;
  readonly closes: number;
}

/**
 * A pattern as loops one after the other over the bytes of UTF-8: each runs as far as it goes, for the byte behind it
 * decides where it ends. It matches from the beginning of the text, and all of it when `isWhole`.
 */
export interface PatternSequence {
  readonly steps: readonly SequenceStep[];
  readonly isWhole: boolean;
}

interface Part {
  readonly set: CharSet;
  readonly least: number;
  readonly most: number;
  readonly greedy: boolean;
  opens: boolean;
  closes: number;
}

const mostSteps = 64;
const firstBeyondAscii = 0x80;

/** The pattern as a sequence; undefined for one that is more than that. */
export function sequenceOf(node: Syntax): PatternSequence | undefined {
  const nodes = node.kind === 'concat' ? [...node.parts] : [node];
  if (!isAssert(nodes.shift(), 'text start')) return undefined;
  const isWhole = isAssert(nodes.at(-1), 'text end');
  if (isWhole) nodes.pop();
  const parts = partsOf(nodes);
  if (parts === undefined || parts.length > mostSteps) return undefined;
  for (const [i, part] of parts.entries()) if (!isDecided(part, parts.slice(i + 1), isWhole)) return undefined;
  const steps: SequenceStep[] = [];
  for (const { set, least, most, opens, closes } of parts) {
    const bytes = bytesOf(set, least, most);
    if (bytes === undefined) return undefined;
    steps.push({ least, most, bytes, opens, closes });
  }
  return { steps, isWhole };
}

function isAssert(node: Syntax | undefined, place: string): boolean {
  return node?.kind === 'assert' && node.place === place;
}

function partsOf(nodes: readonly Syntax[]): Part[] | undefined {
  const parts: Part[] = [];
  let groups = 0;
  for (const node of nodes) {
    const isGroup = node.kind === 'capture';
    const inner = isGroup ? node.body : node;
    const first = parts.length;
    for (const each of inner.kind === 'concat' ? inner.parts : [inner]) {
      const part = partOf(each);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    if (!isGroup) continue;
    groups++;
    const [opening, closing] = [parts[first], parts.at(-1)];
    if (opening === undefined || closing === undefined) return undefined;
    opening.opens = true;
    closing.closes = groups;
  }
  return parts;
}

function partOf(node: Syntax): Part | undefined {
  const rest = { opens: false, closes: 0 };
  if (node.kind === 'set') return { set: node.set, least: 1, most: 1, greedy: true, ...rest };
  if (node.kind !== 'repeat' || node.body.kind !== 'set') return undefined;
  const { body, min, max, greedy } = node;
  return { set: body.set, least: min, most: max, greedy, ...rest };
}

/** Whether the next character says whether a part goes on. */
function isDecided({ set, least, most, greedy }: Part, following: readonly Part[], isWhole: boolean): boolean {
  if (least === most) return true;
  for (const next of following) {
    if (next.most > 0 && !isDisjoint(set, next.set)) return false;
    if (next.least > 0) return true;
  }
  return greedy || isWhole;
}

/** The bytes of a set; undefined when a character of several bytes cannot be recognised by each of them. */
function bytesOf(set: CharSet, least: number, most: number): Uint8Array | undefined {
  const bytes = new Uint8Array(256);
  let isWide = false;
  for (let i = 0; i < set.length; i += 2) {
    const [first = 0, last = 0] = set.slice(i, i + 2);
    for (let byte = first; byte <= Math.min(last, firstBeyondAscii - 1); byte++) bytes[byte] = 1;
    if (last < firstBeyondAscii) continue;
    if (first > firstBeyondAscii || last < largestCodePoint) return undefined;
    isWide = true;
  }
  if (!isWide) return bytes;
  if (least > 1 || most !== Infinity) return undefined;
  return bytes.fill(1, firstBeyondAscii);
}
