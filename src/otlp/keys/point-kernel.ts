import { loadWasm } from '../wasm-module.js';
import { at32 } from '../wire/at.js';
import type { SipSeed } from './sip-hash.js';

/** The exports of `wasm/points`; addresses in bytes. */
interface PointModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly input: Place;
  readonly mostInput: Place;
  readonly rows: Place;
  readonly mostRows: Place;
  setSeed(...seed: SipSeed): void;
  read(from: number, to: number, held: number, attributesTag: number, flagsTag: number, isNumber: boolean): number;
}

interface Place {
  readonly value: number;
}

/** The words of a row: what was read of a point. A 64-bit number has two, the lower half first. */
export const pointWord = { from: 0, to: 1, start: 2, time: 4, value: 6, hash: 8, form: 10 } as const;
/** Words from one row to the next. */
export const pointWords = 12;
/** Bits of `form`. */
export const pointForm = { hasValue: 1, isDouble: 2 } as const;

/** Reads points that stand in its memory. Their bytes stay there until another user has brought its own. */
export class PointKernel {
  /** Rows of the points that were read last. */
  readonly rows: Int32Array;
  readonly #module: PointModule;
  readonly #input: Uint8Array;
  #user: object | undefined;

  constructor(module: PointModule) {
    this.#module = module;
    const { buffer } = module.memory;
    this.rows = new Int32Array(buffer, module.rows.value, module.mostRows.value * pointWords + 1);
    this.#input = new Uint8Array(buffer, module.input.value, module.mostInput.value);
  }

  /** Bytes that it holds at once. */
  get room(): number {
    return this.#input.length;
  }

  /** Rows that there are. */
  get count(): number {
    return at32(this.rows, this.rows.length - 1);
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

  /**
   * Reads points among the fields `[from, to)` of a metric's data, of which the bytes up to `held` were brought;
   * returns where the first field begins that was not read. It may be the very first one, which is read by the caller.
   */
  read(from: number, to: number, held: number, attributesTag: number, flagsTag: number, isNumber: boolean): number {
    return this.#module.read(from, to, held, attributesTag, flagsTag, isNumber);
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
