/**
 * A counter of the kernel, which has 64 bits: a number while it is exact (below 2^53), which is nearly always, else a
 * bigint. As in the Collector a counter above 2^63 is handed on as the negative number with the same bits.
 */
export type ProcNumber = number | bigint;

function small(value: bigint): ProcNumber {
  const wrapped = BigInt.asIntN(64, value);
  const number = Number(wrapped);
  return Number.isSafeInteger(number) ? number : wrapped;
}

/** Sum, with the bits above 64 cut. */
export function plus(a: ProcNumber, b: ProcNumber): ProcNumber {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    // A sum of fractions is exact enough; only whole numbers grow out of what is exact.
    if (Number.isSafeInteger(sum) || !Number.isInteger(sum)) return sum;
  }
  return small(BigInt(a) + BigInt(b));
}

/** Product with a small whole number, with the bits above 64 cut. */
export function times(a: ProcNumber, factor: number): ProcNumber {
  const product = typeof a === 'number' ? a * factor : Number.NaN;
  return Number.isSafeInteger(product) ? product : small(BigInt(a) * BigInt(factor));
}

/** The number that up to 20 digits `bytes[from, to)` stand for, with the bits above 64 cut. */
export function longDigits(bytes: Buffer, from: number, to: number): ProcNumber {
  return small(BigInt(bytes.toString('latin1', from, to)));
}

/** The number that hexadecimal digits stand for, of which the last 16 count. */
export function hexDigits(bytes: Buffer, from: number, to: number): ProcNumber {
  return small(BigInt(`0x${bytes.toString('latin1', Math.max(from, to - 16), to)}`));
}
