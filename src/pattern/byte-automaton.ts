import type { ByteProgram } from './byte-program.js';

/** States that are kept: 1 KiB each. */
const mostStates = 256;
/** How often all states may be made anew: a text for which that happens often takes less time elsewhere. */
const mostRestarts = 8;

/** The next state is not known yet. */
const unknown = -1;
/** The text does not match, whatever follows. */
const hopeless = 0;
/** The text matches, whatever follows. */
const matched = 1;

/** Tests UTF-8 for a match, one look-up per byte. Its states are made when they are first needed. */
export class ByteAutomaton {
  readonly #program: ByteProgram;
  /** By state and byte: the next state, or `unknown`. */
  #table: Int32Array = new Int32Array(4 * 256).fill(unknown);
  /** The steps that each state waits at. */
  #states: (readonly number[])[] = [];
  /** By state: whether the text matches when it ends there. */
  #endings: boolean[] = [];
  #numbers = new Map<string, number>();
  #start = unknown;
  /** The steps from which a match can begin at any place but the first. */
  readonly #restart: Closure;
  #restarts = 0;

  constructor(program: ByteProgram) {
    this.#program = program;
    this.#restart = new Closure(program);
    this.#restart.add(program.start, false);
    this.#begin();
  }

  /** Undefined when there were too many states: then and for good another way is better. */
  test(bytes: Uint8Array, start: number, end: number): boolean | undefined {
    if (this.#restarts > mostRestarts) return undefined;
    let table = this.#table;
    let state = this.#start;
    for (let i = start; i < end && state > matched; i++) {
      const byte = bytes[i] ?? 0;
      const next = table[(state << 8) | byte] ?? unknown;
      if (next !== unknown) state = next;
      else {
        state = this.#step(state, byte);
        table = this.#table;
      }
    }
    if (state > matched) return this.#endings[state];
    return state === unknown ? undefined : state === matched;
  }

  #step(state: number, byte: number): number {
    const closure = new Closure(this.#program);
    for (const number of this.#states[state] ?? []) {
      const step = this.#program.steps[number];
      if (step?.kind === 'byte' && step.low <= byte && byte <= step.high) closure.add(step.next, false);
    }
    closure.join(this.#restart);
    const next = this.#numberOf(closure);
    if (next !== unknown) this.#table[(state << 8) | byte] = next;
    return next;
  }

  #begin(): void {
    this.#states = [[], []];
    this.#endings = [false, true];
    this.#numbers = new Map();
    const closure = new Closure(this.#program);
    closure.add(this.#program.start, true);
    this.#start = this.#numberOf(closure);
  }

  /** The number of a state, which is added when it is new; `unknown` when there is no room. */
  #numberOf(closure: Closure): number {
    if (closure.isMatch) return matched;
    const steps = closure.waiting();
    if (steps.length === 0 && !closure.isMatchAtEnd && this.#restart.isNothing) return hopeless;
    const name = `${closure.isMatchAtEnd ? 'e' : ''}${steps.join(' ')}`;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#states.length;
    if (number === mostStates) {
      this.#restarts++;
      this.#table.fill(unknown);
      this.#begin();
      return unknown;
    }
    this.#makeRoom((number + 1) << 8);
    this.#states.push(steps);
    this.#endings.push(closure.isMatchAtEnd);
    this.#numbers.set(name, number);
    return number;
  }

  #makeRoom(length: number): void {
    if (length <= this.#table.length) return;
    const table = new Int32Array(this.#table.length * 2).fill(unknown);
    table.set(this.#table);
    this.#table = table;
  }
}

/** Steps that can be reached without reading a byte. */
class Closure {
  readonly #program: ByteProgram;
  readonly #bytes = new Set<number>();
  readonly #seen = new Set<number>();
  #isMatch = false;
  #isMatchAtEnd = false;

  constructor(program: ByteProgram) {
    this.#program = program;
  }

  get isMatch(): boolean {
    return this.#isMatch;
  }

  get isMatchAtEnd(): boolean {
    return this.#isMatchAtEnd;
  }

  /** Whether nothing can come of it. */
  get isNothing(): boolean {
    return this.#bytes.size === 0 && !this.#isMatch && !this.#isMatchAtEnd;
  }

  add(start: number, atTextStart: boolean): void {
    this.#isMatch ||= this.#reaches(start, atTextStart, false);
    this.#isMatchAtEnd ||= this.#reaches(start, atTextStart, true);
  }

  join(other: Closure): void {
    for (const step of other.#bytes) this.#bytes.add(step);
    this.#isMatch ||= other.#isMatch;
    this.#isMatchAtEnd ||= other.#isMatchAtEnd;
  }

  /** The steps that read a byte, in order. */
  waiting(): readonly number[] {
    return [...this.#bytes].sort((a, b) => a - b);
  }

  /** Whether the match is reached; on the way through the text without its end, steps that read bytes are kept. */
  #reaches(start: number, atTextStart: boolean, atTextEnd: boolean): boolean {
    const seen = atTextEnd ? new Set<number>() : this.#seen;
    const stack = [start];
    let isMatch = false;
    for (let number = stack.pop(); number !== undefined; number = stack.pop()) {
      if (seen.has(number)) continue;
      seen.add(number);
      const step = this.#program.steps[number];
      if (step === undefined) continue;
      if (step.kind === 'match') isMatch = true;
      else if (step.kind === 'split') stack.push(step.next, step.other);
      else if (step.kind === 'byte') {
        if (!atTextEnd) this.#bytes.add(number);
      } else if (step.kind === 'text start' ? atTextStart : atTextEnd) stack.push(step.next);
    }
    return isMatch;
  }
}
