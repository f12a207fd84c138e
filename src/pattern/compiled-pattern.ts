import { ByteAutomaton } from './byte-automaton.js';
import { byteProgram } from './byte-program.js';
import { takeGroupNames } from './group-names.js';
import { hasSameGroups, hasSameMatches, toRegExp } from './javascript.js';
import { isLinear } from './linear.js';
import { areQuick, findsLiteral, literalsOf, type Literal } from './literal.js';
import { allMatches, type Match, type Search } from './match.js';
import { parse } from './parse.js';
import { PatternError } from './pattern-error.js';
import type { Pattern } from './pattern.js';
import { Re2Engine } from './re2-engine.js';
import { sequenceOf, type PatternSequence } from './sequence.js';
import { forTest } from './simplify.js';
import { isNullable, type Syntax } from './syntax.js';
import { expandTemplate, readTemplate, type ReplacementTemplate } from './template.js';

/** The proof takes quadratic time in the length of a pattern. */
const longestProved = 2000;
/** Of the result of a replacement, in UTF-16 units: a short template can make a text any number of times longer. */
const longestResult = 4_194_304;

/** Where each group stands; undefined for one that took no part. */
type Indices = readonly (readonly [start: number, end: number] | undefined)[];
const nowhere: readonly number[] = [-1, -1];

/** A pattern on V8's engine where that is proved to be linear, and on re2js otherwise. */
export class CompiledPattern implements Pattern {
  readonly source: string;
  readonly groupNames: readonly string[];
  readonly #re2: Re2Engine;
  /** A simpler pattern that matches the same texts. */
  readonly #test: RegExp | undefined;
  readonly #find: RegExp | undefined;
  /** The same where no match is empty: the engine's own replacement then does what Go's does. */
  readonly #replaceable: RegExp | undefined;
  /** The template of the last replacement, and its parts: a statement has the same one for every item. */
  #template = '';
  #parts: ReplacementTemplate = [];
  /** The same for V8, when it is a text alone: V8 replaces by a text in less than half the time of a function. */
  #substitute = '';
  /** The same, made when it is first asked where groups stand. */
  #places: RegExp | undefined;
  /** For a pattern that needs no engine at all. */
  readonly #literals: readonly Literal[] | undefined;
  /** Tests bytes without making a string. */
  readonly #automaton: ByteAutomaton | undefined;
  readonly #syntax: Syntax | undefined;

  constructor(source: string) {
    const { names, source: nameless } = takeGroupNames(source);
    this.source = source;
    this.groupNames = names;
    this.#re2 = new Re2Engine(nameless, source);
    const syntax = source.length <= longestProved ? parse(nameless) : undefined;
    this.#syntax = syntax;
    const simple = syntax && forTest(syntax);
    const literals = simple && literalsOf(simple);
    this.#literals = literals && areQuick(literals) ? literals : undefined;
    const program = simple && this.#literals === undefined ? byteProgram(simple) : undefined;
    this.#automaton = program && new ByteAutomaton(program);
    this.#test = simple && onV8(simple);
    this.#find = syntax && hasSameGroups(syntax) ? onV8(syntax) : undefined;
    this.#replaceable = syntax && !isNullable(syntax) ? this.#find : undefined;
    if (this.#find === undefined && !this.#re2.canFindGroups)
      throw new PatternError(`a pattern of ${source.length} characters with ${names.length - 1} groups is too large`);
  }

  /** Whether V8 runs the pattern: for its tests, and for the search for matches. */
  get isOnV8(): { readonly test: boolean; readonly find: boolean } {
    return { test: this.#test !== undefined, find: this.#find !== undefined };
  }

  get sequence(): PatternSequence | undefined {
    return this.#syntax && sequenceOf(this.#syntax);
  }

  test(text: string): boolean {
    const test = this.#test;
    if (test === undefined) return this.#re2.test(text);
    test.lastIndex = 0;
    return withinStack(
      () => test.test(text),
      () => this.#re2.test(text),
    );
  }

  testBytes(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#literals !== undefined) return findsLiteral(this.#literals, bytes, start, end);
    const found = this.#automaton?.test(bytes, start, end);
    if (found !== undefined) return found;
    return this.test(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString());
  }

  find(text: string, from = 0): Match | undefined {
    return this.#search(text, true)(from);
  }

  findGroups(text: string): Match['groups'] | undefined {
    const find = this.#find;
    if (find === undefined) return this.#re2.search(text, true)(0)?.groups;
    find.lastIndex = 0;
    try {
      return find.exec(text) ?? undefined;
    } catch (error) {
      if (error instanceof RangeError) return this.#re2.search(text, true)(0)?.groups;
      throw error;
    }
  }

  findPlaces(text: string): readonly number[] | undefined {
    const find = this.#find;
    if (find === undefined) return this.#re2.places(text);
    const places = (this.#places ??= new RegExp(find.source, `${find.flags}d`));
    return withinStack(
      () => {
        places.lastIndex = 0;
        const indices = places.exec(text)?.indices;
        return indices && Array.from(indices as Indices).flatMap((place) => place ?? nowhere);
      },
      () => this.#re2.places(text),
    );
  }

  findAll(text: string): Match[] {
    return [...allMatches(text, this.#search(text, true))];
  }

  replaceAll(text: string, template: string): string {
    if (template !== this.#template) {
      this.#parts = readTemplate(template, this.groupNames);
      this.#template = template;
      const [text = ''] = this.#parts;
      this.#substitute = typeof text === 'string' ? text.replaceAll('$', '$$$$') : '';
    }
    const parts = this.#parts;
    const [only = ''] = parts;
    if (parts.length <= 1 && typeof only === 'string') return this.#replaceBy(text, only);
    return this.#replace(text, true, ({ groups }) => expandTemplate(parts, groups));
  }

  replaceAllWith(text: string, replacement: (match: Match) => string): string {
    return this.#replace(text, true, replacement);
  }

  /** Replaces all matches by the same text. */
  #replaceBy(text: string, by: string): string {
    const find = this.#replaceable;
    if (find === undefined || text.length * (by.length + 1) > longestResult)
      return this.#replace(text, false, () => by);
    find.lastIndex = 0;
    return withinStack(
      () => text.replace(find, this.#substitute),
      () => this.#replace(text, false, () => by),
    );
  }

  /** Returns the text itself when it has no match. */
  #replace(text: string, withGroups: boolean, replacement: (match: Match) => string): string {
    let result = '';
    let rest = 0;
    for (const match of allMatches(text, this.#search(text, withGroups))) {
      result += text.slice(rest, match.start) + replacement(match);
      rest = match.end;
      if (result.length > longestResult)
        throw new PatternError(`the result of a replacement is longer than ${longestResult} characters`);
    }
    return rest === 0 && result === '' ? text : result + text.slice(rest);
  }

  #search(text: string, withGroups: boolean): Search {
    const find = this.#find;
    if (find === undefined) return this.#re2.search(text, withGroups);
    return (from) =>
      withinStack(
        () => {
          find.lastIndex = from;
          const groups = find.exec(text);
          return groups === null ? undefined : { start: groups.index, end: groups.index + groups[0].length, groups };
        },
        () => this.#re2.search(text, withGroups)(from),
      );
  }
}

function onV8(syntax: Syntax): RegExp | undefined {
  return isLinear(syntax) && hasSameMatches(syntax) ? toRegExp(syntax) : undefined;
}

/** V8 keeps a stack for what a loop has read; for a text of many megabytes it has an end. */
function withinStack<T>(onV8: () => T, otherwise: () => T): T {
  try {
    return onV8();
  } catch (error) {
    if (error instanceof RangeError) return otherwise();
    throw error;
  }
}
