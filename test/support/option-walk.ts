import type { z } from 'zod';
import { kinds, type Kind } from '../../src/component/schema/schema.js';

/** A place in the options of a component. */
export type OptionPath = readonly (string | number)[];

/** One value to try. */
export interface Trial {
  readonly path: OptionPath;
  /** In words, such as `negative`. */
  readonly how: string;
  /** As JSON has it; undefined: the option is taken out. */
  readonly value: unknown;
}

/** Longer than any name of a host, a file or a header. */
const huge = 'x'.repeat(5000);

/**
 * Values for every option of a schema, found from its kinds: missing, empty, negative, huge and of a wrong type. Lists
 * and maps are walked in one element, and options that stand in several places in the first one.
 */
export function trialsOf(schema: z.ZodType): Trial[] {
  const trials: Trial[] = [];
  walk(schema, [], trials, new Set());
  return trials;
}

function walk(schema: z.ZodType, path: OptionPath, trials: Trial[], seen: Set<z.ZodType>): void {
  const kind = kinds.get(schema);
  if (!kind || seen.has(schema)) return;
  seen.add(schema);
  const add = (how: string, value: unknown): void => void trials.push({ path, how, value });
  if (path.length > 0) {
    add('missing', undefined);
    add('null', null);
  }
  for (const [how, value] of valuesOf(kind)) add(how, value);
  switch (kind.kind) {
    case 'section':
      return walk(kind.element, path, trials, seen);
    case 'list':
      return walk(kind.element, [...path, 0], trials, seen);
    case 'map':
      return walk(kind.element, [...path, 'key'], trials, seen);
    case 'variant':
      for (const [word, inner] of Object.entries(kind.variants)) {
        const own: Trial[] = [];
        walk(inner, [], own, seen);
        for (const { path: below, how, value } of own)
          trials.push({
            path,
            how: `${word}: ${[...below, how].join(' ')}`,
            value: changed({ [kind.key]: word }, below, value),
          });
      }
      return;
    case 'group':
      for (const [name, inner] of Object.entries(kind.shape)) walk(inner, [...path, name], trials, seen);
      return;
    default:
  }
}

function valuesOf(kind: Kind): readonly (readonly [how: string, value: unknown])[] {
  const noMap = ['a map', { a: 1 }] as const;
  const noList = ['a list', [1]] as const;
  const word = ['a word', 'word'] as const;
  switch (kind.kind) {
    case 'text':
    case 'secret':
      return [['empty', ''], word, ['a star', '*'], ['spaces', 'a b'], ['huge', huge], ['a number', 7], noMap, noList];
    case 'choice':
      return [['empty', ''], word, ['a number', 7], noMap, noList];
    case 'int':
      return [['zero', 0], ['negative', -1], ['huge', 2 ** 53], word, noMap, noList];
    case 'float':
      return [['zero', 0], ['negative', -1.5], ['huge', 1e300], word, noMap, noList];
    case 'duration':
      return [
        ['zero', '0s'],
        ['negative', '-1s'],
        ['huge', '2562047h'],
        ['no unit', '5'],
        word,
        ['a number', 7],
        noMap,
      ];
    case 'flag':
      return [['on', true], ['off', false], word, ['a number', 7], noMap];
    case 'list':
      return [['empty', []], word, ['nothing in it', [null]], noMap];
    case 'map':
      return [['empty', {}], word, ['an empty name', { '': null }], noList];
    case 'headers':
      return [['empty', {}], word, noList, ['a bad name', { 'a b': 'c' }], ['a bad value', { a: 'x\ny' }]];
    case 'group':
    case 'variant':
    case 'section':
      return [['empty', {}], word, noList, ['an unknown key', { no_such_option: 1 }]];
    case 'any':
      return [word, ['a number', 7], ['empty', {}], noList];
  }
}

/** The options with one of them changed; what is not there on the way is made. */
export function changed(options: unknown, path: OptionPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const list: unknown[] = Array.isArray(options) ? [...(options as unknown[])] : [];
    if (rest.length === 0 && value === undefined) list.splice(step, 1);
    else list[step] = changed(list[step], rest, value);
    return list;
  }
  const map: Record<string, unknown> =
    typeof options === 'object' && options !== null && !Array.isArray(options) ? { ...options } : {};
  if (rest.length === 0 && value === undefined) delete map[step];
  else map[step] = changed(map[step], rest, value);
  return map;
}
