import type { Repeat, Syntax } from './syntax.js';
import { utf8Ranges, type ByteRanges } from './utf8-ranges.js';

/** A step of a program: its `next` and `other` are numbers of steps. */
export type ProgramStep =
  | { readonly kind: 'byte'; readonly low: number; readonly high: number; readonly next: number }
  | { readonly kind: 'split'; next: number; readonly other: number }
  | { readonly kind: 'text start' | 'text end'; readonly next: number }
  | { readonly kind: 'match' };

/** Steps that test whether a text has a match; step 0 is the match. */
export interface ByteProgram {
  readonly steps: readonly ProgramStep[];
  readonly start: number;
}

const mostSteps = 4096;

/** Thrown within this file for what no program is made of. */
class NoProgram extends Error {}

/** A pattern as steps over UTF-8; undefined for one with assertions about words or lines, and for a very large one. */
export function byteProgram(node: Syntax): ByteProgram | undefined {
  const compiler = new Compiler();
  try {
    const start = compiler.compile(node, 0);
    return { steps: compiler.steps, start };
  } catch (error) {
    if (error instanceof NoProgram) return undefined;
    throw error;
  }
}

class Compiler {
  readonly steps: ProgramStep[] = [{ kind: 'match' }];
  /** Number of a byte step by what it is: characters share the bytes at their ends. */
  readonly #bytes = new Map<string, number>();

  /** Returns the number of the first step of a node that is followed by `next`. */
  compile(node: Syntax, next: number): number {
    switch (node.kind) {
      case 'set':
        return this.#any(utf8Ranges(node.set).map((ranges) => this.#sequence(ranges, next)));
      case 'concat':
        return node.parts.reduceRight((behind, part) => this.compile(part, behind), next);
      case 'alternate':
        return this.#any(node.branches.map((branch) => this.compile(branch, next)));
      case 'repeat':
        return this.#repeat(node, next);
      case 'capture':
        return this.compile(node.body, next);
      case 'assert':
        if (node.place !== 'text start' && node.place !== 'text end') throw new NoProgram();
        return this.#add({ kind: node.place, next });
    }
  }

  #repeat({ body, min, max }: Repeat, next: number): number {
    let first = next;
    if (max === Infinity) {
      const loop: ProgramStep = { kind: 'split', next, other: next };
      first = this.#add(loop);
      loop.next = this.compile(body, first);
    } else
      for (let i = min; i < max; i++)
        first = this.#add({ kind: 'split', next: this.compile(body, first), other: next });
    for (let i = 0; i < min; i++) first = this.compile(body, first);
    return first;
  }

  #sequence(ranges: ByteRanges, next: number): number {
    return ranges.reduceRight((behind, [low, high]) => {
      const name = `${low} ${high} ${behind}`;
      const known = this.#bytes.get(name);
      if (known !== undefined) return known;
      const step = this.#add({ kind: 'byte', low, high, next: behind });
      this.#bytes.set(name, step);
      return step;
    }, next);
  }

  /** Any of some steps; without any it never matches. */
  #any(steps: readonly number[]): number {
    const [first, ...others] = [...new Set(steps)];
    if (first === undefined) return this.#add({ kind: 'byte', low: 1, high: 0, next: 0 });
    return others.reduce((before, other) => this.#add({ kind: 'split', next: before, other }), first);
  }

  #add(step: ProgramStep): number {
    if (this.steps.length >= mostSteps) throw new NoProgram();
    return this.steps.push(step) - 1;
  }
}
