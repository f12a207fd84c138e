import { isMap, type Json } from './otlp-value.js';

/**
 * The ways in which data does not hold an expected part, each with its place. Of a map only the keys that are expected
 * count. Each expected element of a list must be found in an element of its own, in any order; attributes are found by
 * their key. Null is expected where nothing may be.
 */
export function missingOf(expected: Json, actual: Json | undefined, path = ''): string[] {
  if (expected === null) return isNothing(actual) ? [] : [`${path}: expected nothing, got ${shownJson(actual)}`];
  if (Array.isArray(expected)) {
    const items = Array.isArray(actual) ? (actual as Json[]) : [];
    return isAttributes(expected) ? missingPairs(expected, items, path) : missingItems(expected as Json[], items, path);
  }
  if (isMap(expected)) {
    if (Object.keys(expected).length > 0 && !isMap(actual))
      return [`${path}: expected ${shownJson(expected as Json)}, got ${shownJson(actual)}`];
    return Object.entries(expected as Record<string, Json>).flatMap(([key, value]) =>
      missingOf(value, isMap(actual) ? (actual[key] as Json) : undefined, path === '' ? key : `${path}.${key}`),
    );
  }
  return expected === actual ? [] : [`${path}: expected ${shownJson(expected)}, got ${shownJson(actual)}`];
}

function isNothing(value: Json | undefined): boolean {
  return value === undefined || value === null || (isMap(value) && Object.keys(value).length === 0);
}

type Pair = Readonly<Record<string, Json>> & { readonly key: string };

function isAttributes(list: Json): list is readonly Pair[] {
  return Array.isArray(list) && list.length > 0 && list.every((item) => isMap(item) && typeof item['key'] === 'string');
}

function missingPairs(expected: readonly Pair[], actual: readonly Json[], path: string): string[] {
  return expected.flatMap((pair) => {
    const here = `${path}[${JSON.stringify(pair.key)}]`;
    const found = actual.find((item) => isMap(item) && item['key'] === pair.key) as Pair | undefined;
    if ('absent' in pair) return found ? [`${here}: expected nothing, got ${shownJson(found['value'])}`] : [];
    return missingOf(pair['value'] ?? {}, found?.['value'], here);
  });
}

/** Finds an element of its own for each expected one, even where the first that fits is needed by another. */
function missingItems(expected: readonly Json[], actual: readonly Json[], path: string): string[] {
  const fits = expected.map((part) => actual.flatMap((item, i) => (missingOf(part, item).length === 0 ? [i] : [])));
  const ownerOf = new Map<number, number>();
  const assign = (part: number, tried: Set<number>): boolean =>
    (fits[part] ?? []).some((item) => {
      if (tried.has(item)) return false;
      tried.add(item);
      const owner = ownerOf.get(item);
      if (owner !== undefined && !assign(owner, tried)) return false;
      ownerOf.set(item, part);
      return true;
    });
  return expected.flatMap((part, i) => {
    if (assign(i, new Set())) return [];
    const here = `${path}[${i}]`;
    const free = actual.filter((_item, at) => !ownerOf.has(at));
    return closest(part, free, here) ?? [`${here}: nothing is left that could be ${shownJson(part)}`];
  });
}

/** How the most similar element differs; undefined when there is none. */
function closest(part: Json, items: readonly Json[], path: string): string[] | undefined {
  let best: string[] | undefined;
  for (const item of items) {
    const missing = missingOf(part, item, path);
    if (best === undefined || missing.length < best.length) best = missing;
  }
  return best;
}

const maxShown = 200;

function shownJson(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > maxShown ? `${text.slice(0, maxShown)}...` : text;
}
