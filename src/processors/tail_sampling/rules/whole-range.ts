import type { WholeRange } from './attribute-conditions.js';

const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;

/**
 * The range between two bounds as they are configured, each of which may be absent; otherwise what is wrong: none is
 * set, or one of them is no number of 64 bits.
 */
export function wholeRange(lowest: unknown, highest: unknown): WholeRange | 'none' | 'lowest' | 'highest' {
  if (isAbsent(lowest) && isAbsent(highest)) return 'none';
  const low = isAbsent(lowest) ? least : wholeNumber(lowest);
  const high = isAbsent(highest) ? most : wholeNumber(highest);
  if (low === undefined) return 'lowest';
  if (high === undefined) return 'highest';
  return { lowest: halvesOf(low), highest: halvesOf(high) };
}

function isAbsent(bound: unknown): boolean {
  return bound === undefined || bound === null;
}

/** A fraction is cut, as in the Collector. */
function wholeNumber(bound: unknown): bigint | undefined {
  if (typeof bound !== 'bigint' && (typeof bound !== 'number' || !Number.isFinite(bound))) return undefined;
  const whole = typeof bound === 'bigint' ? bound : BigInt(Math.trunc(bound));
  return whole >= least && whole <= most ? whole : undefined;
}

function halvesOf(whole: bigint): WholeRange['lowest'] {
  return { high: Number(whole >> 32n), low: Number(whole & 0xffffffffn) };
}
