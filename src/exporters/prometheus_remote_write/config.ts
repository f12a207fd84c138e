import { choice, flag, group, int, list, map, section, text, type Schema } from '../../component/schema/schema.js';
import { duration } from '../../component/schema/schema.js';
import { inUse } from '../../component/schema/in-use.js';
import { httpUrlFault } from '../../net/http/url-fault.js';
import { retryOnFailure, type RetryConfig } from '../../delivery/config.js';
import { httpClientShape, type HttpClientConfig } from '../../net/options/http-client.js';
import { nameRules, strategies, type TranslationStrategy } from '../../prometheus/strategy.js';

export const writeV1 = 'prometheus.WriteRequest';
export const writeV2 = 'io.prometheus.write.v2.Request';
export const gateV2 = 'exporter.prometheusremotewritexporter.enableSendingRW2';

/** Options of an HTTP client, but for those of the compression: remote write is snappy always. */
type ClientConfig = Omit<HttpClientConfig, 'compression' | 'compression_params' | 'reuse_compressed'>;

/** Options of the exporter (docs/spec/agent.md#prometheus-remote-write). Times in milliseconds, sizes in bytes. */
export interface Config extends ClientConfig {
  readonly namespace: string;
  readonly external_labels: Readonly<Record<string, string>>;
  readonly remote_write_queue: {
    readonly enabled: boolean;
    readonly queue_size: number;
    readonly num_consumers: number;
  };
  readonly retry_on_failure: RetryConfig;
  readonly max_batch_size_bytes: number;
  /** 0: not set. */
  readonly max_batch_request_parallelism: number;
  readonly target_info: { readonly enabled: boolean };
  readonly resource_constant_labels:
    | { readonly included: readonly string[]; readonly excluded: readonly string[] }
    | undefined;
  readonly resource_to_telemetry_conversion: {
    readonly enabled: boolean;
    readonly exclude_service_attributes: boolean;
  };
  readonly add_metric_suffixes: boolean;
  /** Empty: `add_metric_suffixes` decides. */
  readonly translation_strategy: TranslationStrategy | '';
  readonly send_metadata: boolean;
  readonly disable_scope_info: boolean;
  readonly protobuf_message: typeof writeV1 | typeof writeV2;
  readonly wal: object | undefined;
}

const {
  compression: _compression,
  compression_params: _params,
  reuse_compressed: _reuse,
  ...clientShape
} = httpClientShape();

const options: Schema<Config> = group<Config>(
  {
    ...clientShape,
    endpoint: text('', { about: 'URL that requests are sent to, with its path.' }),
    timeout: duration('5s', { about: 'For one batch with its responses; 0 none.' }, (ms) =>
      ms < 0 ? 'timeout value must be greater than or equal to 0' : undefined,
    ),
    namespace: text('', { about: 'Stands before the name of every metric, with an underscore.' }),
    external_labels: map(text(), { about: 'Labels of every series that has none of their names.' }),
    remote_write_queue: group({
      enabled: flag(true, { about: 'Puts batches into a queue; otherwise the sender waits for the outcome.' }),
      queue_size: int(10_000, { about: 'Batches that may wait.', unit: 'batches' }, (value) =>
        value < 0 ? "remote write queue size can't be negative" : undefined,
      ),
      num_consumers: int(
        5,
        { about: 'Batches that are sent at a time; two that have a series in common never are. 0 means 1.' },
        (value) => (value < 0 ? "remote write consumer number can't be negative" : undefined),
      ),
    }),
    retry_on_failure: retryOnFailure(true, '50ms'),
    max_batch_size_bytes: int(
      3_000_000,
      {
        about: 'Largest size of a request before compression, unless one point has more; 0 means 3000000.',
        unit: 'bytes',
      },
      (value) => (value < 0 ? 'max_batch_size_bytes must be greater than 0' : undefined),
    ),
    max_batch_request_parallelism: int(
      0,
      { about: 'Requests of one batch that are sent at a time; 0, not set, means 5.' },
      (value) => (value < 0 ? "max_batch_request_parallelism can't be set to below 1" : undefined),
    ),
    target_info: group({ enabled: flag(true, { about: 'Sends the attributes of resources as `target_info`.' }) }),
    resource_constant_labels: section(
      group({
        included: list(text(), ['*'], { about: 'Resource attributes that become labels; `*` and `?` are wildcards.' }),
        excluded: list(text(), [], { about: 'Of these, the ones that do not.' }),
      }),
      { absent: 'off' },
      { about: 'Copies attributes of the resource to the labels of its series.' },
    ),
    resource_to_telemetry_conversion: group({
      enabled: flag(false, {
        about: 'Copy all attributes of the resource to labels; `resource_constant_labels` takes its place.',
      }),
      exclude_service_attributes: flag(false, { about: 'Leave out those that make `job` and `instance`.' }),
    }),
    add_metric_suffixes: flag(true, {
      about: 'Names end with unit and type, while `translation_strategy` is not set.',
    }),
    translation_strategy: text(
      '',
      { about: `How names are made: ${strategies.map((name) => `\`${name}\``).join(', ')}.` },
      (value) =>
        value === '' || (strategies as readonly string[]).includes(value)
          ? undefined
          : { message: `invalid translation_strategy: ${value}`, hint: `One of ${strategies.join(', ')}.` },
    ) as Schema<TranslationStrategy | ''>,
    send_metadata: flag(false, { about: 'Sends type, help and unit of the metrics too (version 1; 2 always does).' }),
    disable_scope_info: flag(false, { about: 'Leave out the labels `otel_scope_*`.' }),
    protobuf_message: choice(
      [writeV1, writeV2],
      writeV1,
      { about: `Version of the protocol: \`${writeV1}\` is 1.0, \`${writeV2}\` 2.0, behind the gate \`${gateV2}\`.` },
      (value) => `unknown type for remote write protobuf message ${value}, supported: ${writeV1}, ${writeV2}`,
    ),
    wal: section(group<object>({}), { absent: 'off' }, { about: 'Not supported.' }),
  },
  (value, report) => {
    const { enabled, queue_size: size } = value.remote_write_queue;
    if (enabled && size === 0) report('a 0 size queue will drop all the data', ['remote_write_queue', 'queue_size']);
    const strategy = value.translation_strategy;
    if (strategy !== '' && nameRules(strategy, '').utf8 && value.protobuf_message === writeV1)
      report(`translation_strategy ${strategy} needs remote write 2.0: set protobuf_message: ${writeV2}`, [
        'translation_strategy',
      ]);
  },
);

export const config: Schema<Config> = inUse(options, (value, { report, gates }) => {
  const fault = httpUrlFault(value.endpoint, 'endpoint');
  if (fault)
    report(
      `invalid endpoint: ${value.endpoint === '' ? 'it must be a URL' : fault.message}`,
      ['endpoint'],
      fault.at,
      value.endpoint === '' ? 'Such as http://prometheus:9090/api/v1/write.' : fault.hint,
    );
  if (value.protobuf_message === writeV2 && !gates.has(gateV2))
    report(
      `remote write v2 is only supported with the feature gate ${gateV2}`,
      ['protobuf_message'],
      undefined,
      `Start with --feature-gates=${gateV2}.`,
    );
  if (value.wal !== undefined)
    report('wal is not supported: what waits is in memory', ['wal'], undefined, 'Remove it.');
  for (const [name, label] of Object.entries(value.external_labels))
    if (name === '' || label === '')
      report(
        'prometheus remote write: external labels configuration contains an empty key or value',
        ['external_labels', name],
        undefined,
        'Give the label a name and a value, or remove it.',
      );
});
