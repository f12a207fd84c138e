import type { Range } from '../../../otlp/view/range.js';
import type { Expression } from '../../expression.js';
import { converter, type Converter } from '../../function.js';
import { literalString, optional, string } from '../../parameters.js';
import type { Scene } from '../../scene.js';
import { rangeReader } from '../text-range.js';

const hasPrefix: Converter = converter('HasPrefix', { target: string(), prefix: string() }, ({ target, prefix }) =>
  hasAffix(target, prefix, 'start'),
);

const hasSuffix: Converter = converter('HasSuffix', { target: string(), suffix: string() }, ({ target, suffix }) =>
  hasAffix(target, suffix, 'end'),
);

const trimPrefix: Converter = converter(
  'TrimPrefix',
  { target: string(), prefix: string() },
  ({ target, prefix }) =>
    (scene) => {
      const text = target.get(scene);
      const start = prefix.get(scene);
      return text.startsWith(start) ? text.slice(start.length) : text;
    },
);

const trimSuffix: Converter = converter(
  'TrimSuffix',
  { target: string(), suffix: string() },
  ({ target, suffix }) =>
    (scene) => {
      const text = target.get(scene);
      const end = suffix.get(scene);
      return text.endsWith(end) ? text.slice(0, text.length - end.length) : text;
    },
);

/** Cuts all characters of a set off both ends. */
const trim: Converter = converter(
  'Trim',
  { target: string(), replacement: optional(literalString()) },
  ({ target, replacement: set = ' ' }) => {
    const characters = new Set(set);
    return (scene) => {
      const text = [...target.get(scene)];
      let from = 0;
      let to = text.length;
      while (from < to && characters.has(text[from] ?? '')) from++;
      while (to > from && characters.has(text[to - 1] ?? '')) to--;
      return from === 0 && to === text.length ? target.get(scene) : text.slice(from, to).join('');
    };
  },
);

/** In place where the text is one of a batch and the affix is constant. */
function hasAffix(
  target: Expression<string>,
  affix: Expression<string>,
  at: 'start' | 'end',
): (scene: Scene) => boolean {
  const compare = (scene: Scene): boolean => {
    const text = target.get(scene);
    return at === 'start' ? text.startsWith(affix.get(scene)) : text.endsWith(affix.get(scene));
  };
  const rangeAt = rangeReader(target);
  if (rangeAt === undefined || affix.constant === undefined) return compare;
  const bytes = Buffer.from(affix.constant.value);
  return (scene) => {
    const range = rangeAt(scene);
    return range === undefined ? compare(scene) : standsAt(bytes, range, at);
  };
}

function standsAt(bytes: Uint8Array, range: Range, at: 'start' | 'end'): boolean {
  if (range.length < bytes.length) return false;
  const from = at === 'start' ? range.start : range.end - bytes.length;
  for (let i = 0; i < bytes.length; i++) if (range.bytes[from + i] !== bytes[i]) return false;
  return true;
}

export const affixConverters: readonly Converter[] = [hasPrefix, hasSuffix, trimPrefix, trimSuffix, trim];
