import type { Component, Edge, Pipeline } from '../model/deployment.js';
import { deliveryOf } from '../model/delivery.js';
import { listeningOf } from '../model/endpoints.js';
import type { Rule } from '../rule.js';
import type { Spot } from '../setting.js';

const mib = 2 ** 20;
/** A span of an SDK with a dozen attributes, bytes. */
const itemBytes = 1024;

export const messageAboveLimit: Rule = {
  id: 'message-above-limit',
  severity: 'warning',
  title: 'Batches may be larger than the next tier takes',
  *check({ feeds }) {
    const reported = new Set<object>();
    for (const [, ways] of feeds)
      for (const { from, by } of ways) {
        if (by.kind !== 'edge' || reported.has(by.edge)) continue;
        const limit = limitOf(by.edge);
        const batch = largestOf(by.edge, from);
        if (limit === undefined || !batch || batch.bytes <= limit) continue;
        reported.add(by.edge);
        const { to } = by.edge;
        yield {
          at: batch.at,
          message:
            `${batch.words}, and ${JSON.stringify(to.id)} of ${JSON.stringify(to.tier.name)} refuses ` +
            `requests above ${limit / mib} MiB for good: their data is dropped`,
          remedy:
            'Bound batches in bytes (`sending_queue::batch` with `sizer: bytes`), or raise the limit of the receiver.',
        };
      }
  },
};

/** The largest request that the receiver takes, bytes. */
function limitOf({ from, to }: Edge): number | undefined {
  const isHttp = from.traits.sends === 'otlp/http';
  const server = listeningOf(to).find((each) => each.server.speaks === (isHttp ? 'otlp/http' : 'otlp/grpc'));
  if (isHttp) return server?.group.at('max_request_body_size').numberOr(20 * mib);
  const limit = server?.group.at('max_recv_msg_size_mib').numberOr(4);
  return limit === undefined ? undefined : (limit === 0 ? 4 : limit) * mib;
}

interface Largest {
  readonly bytes: number;
  readonly words: string;
  readonly at: Spot;
}

/** The largest batch that an exporter sends by what its configuration says; undefined when it makes none. */
function largestOf({ from, isRouted }: Edge, { processors }: Pipeline): Largest | undefined {
  const batch = deliveryOf(from).at('sending_queue', 'batch');
  if (batch.isSet) {
    const max = batch.at('max_size');
    const size = max.numberOr(0);
    if (size === undefined) return undefined;
    if (batch.at('sizer').textOr('items') === 'bytes')
      return size === 0 ? endless(batch) : { bytes: size, words: `makes batches of ${size} bytes`, at: max };
    return isRouted ? undefined : ofItems(size, max.isSet ? max : batch);
  }
  const processor = processors.find(({ component }) => component?.traits.batches === true)?.component;
  return processor === undefined || isRouted ? undefined : ofProcessor(processor);
}

function ofProcessor(processor: Component): Largest | undefined {
  const max = processor.config.at('send_batch_max_size');
  const size = max.numberOr(0);
  return size === undefined ? undefined : ofItems(size, max.isSet ? max : processor);
}

function ofItems(items: number, at: Spot): Largest {
  if (items === 0) return endless(at);
  return { bytes: items * itemBytes, words: `makes batches of ${items} items, of some 1 KiB each`, at };
}

function endless(at: Spot): Largest {
  return { bytes: Infinity, words: 'makes batches without a bound on their size', at };
}
