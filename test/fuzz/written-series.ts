import { Emitter } from '../../src/exporters/prometheus_remote_write/emitter.js';
import { LabelSets, setBytes, type LabelSet } from '../../src/exporters/prometheus_remote_write/label-set.js';
import { planning } from '../../src/exporters/prometheus_remote_write/plan.js';
import { Requests } from '../../src/exporters/prometheus_remote_write/requests.js';
import { SinkV1 } from '../../src/exporters/prometheus_remote_write/sink-v1.js';
import { SinkV2 } from '../../src/exporters/prometheus_remote_write/sink-v2.js';
import type { Batch } from '../../src/otlp/batch.js';
import { ByteCache } from '../../src/otlp/keys/byte-table.js';
import { InvalidOtlp } from '../../src/otlp/wire/invalid.js';
import { validate } from '../../src/otlp/wire/validate.js';
import { resultAtOnce } from '../../src/otlp/work.js';
import type { LabelRules } from '../../src/prometheus/label-rules.js';
import { NameCaches, PointCursor, streamBytes, type PointStream } from '../../src/prometheus/point-cursor.js';
import { nameRules } from '../../src/prometheus/strategy.js';
import { at, counter, gauge, metricsBatch, point, resource } from '../support/metrics.js';
import { fieldsOf, messagesAt, textAt, varintsAt, type Fields } from '../support/plain-protobuf.js';
import { law } from './law.js';
import type { Target } from './targets.js';

const strategies = ['UnderscoreEscapingWithSuffixes', 'NoTranslation'] as const;

const rulesOf = (strategy: (typeof strategies)[number]): LabelRules => ({
  names: nameRules(strategy, ''),
  collisions: 'join',
  dropEmpty: true,
  scope: 'set',
  fixed: [['cluster', 'c']],
  fromResource: (attribute) => attribute === 'pid',
  targetInfo: 'either',
});

type Pair = readonly [name: string, value: string];

function labelsOfV1(series: Fields): Pair[] {
  return messagesAt(series, 1).map((label) => [textAt(label, 1), textAt(label, 2)]);
}

function labelsOfV2(series: Fields, symbols: readonly string[]): Pair[] {
  const refs = varintsAt(series, 1).map(Number);
  law(refs.length % 2 === 0 && refs.every((ref) => ref < symbols.length), 'a symbol that is not there');
  const pairs: Pair[] = [];
  for (let i = 0; i < refs.length; i += 2) pairs.push([symbols[refs[i] ?? 0] ?? '', symbols[refs[i + 1] ?? 0] ?? '']);
  return pairs;
}

/** The series of a request, checked as a backend would. */
function check(body: Buffer, isV2: boolean): number {
  const request = fieldsOf(body);
  const symbols = (request.get(4) ?? []).map(String);
  law(!isV2 || symbols.length === 0 || symbols[0] === '', 'the first symbol is not empty');
  const all = messagesAt(request, isV2 ? 5 : 1);
  for (const series of all) {
    const labels = isV2 ? labelsOfV2(series, symbols) : labelsOfV1(series);
    const names = labels.map(([name]) => name);
    law(names.includes('__name__'), 'a series without a name');
    law(
      labels.every(([name, value]) => name !== '' && value !== ''),
      'an empty label',
    );
    const bytes = names.map((name) => Buffer.from(name));
    law(
      bytes.every((name, i) => i === 0 || Buffer.compare(bytes[i - 1] ?? name, name) < 0),
      `labels that are not in order, or twice: ${names.join(' ')}`,
    );
  }
  return all.length;
}

const histogram = {
  name: 'h',
  unit: 's',
  histogram: {
    aggregationTemporality: 2,
    dataPoints: [
      {
        ...point(0, 1),
        count: '3',
        sum: 4.5,
        bucketCounts: ['1', '1', '1'],
        explicitBounds: [0.5, 2],
        exemplars: [{ timeUnixNano: at(1), asDouble: 1, traceId: '0af7651916cd43dd8448eb211c80319c' }],
      },
    ],
  },
};
const native = {
  name: 'n',
  exponentialHistogram: {
    aggregationTemporality: 2,
    dataPoints: [
      { ...point(0, 1), count: '3', scale: 21, zeroCount: '1', positive: { offset: 3, bucketCounts: ['1', '1'] } },
    ],
  },
};
const summary = {
  name: 's',
  summary: { dataPoints: [{ ...point(0, 1), count: '1', quantileValues: [{ quantile: 0.5 }] }] },
};

const seeds = [
  metricsBatch(resource({ 'service.name': 'a', pid: '1' }, counter('c.x', point(1, 1, { 'b.c': 'd', b_c: 'e' })))),
  metricsBatch(resource({}, gauge('9 g', point(1, 1), point(2, 1, { le: '1', __name__: 'x', ü: '' })), histogram)),
  metricsBatch(resource({ 'service.instance.id': 'i' }, native, summary)),
].map((batch, i) => Buffer.concat([Buffer.from([i]), batch.bytes]));

/** Metrics as remote write sends them. The first byte chooses the version, the names, and how large requests are. */
export const writtenSeries: Target = {
  name: 'written-series',
  share: 0.2,
  seeds,
  run(input) {
    const flags = input[0] ?? 0;
    const isV2 = (flags & 1) === 1;
    let batch: Batch;
    try {
      batch = validate('metrics', Buffer.from(input.subarray(1)));
    } catch (error) {
      if (!(error instanceof InvalidOtlp)) throw error;
      return error.message.replaceAll(/\d+/g, '').slice(0, 40);
    }
    const sets = new LabelSets(1 << 20);
    const streams = new ByteCache<PointStream<LabelSet>>(
      1 << 20,
      (stream) => streamBytes(stream) + (typeof stream.series === 'string' ? 0 : setBytes(stream.series)),
    );
    const rules = rulesOf(strategies[(flags >> 1) & 1] ?? 'NoTranslation');
    const caches = new NameCaches(rules, 1 << 20, streams, (metric, name, labels) => sets.of(metric, name, labels));
    const most = flags & 4 ? 256 : 1 << 20;
    const reasons: string[] = [];
    const plan = resultAtOnce(
      planning(batch, new PointCursor(caches), sets, 'target_info', most, (reason) => reasons.push(reason)),
    );
    const left = [...plan.notSent.values()].reduce((sum, count) => sum + count, 0);
    law(plan.slotOf.filter((slot) => slot >= 0).length + left === batch.itemCount, 'the points do not add up');
    const requests = new Requests(plan, new Emitter(), isV2 ? new SinkV2() : new SinkV1(), most);
    let sent = 0;
    let series = 0;
    for (; requests.more; sent++) {
      const { body, from, to } = resultAtOnce(requests.next());
      law(to > from, 'a request of nothing');
      law(body.length <= most + 64 * input.length + 4096, 'a request that is too large');
      series += check(body, isV2);
    }
    law(sent <= plan.slots.length, 'more requests than slots');
    return `${isV2} ${Math.min(3, sent)} ${Math.min(9, series)} ${[...plan.notSent.keys()].join(' ')}`;
  },
};
