import { loadWasm } from '../wasm-module.js';
import type { SipSeed } from './sip-hash.js';

/** The exports of `wasm/points`; addresses in bytes. */
interface PointModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly input: Place;
  readonly mostInput: Place;
  readonly found: Place;
  setSeed(...seed: SipSeed): void;
  read(from: number, to: number, attributesTag: number, flagsTag: number, isNumber: boolean): void;
}

interface Place {
  readonly value: number;
}

/** Where `PointKernel.found` has what was read of a point, each of two words but the last. */
export const foundAt = { start: 0, time: 2, value: 4, hash: 6, form: 8 } as const;
/** Bits of `form`. */
export const pointForm = { hasValue: 1, isDouble: 2 } as const;

/** Reads points that stand in its memory. Their bytes stay there until another user has brought its own. */
export class PointKernel {
  /** What was found in the point that was read last. */
  readonly found: Uint32Array;
  readonly #module: PointModule;
  readonly #input: Uint8Array;
  #user: object | undefined;

  constructor(module: PointModule) {
    this.#module = module;
    const { buffer } = module.memory;
    this.found = new Uint32Array(buffer, module.found.value, foundAt.form + 1);
    this.#input = new Uint8Array(buffer, module.input.value, module.mostInput.value);
  }

  /** Bytes that it holds at once. */
  get room(): number {
    return this.#input.length;
  }

  /** Whether the bytes are those that `user` brought. */
  isOf(user: object): boolean {
    return this.#user === user;
  }

  /** Brings bytes, and the seed of the hash. */
  bring(user: object, seed: SipSeed, bytes: Uint8Array): void {
    this.#user = user;
    this.#input.set(bytes);
    this.#module.setSeed(...seed);
  }

  /** Reads the point whose body is `[from, to)` of the bytes that were brought. */
  read(from: number, to: number, attributesTag: number, flagsTag: number, isNumber: boolean): void {
    this.#module.read(from, to, attributesTag, flagsTag, isNumber);
  }
}

let kernel: PointKernel | undefined;
let isLoaded = false;

/** The one of the process; undefined on a machine that cannot run it. */
export function pointKernel(): PointKernel | undefined {
  if (!isLoaded) {
    const module = loadWasm('points') as PointModule | undefined;
    kernel = module && new PointKernel(module);
    isLoaded = true;
  }
  return kernel;
}
