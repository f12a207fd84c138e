import { createHash } from 'node:crypto';
import { parse, stringify } from 'yaml';

export type TemplateMap = Record<string, unknown>;
export type TemplateFunction = (...args: readonly never[]) => unknown;

export function isMap(value: unknown): value is TemplateMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The truth that `if` sees: nothing, zero and empty values are false. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isMap(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** As an action prints it; what is missing is nothing, as Helm has it. */
export function printed(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
}

function copy<T>(value: T): T {
  return structuredClone(value);
}

/** As sprig's `mergeOverwrite`: maps are merged, an empty list changes nothing, anything else takes the place. */
function mergeInto(into: TemplateMap, from: TemplateMap, overwrites: boolean): TemplateMap {
  for (const [key, value] of Object.entries(from)) {
    const there = into[key];
    if (isMap(value) && isMap(there)) mergeInto(there, value, overwrites);
    else if (Array.isArray(value) && Array.isArray(there)) {
      if (value.length > 0 && (overwrites || there.length === 0)) into[key] = value;
    } else if (overwrites || !isTrue(there)) into[key] = value;
  }
  return into;
}

export function toYaml(value: unknown): string {
  const text = stringify(value, {
    indentSeq: false,
    lineWidth: 0,
    sortMapEntries: true,
    aliasDuplicateObjects: false,
    version: '1.1',
  });
  return text.trimEnd();
}

function format(text: string, ...args: readonly unknown[]): string {
  let next = 0;
  return text.replace(/%([sdqv])/g, (_all, verb: string) =>
    verb === 'q' ? JSON.stringify(args[next++]) : formatted(args[next++]),
  );
}

/** As `%v` has it. */
function formatted(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(formatted).join(' ')}]` : printed(value);
}

const indent = (count: number, text: string): string =>
  text
    .split('\n')
    .map((line) => ' '.repeat(count) + line)
    .join('\n');

/** The functions of Go's templates, of sprig and of Helm that the chart uses; arguments in their order there. */
export const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  add: (...all: readonly number[]) => all.reduce((sum, each) => sum + Math.trunc(Number(each)), 0),
  append: (list: readonly unknown[], item: unknown) => [...list, item],
  concat: (...lists: readonly (readonly unknown[])[]) => lists.flat(),
  contains: (part: string, text: string) => text.includes(part),
  deepCopy: (value: unknown) => copy(value),
  default: (otherwise: unknown, value?: unknown) => (isTrue(value) ? value : otherwise),
  dict: (...pairs: readonly unknown[]) =>
    Object.fromEntries(pairs.flatMap((key, i) => (i % 2 === 0 ? [[key as string, pairs[i + 1]]] : []))),
  dig: (...args: readonly unknown[]) => {
    const path = args.slice(0, -2) as string[];
    let here: unknown = args.at(-1);
    for (const key of path) here = isMap(here) ? here[key] : undefined;
    return here === undefined ? args.at(-2) : here;
  },
  eq: (a: unknown, b: unknown) => a === b,
  fail: (message: string) => {
    throw new Error(message);
  },
  first: (list: readonly unknown[]) => list[0],
  fromYaml: (text: string) => (parse(text, { merge: true }) as unknown) ?? {},
  get: (map: TemplateMap, key: string) => map[key] ?? '',
  gt: (a: number, b: number) => a > b,
  has: (item: unknown, list: readonly unknown[] | undefined) => list?.includes(item) ?? false,
  hasPrefix: (start: string, text: string) => text.startsWith(start),
  index: (from: unknown, ...keys: readonly (string | number)[]) =>
    keys.reduce<unknown>((here, key) => (here as TemplateMap | undefined)?.[key], from),
  int64: (value: unknown) => Math.trunc(Number(value)),
  join: (by: string, list: readonly unknown[]) => list.map(printed).join(by),
  len: (value: unknown) => (isMap(value) ? Object.keys(value).length : (value as { length: number }).length),
  list: (...items: readonly unknown[]) => items,
  lt: (a: number, b: number) => a < b,
  merge: (into: TemplateMap, from: TemplateMap) => mergeInto(into, from, false),
  mergeOverwrite: (into: TemplateMap, from: TemplateMap) => mergeInto(into, from, true),
  ne: (a: unknown, b: unknown) => a !== b,
  nindent: (count: number, text: string) => `\n${indent(count, text)}`,
  not: (value: unknown) => !isTrue(value),
  omit: (map: TemplateMap, ...keys: readonly string[]) =>
    Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key))),
  prepend: (list: readonly unknown[], item: unknown) => [item, ...list],
  printf: format,
  // Of nothing it makes nothing.
  quote: (value: unknown) => (value === null || value === undefined ? '' : JSON.stringify(printed(value))),
  set: (map: TemplateMap, key: string, value: unknown) => Object.assign(map, { [key]: value }),
  sha256sum: (text: string) => createHash('sha256').update(text).digest('hex'),
  splitList: (by: string, text: string) => text.split(by),
  ternary: (yes: unknown, no: unknown, which: boolean) => (which ? yes : no),
  toString: (value: unknown) => (value === null || value === undefined ? '<nil>' : printed(value)),
  toYaml,
  trim: (text: string) => text.trim(),
  trimSuffix: (end: string, text: string) => (text.endsWith(end) ? text.slice(0, -end.length) : text),
  trunc: (count: number, text: string) => text.slice(0, count),
  uniq: (list: readonly unknown[]) => [...new Map(list.map((each) => [JSON.stringify(each), each])).values()],
  without: (list: readonly unknown[], ...items: readonly unknown[]) => list.filter((each) => !items.includes(each)),
};
