import { duration, flag, group, int, list, text, type Report, type Schema } from '../../component/schema/schema.js';

/** docs/spec/gateway.md#service-graph. Times in milliseconds. */
export interface Config {
  readonly store: StoreConfig;
  readonly latency_histogram_buckets: readonly number[];
  readonly exponential_histogram_max_size: number;
  readonly dimensions: readonly string[];
  readonly cache_loop: number;
  readonly store_expiration_loop: number;
  readonly metrics_flush_interval: number;
  readonly metrics_timestamp_offset: number;
  readonly virtual_node_peer_attributes: readonly string[];
  readonly virtual_node_extra_label: boolean;
  readonly database_name_attributes: readonly string[];
  readonly database_name_attribute: string;
  readonly collector_instance_id: string;
  readonly aggregation_cardinality_limit: number;
  readonly max_bytes: number;
}

export interface StoreConfig {
  readonly ttl: number;
  readonly max_items: number;
}

const notBelowZero = (value: number): string | undefined =>
  value < 0 ? `must not be below 0, not ${value}` : undefined;

export const config: Schema<Config> = group<Config>(
  {
    store: group<StoreConfig>({
      ttl: duration('2s', { about: 'How long one half of an edge waits for the other one.' }, notBelowZero),
      max_items: int(1000, { about: 'Edges that wait at once; a span that finds no room is dropped.' }, notBelowZero),
    }),
    latency_histogram_buckets: list(duration('0s', { about: 'An upper bound.' }), [], {
      about: 'Upper bounds of the buckets of both histograms. None: 2ms, 4ms, 6ms, 8ms, 10ms, 50ms, 100ms to 15s.',
    }),
    exponential_histogram_max_size: int(0, {
      about: 'Makes both histograms exponential ones, with at most so many buckets; 0: with fixed bounds.',
    }),
    dimensions: list(text('', { about: 'The name of an attribute.' }), [], {
      about: 'Attributes of resource or span, in this order, that become `client_<name>` and `server_<name>`.',
    }),
    cache_loop: duration('1m', {
      about: 'How often series are deleted that have not changed for 15 minutes. 0 or less: the default.',
    }),
    store_expiration_loop: duration('2s', {
      about: 'How often edges are looked for that have waited too long. 0 or less: the default.',
    }),
    metrics_flush_interval: duration('60s', { about: 'How often metrics are sent; 0: after every request.' }),
    metrics_timestamp_offset: duration('0s', { about: 'Taken off the times of the metrics.' }),
    virtual_node_peer_attributes: list(
      text('', { about: 'The name of an attribute.' }),
      ['peer.service', 'db.name', 'db.system'],
      {
        about:
          'Span attributes that name a server without spans of its own, the first one first. None: an edge of which ' +
          'one half does not come is no edge.',
      },
    ),
    virtual_node_extra_label: flag(false, {
      about: 'Adds the label `virtual_node`: the side that has no spans, `client` or `server`, or "".',
    }),
    database_name_attributes: list(text('', { about: 'The name of an attribute.' }), ['db.name'], {
      about: 'Attributes of resource or span that name the database which a client calls, the first one first.',
    }),
    database_name_attribute: text('', { about: 'Deprecated: use `database_name_attributes`.' }),
    collector_instance_id: text('', {
      about:
        'Adds the label `collector.instance.id`, so that several instances do not write the same series: for ' +
        'example `${env:POD_NAME}`. Kanmon only.',
    }),
    aggregation_cardinality_limit: int(
      0,
      {
        about:
          'Series, at most. Edges of further ones are counted in a series with the one label ' +
          '`otel.metric.overflow`. 0: as many as `max_bytes` has room for. Kanmon only.',
      },
      notBelowZero,
    ),
    max_bytes: int(
      0,
      { about: 'Memory of edges and series. 0: a sixteenth of the memory limit. Kanmon only.', unit: 'bytes' },
      notBelowZero,
    ),
  },
  check,
);

function check(value: Config, report: Report): void {
  if (value.latency_histogram_buckets.length > 0 && value.exponential_histogram_max_size > 0)
    report('use either `latency_histogram_buckets` or `exponential_histogram_max_size`', [
      'exponential_histogram_max_size',
    ]);
  if (value.exponential_histogram_max_size < 0)
    report('`exponential_histogram_max_size` can not be negative', ['exponential_histogram_max_size']);
  const seen = new Set<string>();
  for (const [i, name] of value.dimensions.entries()) {
    if (name === '') report('must not be empty', ['dimensions', i]);
    else if (seen.has(name)) report(`duplicate dimension name ${JSON.stringify(name)}`, ['dimensions', i]);
    seen.add(name);
  }
}
