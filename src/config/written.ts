import type { TextRange } from '../component/config-value-error.js';
import type { FaultPlace } from './fault.js';
import type { Located, ScalarNode } from './node.js';
import type { Place } from './place.js';
import { scalarOffsets, type ScalarStyle } from './yaml/scalar-offsets.js';

/** Where a part of a value is written. */
export type Written =
  | { readonly kind: 'here'; readonly place: Place }
  /**
   * In what `${...}` stands for, as `origin` names it; `place` is where that is used, `shown` the value without what
   * came through such.
   */
  | { readonly kind: 'elsewhere'; readonly place: Place; readonly origin: string; readonly shown: string }
  | { readonly kind: 'unknown' };

/**
 * A value as it was written, and every `${...}` that was replaced in it, one after the other, before `$$` became `$`.
 */
export interface WrittenText {
  readonly style: ScalarStyle;
  readonly text: string;
  readonly steps: readonly { readonly uri: string; readonly text: string }[];
}

/** Where to point for some characters of the text that was located. */
export function placeWithin(at: Located, range: TextRange): FaultPlace {
  const whole: FaultPlace = { place: at.place, origin: at.origin };
  const { node } = at;
  if (node.kind !== 'scalar' || typeof node.value !== 'string') return whole;
  const written = writtenAt(node, range);
  switch (written.kind) {
    case 'here':
      return { place: written.place };
    case 'elsewhere':
      return { place: written.place, origin: written.origin, inside: { text: written.shown, at: range } };
    case 'unknown': {
      if (range.offset > node.value.length) return whole;
      const text = at.origin === undefined ? node.value : node.value.replace(/[^\n]/g, '*');
      return { ...whole, inside: { text, at: range } };
    }
  }
}

/** Where a part of a scalar's text is written in its source. */
export function writtenAt({ place, value, written }: ScalarNode, { offset, length = 1 }: TextRange): Written {
  if (!written || typeof value !== 'string') return { kind: 'unknown' };
  const { source, start } = place;
  const offsets = scalarOffsets(source.text.slice(start, start + place.length), written.style, written.text);
  if (!offsets) return { kind: 'unknown' };
  const placeOf = (from: number, to: number): Place | undefined => {
    const first = offsets[from];
    if (first === undefined) return undefined;
    return {
      source,
      start: start + first,
      length: Math.max(1, (offsets[Math.max(from + 1, to)] ?? first + 1) - first),
    };
  };
  const traced = replayed(written);
  const [first, last] = [traced[offset], traced[offset + length - 1]];
  if (first === undefined) {
    // Behind the last character, which is where a parser finds that something is missing.
    const at = offset > value.length ? undefined : placeOf(written.text.length, written.text.length);
    return at ? { kind: 'here', place: at } : { kind: 'unknown' };
  }
  if (typeof first !== 'number') {
    const at = placeOf(first.from, first.to);
    return at
      ? { kind: 'elsewhere', place: at, origin: first.uri, shown: withoutSubstitutes(value, traced) }
      : { kind: 'unknown' };
  }
  const at = placeOf(first, typeof last === 'number' ? last + 1 : first + 1);
  return at ? { kind: 'here', place: at } : { kind: 'unknown' };
}

/** A value in which what came through a variable is as many asterisks. */
function withoutSubstitutes(value: string, traced: readonly Trace[]): string {
  let shown = '';
  for (let i = 0; i < value.length; i++) {
    const trace = traced[i];
    const hidden = trace !== undefined && typeof trace !== 'number';
    shown += hidden && value[i] !== '\n' ? '*' : value.charAt(i);
  }
  return shown;
}

/** The origin of a character: its offset in the written text, or the `${...}` there that stands for it. */
type Trace = number | { readonly uri: string; readonly from: number; readonly to: number };

/** Does the expansion again, with each character's trace, and turns `$$` into `$` at the end. */
function replayed({ text, steps }: WrittenText): readonly Trace[] {
  let current = text;
  let traces: Trace[] = Array.from({ length: text.length }, (_, i) => i);
  for (const step of steps) {
    const next: Trace[] = [];
    let at = 0;
    for (let found = current.indexOf(step.uri); found >= 0; found = current.indexOf(step.uri, at)) {
      const end = found + step.uri.length;
      next.push(...traces.slice(at, found));
      const trace = substitution(step.uri, traces.slice(found, end));
      for (let i = 0; i < step.text.length; i++) next.push(trace);
      at = end;
    }
    traces = [...next, ...traces.slice(at)];
    current = current.replaceAll(step.uri, () => step.text);
  }
  const result: Trace[] = [];
  for (let i = 0; i < traces.length; i++) {
    const trace = traces[i];
    if (trace !== undefined) result.push(trace);
    if (current[i] === '$' && current[i + 1] === '$') i++;
  }
  return result;
}

/** One inside another is that other one: only that is written in the source. */
function substitution(uri: string, traces: readonly Trace[]): Trace {
  const outer = traces.find((trace) => typeof trace !== 'number');
  if (outer !== undefined) return outer;
  const [from = 0] = traces.filter((trace) => typeof trace === 'number');
  return { uri, from, to: from + uri.length };
}
