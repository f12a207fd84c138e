import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { Batch } from '../../src/otlp/batch.js';
import { jsonToProto } from '../../src/otlp/json/decode.js';
import type { Signal } from '../../src/otlp/signal.js';
import { validate } from '../../src/otlp/wire/validate.js';

/** The signals of the tests. */
export type TestSignal = 'traces' | 'metrics' | 'logs';

/** One request in both encodings of OTLP. */
export interface Request {
  readonly signal: TestSignal;
  readonly items: number;
  readonly proto: Uint8Array;
  readonly json: string;
}

/** Enough that a request lies in the buffer pool. */
const perRequest = 400;
/** The smallest memory of the buffer pool, bytes. */
const smallestPooled = 32 * 1024;
const marker = /item-\d{6}-[0-9a-f]{32}/g;

const item: Readonly<Record<TestSignal, (name: string) => object>> = {
  traces: (name) => ({ traceId: hex(16), spanId: hex(8), name, attributes: [text(name)] }),
  metrics: (name) => ({
    name,
    description: hex(100),
    gauge: { dataPoints: [{ asInt: '7', attributes: [text(hex(20))] }] },
  }),
  logs: (name) => ({ timeUnixNano: '1', body: { stringValue: name }, attributes: [text(hex(80))] }),
};

const wrap: Readonly<Record<TestSignal, (items: readonly object[]) => object>> = {
  traces: (spans) => ({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'contract' }, spans }] }] }),
  metrics: (metrics) => ({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] }),
  logs: (logRecords) => ({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }),
};

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'contract' } }] };
const text = (value: string): object => ({ key: 'text', value: { stringValue: value } });
const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** Makes requests of distinguishable items, and counts the items that arrive. */
export class Items {
  /** Items that arrived and were not sent. */
  unknown = 0;
  /** Items that arrived with other bytes than they were sent with. */
  changed = 0;
  readonly #markers: Map<string, string> = new Map();
  readonly #sent: Set<string> = new Set();
  readonly #arrived: Map<string, number> = new Map();
  /** Signals that were sent: items of another one were made by a component. */
  readonly #signals: Set<Signal> = new Set();
  #made = 0;

  request(signal: TestSignal): Request {
    this.#signals.add(signal);
    const markers = Array.from(
      { length: perRequest },
      () => `item-${String(this.#made++).padStart(6, '0')}-${hex(16)}`,
    );
    const json = JSON.stringify(wrap[signal](markers.map(item[signal])));
    const proto = jsonToProto(signal, Buffer.from(json));
    const encoded = itemsOf(signal, proto);
    for (const [i, name] of markers.entries()) {
      this.#markers.set(encoded[i] ?? '', name);
      this.#sent.add(name);
    }
    return { signal, items: perRequest, proto, json };
  }

  /** Counts the items of an OTLP request. One that is not byte for byte as it was sent is known by its marker. */
  arrived(signal: Signal, proto: Uint8Array): void {
    if (!this.#signals.has(signal)) return;
    for (const bytes of itemsOf(signal, proto)) {
      const name = this.#markers.get(bytes);
      if (name === undefined) this.#countChanged(bytes.match(marker)?.[0]);
      else this.#count(name);
    }
  }

  /** Counts the items of any text by their markers alone. */
  arrivedIn(any: string): void {
    for (const name of new Set(any.match(marker))) this.#count(name);
  }

  /** Counts the items of a text in which names have underscores for what Prometheus did not allow. */
  arrivedAs(translated: string): void {
    this.arrivedIn(translated.replace(/item_(\d{6})_([0-9a-f]{32})/g, 'item-$1-$2'));
  }

  /** Distinct items that arrived. */
  get count(): number {
    return this.#arrived.size;
  }

  /** Markers of items that arrived more than once. */
  get repeated(): string[] {
    return [...this.#arrived].filter(([, times]) => times > 1).map(([name]) => name);
  }

  #countChanged(name: string | undefined): void {
    const isKnown = name !== undefined && this.#sent.has(name);
    if (isKnown) this.changed++;
    this.#count(isKnown ? name : undefined);
  }

  #count(name: string | undefined): void {
    if (name === undefined) this.unknown++;
    else this.#arrived.set(name, (this.#arrived.get(name) ?? 0) + 1);
  }
}

/** The bytes of each span, metric or log record, as text to compare. */
function itemsOf(signal: Signal, proto: Uint8Array): string[] {
  const { index, bytes } = validate(signal, proto);
  return Array.from({ length: index.itemCount }, (_, i) =>
    Buffer.from(bytes.subarray(index.itemFrom(i), index.itemTo(i))).toString('latin1'),
  );
}

/** A request as a batch in memory of the buffer pool, which tests overwrite once it is released. */
export function pooled({ signal, proto, items }: Request): Batch {
  expect([process.env['KANMON_SPOIL_MEMORY'], proto.length >= smallestPooled]).toEqual(['1', true]);
  const bytes = Batch.allocate(proto.length);
  bytes.set(proto);
  return new Batch(signal, bytes, items);
}
