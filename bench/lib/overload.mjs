// More load than the sink takes: what is refused must be refused in words, what is accepted must arrive, and memory
// must stay bounded.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { payload } from './payload.mjs';
import { freePorts, helper, program, usage } from './process.mjs';

export async function overload({ workload, options, folder, cli, generator, progress }) {
  const { sinkSpansPerSecond, factor, connections } = workload.overload;
  const seconds = options.quick ? workload.overload.quickSeconds : workload.overload.seconds;
  const shape = options.shape ?? 'M';
  const spans = payload(shape).shape.spans;
  const rate = sinkSpansPerSecond * factor;
  const requests = Math.round((rate * seconds) / spans);
  const [sinkGrpc, sinkHttp, grpcPort, httpPort, metricsPort] = await freePorts(5);
  const sink = await helper('sink.mjs', [sinkGrpc, sinkHttp]);
  await sink.ask({ reset: true, spansPerSecond: sinkSpansPerSecond });
  const file = path.join(folder, 'overload.yaml');
  fs.writeFileSync(
    file,
    JSON.stringify(
      workload.config({
        encoding: 'none',
        sinks: [{ grpc: sinkGrpc, http: sinkHttp }],
        grpcPort,
        httpPort,
        metricsPort,
      }),
      null,
      2,
    ),
  );
  // The workload is meant for a machine of 512 MiB; here the limit is set explicitly, since this machine has more.
  const subject = await program(process.execPath, [cli, '--config', file], grpcPort, {
    KANMON_MEMORY_LIMIT_MIB: '512',
  });
  let peakMiB = 0;
  const watch = setInterval(() => (peakMiB = Math.max(peakMiB, usage(subject.pid).peakMiB)), 500);
  progress(`overload: ${requests} requests over ${seconds} s`);
  const { result } = await generator.ask({
    port: grpcPort,
    protocol: 'grpc',
    encoding: 'none',
    shape,
    connections,
    inFlight: 20,
    requests,
    spansPerSecond: rate,
    first: 0,
    open: true,
  });
  progress('overload: waiting for the queue to drain');
  const accepted = result.sends.reduce((a, b) => a + b, 0) * spans;
  const until = performance.now() + 60_000;
  let arrived = 0;
  do {
    await new Promise((r) => setTimeout(r, 200));
    arrived = (await sink.ask({})).received;
  } while (arrived < accepted && performance.now() < until);
  const total = requests * spans;
  const seen = Buffer.from((await sink.ask({ seen: total })).seen, 'base64');
  let lost = 0;
  let duplicated = 0;
  for (let i = 0; i < total; i++) {
    const want = result.sends[Math.floor(i / spans)] ?? 0;
    const got = seen[i] ?? 0;
    if (got < want) lost += want - got;
    else duplicated += got - want;
  }
  const metrics = await scrape(metricsPort);
  clearInterval(watch);
  peakMiB = Math.max(peakMiB, usage(subject.pid).peakMiB);
  await subject.stop();
  sink.stop();
  const ledger = metrics
    .split('\n')
    .filter((line) =>
      /^(kanmon_ledger|otelcol_(receiver_(accepted|refused)|exporter_(sent|send_failed|enqueue_failed)))/.test(line),
    );
  return {
    overload: true,
    workload: workload.name,
    connections,
    rate,
    sinkRate: sinkSpansPerSecond,
    seconds,
    peakMiB,
    outcomes: result.outcomes,
    accepted,
    arrived,
    lost,
    duplicated,
    ledger,
  };
}

const scrape = (port) =>
  new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port, path: '/metrics' }, (response) => {
        let text = '';
        response.on('data', (d) => (text += d));
        response.on('end', () => resolve(text));
      })
      .on('error', () => resolve(''));
  });
