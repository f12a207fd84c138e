import type { Exporter, SignalContext } from '../../component/define.js';
import { resultInTurns } from '../../component/turn.js';
import { deliver } from '../../delivery/deliver.js';
import { hostAndPort } from '../../net/http/client.js';
import { HttpSender } from '../../net/http/sender.js';
import type { HttpClientConfig } from '../../net/options/http-client.js';
import type { Batch } from '../../otlp/batch.js';
import { ByteCache } from '../../otlp/keys/byte-table.js';
import { labelName } from '../../prometheus/label-name.js';
import type { LabelRules } from '../../prometheus/label-rules.js';
import type { Label } from '../../prometheus/labels.js';
import { NameCaches, PointCursor, streamBytes, type PointStream } from '../../prometheus/point-cursor.js';
import { resourceLabels } from '../../prometheus/resource-labels.js';
import { nameRules, type NameRules } from '../../prometheus/strategy.js';
import { writeV2, type Config } from './config.js';
import { LabelSets, setBytes, type LabelSet } from './label-set.js';
import { NotSentLog } from './not-sent-log.js';
import { planning, type Plan } from './plan.js';
import { RemoteWritePusher } from './pusher.js';
import { SinkV1 } from './sink-v1.js';
import { SinkV2 } from './sink-v2.js';

/** Bytes that the names of resources, of scopes and of metrics may take, each. */
const cacheBytes = 4 << 20;
/** The part of the budget that streams may take that are remembered, with the sets of labels of their series. */
const rememberedPart = 1 / 4;
const gate429 = 'exporter.prometheusremotewritexporter.RetryOn429';
const defaultBatchBytes = 3_000_000;
const defaultParallelism = 5;

/** Sends metrics by Prometheus remote write, in the order of each series (docs/decisions/0011). */
export function createExporter(config: Config, context: SignalContext): Exporter {
  const { logger } = context;
  const version2 = config.protobuf_message === writeV2;
  const rules = labelRules(config);
  const remembered = context.budget.limit * rememberedPart;
  // Only streams that are new, or have their attributes in another order, ask for sets by what these consist of.
  const sets = new LabelSets(remembered / 2);
  const streams = new ByteCache<PointStream<LabelSet>>(
    remembered,
    (stream) => streamBytes(stream) + (typeof stream.series === 'string' ? 0 : setBytes(stream.series)),
  );
  const caches = new NameCaches(rules, cacheBytes, streams, (metric, name, labels) => sets.of(metric, name, labels));
  const cursor = new PointCursor(caches);
  const targetName = config.namespace === '' ? 'target_info' : `${config.namespace}_target_info`;
  const mostBytes = config.max_batch_size_bytes || defaultBatchBytes;
  const log = new NotSentLog(logger);
  const plans = new WeakMap<Batch, Promise<Plan>>();
  /** Plans are made one after the other: they share what is known of series. */
  let turn: Promise<unknown> = Promise.resolve();
  const planOf = (batch: Batch): Promise<Plan> => {
    const known = plans.get(batch);
    if (known) return known;
    const make = (): Promise<Plan> =>
      resultInTurns(planning(batch, cursor, sets, targetName, mostBytes, (reason, metric) => log.add(reason, metric)));
    const plan = turn.then(make, make);
    turn = plan;
    plans.set(batch, plan);
    return plan;
  };
  const headers = version2
    ? { 'content-type': `application/x-protobuf;proto=${writeV2}`, 'x-prometheus-remote-write-version': '2.0.0' }
    : { 'content-type': 'application/x-protobuf', 'x-prometheus-remote-write-version': '0.1.0' };
  const { description, version } = context.buildInfo;
  const fields = {
    'content-encoding': 'snappy',
    // Remote write has it in another form than the other exporters.
    'user-agent': `${description.toLowerCase().replaceAll(' ', '-')}/${version}`,
    ...headers,
  };
  const client: HttpClientConfig = {
    ...config,
    compression: '',
    compression_params: { level: 0 },
    reuse_compressed: false,
  };
  const pusher = new RemoteWritePusher({
    sender: new HttpSender(client, context, config.endpoint, fields),
    logger,
    planOf,
    newSink: () => (version2 ? new SinkV2() : new SinkV1()),
    mostBytes,
    parallel: config.max_batch_request_parallelism || defaultParallelism,
    sendsMetadata: config.send_metadata && !version2,
    retries429: context.gates.has(gate429),
    saysWritten: version2,
  });
  const { enabled, queue_size, num_consumers } = config.remote_write_queue;
  const options = {
    queue: enabled
      ? {
          num_consumers: Math.max(1, num_consumers),
          queue_size,
          sizer: 'requests' as const,
          block_on_overflow: false,
          wait_for_result: false,
          storage: '',
          batch: undefined,
        }
      : undefined,
    retry: config.retry_on_failure,
    timeoutMs: config.timeout,
    attributes: addressOf(config.endpoint),
    streams: async (batch: Batch) => (await planOf(batch)).streams(),
  };
  warnOfOldOptions(config, context);
  return deliver(context, options, pusher);
}

function labelRules(config: Config): LabelRules {
  const names = nameRulesOf(config);
  const fixed = Object.entries(config.external_labels).flatMap(([name, value]): Label[] => {
    const label = labelName(name, names.utf8);
    return label === undefined ? [] : [[label, value]];
  });
  return {
    names,
    collisions: 'join',
    dropEmpty: true,
    scope: config.disable_scope_info ? 'none' : 'set',
    fixed,
    fromResource: resourceLabels(config),
    targetInfo: config.target_info.enabled ? 'either' : 'none',
  };
}

function nameRulesOf(config: Config): NameRules {
  const { translation_strategy: strategy, add_metric_suffixes: suffixes } = config;
  if (strategy !== '') return nameRules(strategy, config.namespace);
  return nameRules(suffixes ? 'UnderscoreEscapingWithSuffixes' : 'UnderscoreEscapingWithoutSuffixes', config.namespace);
}

function warnOfOldOptions(config: Config, { logger }: SignalContext): void {
  if (!config.add_metric_suffixes && config.translation_strategy === '')
    logger.warn(
      '`add_metric_suffixes` is deprecated. Please use `translation_strategy: UnderscoreEscapingWithoutSuffixes` ' +
        'instead.',
    );
  if (config.resource_to_telemetry_conversion.enabled)
    logger.warn('resource_to_telemetry_conversion is deprecated; use resource_constant_labels instead');
}

function addressOf(endpoint: string): Record<string, string | number> {
  const url = new URL(endpoint);
  const { host, port } = hostAndPort(url);
  return { 'server.address': host, 'server.port': port, 'url.path': url.pathname };
}
