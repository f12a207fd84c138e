import type { Signal } from '../otlp/signal.js';
import { listsOf } from './item-differences.js';
import { isMap, type Json } from './otlp-value.js';

type Parts = Readonly<Record<string, Json>>;

/** An item alone, with the resource and scope that it is in. */
export interface SingleItem {
  /** `resourceSpans[0].scopeSpans[0].spans[3]`. */
  readonly path: string;
  readonly item: Json;
  /** A request with nothing else. */
  readonly request: Json;
}

/** Each item of a request as a request of its own. */
export function* singleItems(signal: Signal, request: Json): Generator<SingleItem> {
  const lists = listsOf(signal);
  function* below(value: Json, level: number, path: string, wrap: (inner: Json) => Json): Generator<SingleItem> {
    const list = lists[level];
    if (list === undefined) {
      yield { path, item: value, request: wrap(value) };
      return;
    }
    const found = isMap(value) ? (value as Parts)[list] : undefined;
    for (const [i, inner] of (Array.isArray(found) ? (found as readonly Json[]) : []).entries())
      yield* below(inner, level + 1, `${path === '' ? '' : `${path}.`}${list}[${i}]`, (one) =>
        wrap({ ...(value as Parts), [list]: [one] }),
      );
  }
  yield* below(request, 0, '', (whole) => whole);
}
