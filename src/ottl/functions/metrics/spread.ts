/** Adds the count of a bucket of an exponential histogram, with its edges, to the counts of explicit buckets. */
export type Spread = (counts: bigint[], bounds: readonly number[], count: bigint, low: number, high: number) => void;

/** To the first bucket that has room for its upper edge. */
export const upper: Spread = (counts, bounds, count, _, high) => {
  const found = bounds.findIndex((bound) => high <= bound);
  add(counts, found === -1 ? bounds.length - 1 : found, count);
};

/** By the middle between its edges. */
export const midpoint: Spread = (counts, bounds, count, low, high) => {
  const found = bounds.findIndex((bound) => (low + high) / 2 <= bound);
  add(counts, found === -1 ? bounds.length - 1 : Math.max(0, found - 1), count);
};

/** To all buckets that it touches alike; the first ones get what is left over. */
export const uniform: Spread = (counts, bounds, count, low, high) => {
  const [first, last] = touched(bounds, low, high);
  share(counts, first, last, count);
};

/** To the buckets that it touches by chance, more to those of which it covers more. `random` is from 0 up to 1. */
export function randomSpread(random: () => number): Spread {
  return (counts, bounds, count, low, high) => {
    const [first, last] = touched(bounds, low, high);
    let left = count;
    for (let i = first; i < last + 1 && last > first; i++) {
      const from = Math.max(i === 0 ? low : (bounds[i - 1] ?? low), low);
      const to = Math.min(bounds[i] ?? high, high);
      const part = BigInt(Math.trunc(random() * Math.max(0, (Number(count) * (to - from)) / (high - low))));
      const given = part < left ? part : left;
      add(counts, i, given);
      left -= given;
    }
    // The counts that are left would take one step each.
    const rest = left % BigInt(last - first + 1);
    share(counts, first, last, left - rest);
    for (let i = 0n; i < rest; i++) add(counts, first + Math.floor(random() * (last - first + 1)), 1n);
  };
}

/** The first and the last explicit bucket that have a part of what lies between two edges. */
function touched(bounds: readonly number[], low: number, high: number): [first: number, last: number] {
  const end = bounds.length - 1;
  const first = bounds.findIndex((bound) => low <= bound);
  if (first === -1) return [end, end];
  const last = bounds.findIndex((bound, index) => index >= first && high <= bound);
  return [first, last === -1 ? end : last];
}

function share(counts: bigint[], first: number, last: number, count: bigint): void {
  const buckets = BigInt(last - first + 1);
  const rest = count % buckets;
  for (let i = first; i <= last; i++) add(counts, i, count / buckets + (BigInt(i - first) < rest ? 1n : 0n));
}

export function add(counts: bigint[], index: number, count: bigint): void {
  counts[index] = (counts[index] ?? 0n) + count;
}
