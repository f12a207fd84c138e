/** A part of a glob between two slashes. */
export type GlobPart =
  | { readonly kind: 'name'; readonly name: string }
  /** A regular expression for all of a name. */
  | { readonly kind: 'pattern'; readonly source: string }
  /** `**`: any number of folders, also none. */
  | { readonly kind: 'any-depth' };

/** A glob without alternatives. */
export interface Glob {
  /** Begins at the root, and not at the working folder. */
  readonly absolute: boolean;
  readonly parts: readonly GlobPart[];
}

/** The fault of a glob, in the Collector's words. */
export class GlobError extends Error {
  constructor(message: string = 'parse glob: syntax error in pattern') {
    super(message);
    this.name = 'GlobError';
  }
}

/** Alternatives `{a,b}` multiply; more than this many are refused. */
const mostGlobs = 1024;
const special = /[*?[\\]/;
/** Signs that mean something in a regular expression. */
const quotable = /[\\^$.|?*+()[\]{}]/g;

/**
 * Reads a glob as the Collector's library does: `*`, `**`, `?`, `[a-z]`, `[^a-z]`, `{a,b}`, and `\` before a sign that
 * means itself. Throws a `GlobError`.
 */
export function parseGlob(source: string): readonly Glob[] {
  return alternatives(source).map((text) => ({
    absolute: text.startsWith('/'),
    parts: text
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .map(parsePart),
  }));
}

/** A regular expression for whole paths. */
export function pathPattern({ absolute, parts }: Glob): string {
  let source = absolute ? '/' : '';
  parts.forEach((part, i) => {
    const last = i === parts.length - 1;
    if (part.kind === 'any-depth') source += last ? '.*' : '(?:[^/]*/)*';
    else source += (part.kind === 'name' ? quoted(part.name) : part.source) + (last ? '' : '/');
  });
  return `(?s)^(?:${source.replace(/\/\.\*$/, '(?:/.*)?')})$`;
}

/** A regular expression for whole names. */
export function namePattern(source: string): string {
  return `(?s)^(?:${source})$`;
}

function parsePart(text: string): GlobPart {
  if (text === '**') return { kind: 'any-depth' };
  if (!special.test(text)) return { kind: 'name', name: text };
  const characters = [...text];
  let source = '';
  let isName = true;
  let name = '';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '\\') {
      const next = characters[++at];
      if (next === undefined) throw new GlobError();
      source += quoted(next);
      name += next;
      continue;
    }
    if (character === '*') {
      while (characters[at + 1] === '*') at++;
      source += '[^/]*';
    } else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const set = readClass(characters, at);
      source += set.source;
      at = set.end;
    } else {
      source += quoted(character);
      name += character;
      continue;
    }
    isName = false;
  }
  return isName ? { kind: 'name', name } : { kind: 'pattern', source };
}

/** A class such as `[a-z]` that begins at `at`. */
function readClass(characters: readonly string[], at: number): { readonly source: string; readonly end: number } {
  let i = at + 1;
  const negated = characters[i] === '^' || characters[i] === '!';
  if (negated) i++;
  let inside = '';
  const one = (): string => {
    const character = characters[i++];
    if (character === undefined) throw new GlobError();
    const taken = character === '\\' ? characters[i++] : character;
    if (taken === undefined) throw new GlobError();
    return taken;
  };
  for (let first = true; first || characters[i] !== ']'; first = false) {
    if (first && characters[i] === ']') throw new GlobError();
    const from = one();
    if (from === '-') throw new GlobError();
    inside += classCharacter(from);
    if (characters[i] !== '-') continue;
    i++;
    if (characters[i] === ']') throw new GlobError();
    const to = one();
    if ((to.codePointAt(0) ?? 0) < (from.codePointAt(0) ?? 0)) throw new GlobError();
    inside += `-${classCharacter(to)}`;
  }
  return { source: `[${negated ? '^' : ''}${inside}]`, end: i };
}

function classCharacter(character: string): string {
  return `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function quoted(text: string): string {
  return text.replace(quotable, '\\$&');
}

/** The texts that the braces of a glob stand for. */
function alternatives(source: string): readonly string[] {
  const open = braceAt(source, 0);
  if (open < 0) return [source];
  const parts: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open; at < source.length; at++) {
    const character = source[at];
    if (character === '\\') at++;
    else if (character === '[') at = classEnd(source, at);
    else if (character === '{') depth++;
    else if (character === ',' && depth === 1) {
      parts.push(source.slice(from, at));
      from = at + 1;
    } else if (character === '}' && --depth === 0) {
      parts.push(source.slice(from, at));
      const before = source.slice(0, open);
      const behind = alternatives(source.slice(at + 1));
      const texts = parts.flatMap((part) =>
        alternatives(part).flatMap((one) => behind.map((rest) => before + one + rest)),
      );
      if (texts.length > mostGlobs) throw new GlobError(`more than ${mostGlobs} alternatives in a glob`);
      return texts;
    }
  }
  throw new GlobError();
}

/** The first brace from `at` on that opens alternatives; -1 when there is none. */
function braceAt(source: string, at: number): number {
  for (let i = at; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === '[') i = classEnd(source, i);
    else if (source[i] === '{') return i;
    else if (source[i] === '}') throw new GlobError();
  }
  return -1;
}

function classEnd(source: string, open: number): number {
  for (let i = open + 1; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === ']' && i > open + 1) return i;
  }
  throw new GlobError();
}
