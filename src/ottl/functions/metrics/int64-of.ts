const least = -(2 ** 63);

/** A float as an int64, without its fraction. One that does not fit becomes the smallest, as in Go on amd64. */
export function truncatedInt64(value: number): bigint {
  return value >= least && value < 2 ** 63 ? BigInt(Math.trunc(value)) : BigInt(least);
}
