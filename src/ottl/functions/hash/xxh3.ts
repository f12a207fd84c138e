import { createXXHash128, createXXHash3 } from 'hash-wasm';

// The library compiles its WebAssembly asynchronously, and functions run synchronously: so it is done when this loads.
const [hasher64, hasher128] = await Promise.all([createXXHash3(), createXXHash128()]);

/** XXH3 of 64 bits with seed 0 in hexadecimal digits. */
export function xxh3(bytes: Uint8Array): string {
  return hasher64.init().update(bytes).digest('hex');
}

/** XXH3 of 128 bits with seed 0 in hexadecimal digits. */
export function xxh128(bytes: Uint8Array): string {
  return hasher128.init().update(bytes).digest('hex');
}
