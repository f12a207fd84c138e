/** The garbage collector frees chunks below this size, bytes. */
const detachFrom = 16_384;

/**
 * Frees the memory of a large chunk of socket data at once; the caller must not read the chunk afterwards. Otherwise
 * these chunks add up until the next collection of young objects, of which a gateway needs few. After it, the next read
 * gets the same memory, which is still in the cache. A chunk that is a part of a larger buffer stays as it is.
 */
export function detach(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (chunk.length >= detachFrom && chunk.length === buffer.byteLength)
    structuredClone(undefined, { transfer: [buffer as ArrayBuffer] });
}
