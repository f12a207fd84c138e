import { readFileSync } from 'node:fs';

/** The part of WebAssembly used here, which neither es2023 nor Node's types declare. */
interface WebAssemblyPart {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WebAssemblyPart };

/**
 * The exports of `wasm/<name>`, in a memory of its own; undefined on a machine without 128-bit SIMD, where zlib does it
 * all. Compiled by `scripts/wasm.mjs`, reached alike from `dist` and from `src`.
 */
export function loadWasm(name: string): unknown {
  const file = new URL(`../../../dist/net/compression/${name}.wasm`, import.meta.url);
  const code = readFileSync(file);
  if (!wasm.validate(code)) return undefined;
  return new wasm.Instance(new wasm.Module(code)).exports;
}
