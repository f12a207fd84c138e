import { readFileSync } from 'node:fs';

/** The part of WebAssembly used here, which neither es2023 nor Node's types declare. */
declare namespace WebAssembly {
  function validate(bytes: Uint8Array): boolean;
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: unknown;
  }
}

/**
 * What `wasm/<name>` exports, in a memory of its own; undefined on a machine without 128-bit SIMD, which does without. Compiled by `scripts/wasm.mjs`, reached alike from `dist` and from `src`.
 */
export function loadWasm(name: string): unknown {
  const file = new URL(`../../../dist/net/compression/${name}.wasm`, import.meta.url);
  const code = readFileSync(file);
  if (!WebAssembly.validate(code)) return undefined;
  return new WebAssembly.Instance(new WebAssembly.Module(code)).exports;
}
