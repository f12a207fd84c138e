import { readFileSync } from 'node:fs';

/** The part of WebAssembly used here, which neither es2023 nor Node's types declare. */
interface WebAssemblyPart {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WebAssemblyPart };

/** Compiled modules, of which there may be several instances. */
const modules = new Map<string, object>();

/**
 * The exports of `wasm/<name>`, in a memory of its own; undefined on a machine without 128-bit SIMD, where code without
 * it does the work. Compiled by `scripts/wasm.mjs`, reached alike from `dist` and from `src`.
 */
export function loadWasm(name: string): unknown {
  const module = modules.get(name) ?? compiled(name);
  return module && new wasm.Instance(module).exports;
}

function compiled(name: string): object | undefined {
  const file = new URL(`../../dist/wasm/${name}.wasm`, import.meta.url);
  const code = readFileSync(file);
  if (!wasm.validate(code)) return undefined;
  const module = new wasm.Module(code);
  modules.set(name, module);
  return module;
}
