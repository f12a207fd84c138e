// Connectors that make metrics of spans: CPU while spans arrive and metrics leave at intervals, and memory of a series.
import http from 'node:http';
import { payload } from './payload.mjs';
import { openStand } from './stand.mjs';
import { summary } from './statistics.mjs';

export async function counted({ workload, options, folder, commands, generator, progress }) {
  const { rate, warmSeconds, seconds } = workload.counted;
  const shape = options.shape ?? 'M';
  const {
    shape: { spans },
    bytes,
  } = payload(shape);
  const rounds = Number(options.rounds ?? 5);
  const results = [];
  for (const series of workload.counted.series) {
    const label = `${workload.name}: ${series} series`;
    const file = `${workload.name}-${series}`;
    const stand = await openStand({ workload, label: file, shape, rate, folder, commands, generator });
    const { subjects, relay } = stand;
    const send = (subject, forSeconds) => stand.measured(subject, forSeconds, { series });
    for (const subject of subjects) {
      progress(`${label}: warming up ${subject.name}`);
      subject.idleMiB = (await send(subject, warmSeconds)).idleMiB;
    }
    progress(`${label}: warming up the relay`);
    await send(relay, warmSeconds / 2);
    const relays = [];
    for (let round = 0; round < rounds; round++) {
      progress(`${label}: round ${round + 1} of ${rounds}`);
      for (const subject of subjects) subject.runs.push(await send(subject, seconds));
      relays.push((await send(relay, seconds)).cpu);
    }
    for (const subject of subjects) subject.own = await ownMetrics(subject.metricsPort);
    await stand.close();
    results.push({
      counted: true,
      workload: workload.name,
      ...{ series, rate, rounds, spanBytes: bytes.length / spans, relay: summary(relays) },
      subjects: subjects.map(({ name, runs, idleMiB, own }) => ({
        name,
        cpu: summary(runs.map(({ cpu }) => cpu)),
        ratio: summary(runs.map(({ cpu }, i) => cpu / relays[i])),
        residentMiB: Math.max(...runs.map(({ residentMiB }) => residentMiB)),
        idleMiB,
        own,
        latency: runs.at(-1).latency,
        refused: runs.reduce((sum, { refused }) => sum + refused, 0),
      })),
    });
  }
  return results;
}

/** Kanmon's own figures of its series: their number, and bytes of each. Undefined for another program. */
async function ownMetrics(port) {
  const text = await new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port, path: '/metrics' }, (response) => {
        let all = '';
        response.on('data', (data) => (all += data));
        response.on('end', () => resolve(all));
      })
      .on('error', () => resolve(''));
  });
  const value = (name) => Number(new RegExp(`^${name}[^ ]* (\\S+)$`, 'm').exec(text)?.[1]);
  const series = value('kanmon_span_metrics_series');
  return series > 0 ? { series, bytesPerSeries: value('kanmon_span_metrics_bytes') / series } : undefined;
}
