/** Throws unless a law of a target holds. */
export function law(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`broken: ${what}`);
}
