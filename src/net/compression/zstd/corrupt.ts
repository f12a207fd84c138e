/** Ends the inflating of a body that is not sound zstd (RFC 8878). */
export function corruptZstd(what: string): never {
  throw new Error(`zstd: ${what}`);
}
