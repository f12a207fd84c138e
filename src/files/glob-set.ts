import { pattern, type Pattern } from '../pattern/pattern.js';
import { namePattern, parseGlob, pathPattern, type Glob } from './glob-syntax.js';

/** One part of a glob, ready to be compared with names. */
interface Step {
  readonly kind: 'name' | 'pattern' | 'any-depth';
  readonly name: string;
  readonly pattern: Pattern | undefined;
  /** Number of the step behind it; -1 behind the last. */
  readonly next: number;
}

/** A place in a `FileGlobs`: the steps of all globs that names in one folder are compared with. */
export type GlobState = readonly number[];

/** The meaning of a name at a state. */
export interface GlobMatch {
  /** It is a path that the globs name. */
  readonly isFile: boolean;
  /** The state of the folder of that name; empty: nothing in it can match. */
  readonly inside: GlobState;
}

/** Several globs, walked together, so that each folder is looked at once. */
export class FileGlobs {
  /** Where walks begin, by the folder: the root or the working folder. */
  readonly starts: readonly { readonly folder: '/' | '.'; readonly state: GlobState }[];
  readonly #steps: Step[] = [];

  /** Throws a `GlobError`. */
  constructor(sources: readonly string[]) {
    const globs = sources.flatMap(parseGlob);
    const first = (absolute: boolean): number[] =>
      globs.filter((glob) => glob.absolute === absolute && glob.parts.length > 0).map((glob) => this.#add(glob));
    this.starts = [
      { folder: '/' as const, state: this.#closed(first(true)) },
      { folder: '.' as const, state: this.#closed(first(false)) },
    ].filter(({ state }) => state.length > 0);
  }

  /** The only names that can match at a state; undefined when the folder must be listed. */
  onlyNames(state: GlobState): readonly string[] | undefined {
    const names = new Set<string>();
    for (const number of state) {
      const step = this.#step(number);
      if (step.kind !== 'name') return undefined;
      names.add(step.name);
    }
    return [...names];
  }

  match(state: GlobState, name: string): GlobMatch {
    let isFile = false;
    const inside: number[] = [];
    for (const number of state) {
      const step = this.#step(number);
      if (step.kind === 'any-depth') {
        inside.push(number);
        if (step.next < 0) isFile = true;
      } else if (step.kind === 'name' ? step.name === name : (step.pattern?.test(name) ?? false)) {
        if (step.next < 0) isFile = true;
        else inside.push(step.next);
      }
    }
    return { isFile: isFile || this.#endsWithAnyDepth(inside), inside: this.#closed(inside) };
  }

  #step(number: number): Step {
    return this.#steps[number] ?? { kind: 'name', name: '', pattern: undefined, next: -1 };
  }

  /** Returns the number of the glob's first step. */
  #add({ parts }: Glob): number {
    const first = this.#steps.length;
    parts.forEach((part, i) => {
      this.#steps.push({
        kind: part.kind,
        name: part.kind === 'name' ? part.name : '',
        pattern: part.kind === 'pattern' ? pattern(namePattern(part.source)) : undefined,
        next: i + 1 < parts.length ? first + i + 1 : -1,
      });
    });
    return first;
  }

  /** `a/**` names `a` itself too. */
  #endsWithAnyDepth(inside: readonly number[]): boolean {
    return inside.some((number) => this.#step(number).kind === 'any-depth' && this.#step(number).next < 0);
  }

  /** With the steps that follow where `**` stands for no folder. */
  #closed(numbers: readonly number[]): GlobState {
    const all = new Set(numbers);
    for (const number of all) {
      const step = this.#step(number);
      if (step.kind === 'any-depth' && step.next >= 0) all.add(step.next);
    }
    return [...all];
  }
}

/** Whether a path matches one of several globs. */
export class PathGlobs {
  readonly #patterns: readonly Pattern[];

  /** Throws a `GlobError`. */
  constructor(sources: readonly string[]) {
    this.#patterns = sources.flatMap(parseGlob).map((glob) => pattern(pathPattern(glob)));
  }

  matches(path: string): boolean {
    return this.#patterns.some((each) => each.test(path));
  }
}
