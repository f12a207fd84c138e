import { loadWasm } from '../wasm-module.js';

/** The exports of `wasm/lines`; addresses and sizes in bytes. */
export interface LineKernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly input: Place;
  readonly mostInput: Place;
  readonly output: Place;
  readonly behindAt: Place;
  readonly mostBehind: Place;
  readonly namesAt: Place;
  readonly mostNames: Place;
  readonly stepsAt: Place;
  readonly mostSteps: Place;
  readonly timeFormAt: Place;
  setTrimming(leading: boolean, trailing: boolean, most: number): void;
  setBehind(first: number, second: number): void;
  setFormats(utc: boolean, offsets: boolean): void;
  setJson(ints: boolean, taken: number): void;
  setSequence(steps: number, whole: boolean): void;
  setFields(timeName: number, severityName: number): void;
  addWord(at: number, length: number, severity: number): void;
  forgetDate(): void;
  /** Makes records of lines until they take `enough` bytes; returns where the first line begins that is not taken. */
  run(kind: number, from: number, to: number, enough: number): number;
  /** Of the last run. */
  readonly lines: Place;
  readonly records: Place;
  readonly written: Place;
  /** Whether it ended at a line that is written in an unusual way. */
  readonly isOdd: Place;
}

interface Place {
  readonly value: number;
}

/** A kernel in a memory of its own; undefined on a machine that cannot run it. */
export function loadLineKernel(): LineKernel | undefined {
  return loadWasm('lines') as LineKernel | undefined;
}
