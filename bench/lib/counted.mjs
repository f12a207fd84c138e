// What makes metrics of spans: CPU while spans arrive and metrics leave at intervals, and the memory of a series.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { payload } from './payload.mjs';
import { freePorts, helper, program, usage } from './process.mjs';
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
    const [sinkGrpc, sinkHttp, relayPort] = await freePorts(3);
    const sink = await helper('sink.mjs', [sinkGrpc, sinkHttp]);
    const relay = await program(
      process.execPath,
      [path.join(import.meta.dirname, 'relay.mjs'), relayPort, sinkGrpc],
      relayPort,
    );
    const subjects = [];
    for (const [name, command] of commands) {
      const [grpcPort, httpPort, metricsPort] = await freePorts(3);
      const file = path.join(folder, `${workload.name}-${series}-${name}.yaml`);
      const sinks = [{ grpc: sinkGrpc, http: sinkHttp }];
      fs.writeFileSync(
        file,
        JSON.stringify(workload.config({ encoding: 'none', sinks, grpcPort, httpPort, metricsPort }), null, 2),
      );
      const [executable, ...args] = command.replaceAll('{config}', file).split(' ');
      const started = await program(executable, args, grpcPort);
      subjects.push({ name, port: grpcPort, metricsPort, runs: [], idleMiB: 0, ...started });
    }
    const send = async (port, forSeconds) => {
      const requests = Math.round((rate * forSeconds) / spans);
      await sink.ask({ reset: true });
      const { result } = await generator.ask({
        ...{ port, protocol: 'grpc', encoding: 'none', shape, connections: 4, inFlight: 4, requests },
        ...{ spansPerSecond: rate, first: 0, open: true, series },
      });
      return { ...result, sent: requests * spans };
    };
    for (const subject of subjects) {
      progress(`${label}: warming up ${subject.name}`);
      subject.idleMiB = usage(subject.pid).residentMiB;
      await send(subject.port, warmSeconds);
    }
    progress(`${label}: warming up the relay`);
    await send(relayPort, warmSeconds / 2);
    const relays = [];
    for (let round = 0; round < rounds; round++) {
      progress(`${label}: round ${round + 1} of ${rounds}`);
      for (const subject of subjects) {
        const before = usage(subject.pid);
        const result = await send(subject.port, seconds);
        const after = usage(subject.pid);
        subject.runs.push({
          cpu: (after.cpu - before.cpu) / (result.sent / 1e6),
          residentMiB: after.residentMiB,
          latency: result.latency,
          refused: Object.entries(result.outcomes).reduce((sum, [word, count]) => sum + (word === 'ok' ? 0 : count), 0),
        });
      }
      const before = usage(relay.pid);
      const { sent } = await send(relayPort, seconds);
      relays.push((usage(relay.pid).cpu - before.cpu) / (sent / 1e6));
    }
    for (const subject of subjects) subject.own = await ownMetrics(subject.metricsPort);
    for (const subject of subjects) await subject.stop();
    await relay.stop();
    sink.stop();
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

/** What Kanmon says of its series: their number, and bytes of each. Undefined for another program. */
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
