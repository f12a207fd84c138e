import { messages, topMessage } from '../otlp/fields.js';
import { camelCase } from '../otlp/json/names.js';
import type { Signal } from '../otlp/signal.js';
import { isMap, type Json } from './otlp-value.js';

type Parts = Readonly<Record<string, Json>>;

/** How a resource, a scope or an item differs: undefined before where it is new, after where it is gone. */
export interface ItemDifference {
  /** `resourceSpans[0].scopeSpans[0].spans[3]`. */
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  /** It is a span, metric, log record or profile, not what is around them. */
  readonly isItem: boolean;
}

export interface Differences {
  readonly differences: readonly ItemDifference[];
  /** Spans, metrics, log records or profiles before. */
  readonly items: number;
}

/** The lists of a request from the outermost in: `resourceSpans`, `scopeSpans`, `spans`. */
export function listsOf(signal: Signal): readonly string[] {
  const lists: string[] = [];
  let message = topMessage[signal];
  // The dictionary of profiles is no list.
  for (const level of ['resource', 'scope', '']) {
    const field = messages[message]?.fields.find(({ name, repeated, type }) =>
      level === '' ? repeated && type === 'message' : name.startsWith(`${level}_`),
    );
    if (field === undefined) break;
    lists.push(camelCase(field.name));
    message = field.message;
  }
  return lists;
}

/** The name of an item in the plural: `spans`. */
export function itemList(signal: Signal): string {
  return listsOf(signal).at(-1) ?? 'items';
}

/** Compares what a request was with what has become of it, item by item. */
export function itemDifferences(signal: Signal, before: Json, after: Json): Differences {
  const lists = listsOf(signal);
  const differences: ItemDifference[] = [];
  let items = 0;
  const compare = (one: Json | undefined, other: Json | undefined, level: number, path: string): void => {
    const list = lists[level];
    if (level === lists.length) items += one === undefined ? 0 : 1;
    if (level > 0) {
      const [was, is] = [withoutList(one, list), withoutList(other, list)];
      // The parts that a resource has lost go with it.
      if (JSON.stringify(was) !== JSON.stringify(is))
        differences.push({ path, before: was, after: is, isItem: list === undefined });
    }
    if (list === undefined) return;
    const [ones, others] = [elementsOf(one, list), elementsOf(other, list)];
    // A new item has the place that it has afterwards.
    for (const [i, j] of aligned(ones, others, lists[level + 1]))
      compare(
        i === undefined ? undefined : ones[i],
        j === undefined ? undefined : others[j],
        level + 1,
        `${path === '' ? '' : `${path}.`}${list}[${i ?? j}]`,
      );
  };
  compare(before, after, 0, '');
  return { differences, items };
}

function elementsOf(value: Json | undefined, list: string): readonly Json[] {
  const found = isMap(value) ? (value as Parts)[list] : undefined;
  return Array.isArray(found) ? (found as readonly Json[]) : [];
}

function withoutList(value: Json | undefined, list: string | undefined): Json | undefined {
  if (list === undefined || !isMap(value)) return value;
  return Object.fromEntries(Object.entries(value as Parts).filter(([key]) => key !== list));
}

type Pair = readonly [before: number | undefined, after: number | undefined];

/**
 * Which element has become which: the same place where their numbers are equal, else by what they are, without the
 * list below them.
 */
function aligned(before: readonly Json[], after: readonly Json[], below: string | undefined): readonly Pair[] {
  if (before.length === after.length) return before.map((_item, i) => [i, i]);
  const textOf = (item: Json): string => JSON.stringify(withoutList(item, below));
  const [ones, others] = [before.map(textOf), after.map(textOf)];
  const [leftBefore, leftAfter] = [countsOf(ones), countsOf(others)];
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  const takeBefore = (): number => (take(leftBefore, ones[i]), i++);
  const takeAfter = (): number => (take(leftAfter, others[j]), j++);
  while (i < before.length || j < after.length) {
    const [one, other] = [ones[i], others[j]];
    if (other === undefined) pairs.push([takeBefore(), undefined]);
    else if (one === undefined) pairs.push([undefined, takeAfter()]);
    else if (one === other) pairs.push([takeBefore(), takeAfter()]);
    else if (leftBefore.has(other)) pairs.push([takeBefore(), undefined]);
    else if (leftAfter.has(one)) pairs.push([undefined, takeAfter()]);
    else pairs.push([takeBefore(), takeAfter()]);
  }
  return pairs;
}

function countsOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

function take(counts: Map<string, number>, text = ''): void {
  const left = (counts.get(text) ?? 0) - 1;
  if (left > 0) counts.set(text, left);
  else counts.delete(text);
}
