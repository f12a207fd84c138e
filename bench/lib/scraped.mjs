// A receiver that observes its host: CPU and memory of scraping once a second, beside node_exporter where installed.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { freePorts, program, usage } from './process.mjs';
import { summary } from './statistics.mjs';

const exporter = 'prometheus-node-exporter';
const seconds = (n) => new Promise((resolve) => setTimeout(resolve, n * 1000));

export async function scraped({ workload, options, folder, commands, progress }) {
  const { processes, warmSeconds, seconds: long, rows } = workload.scraped;
  const rounds = Number(options.rounds ?? 5);
  const sleepers = Array.from({ length: processes }, () => spawn('sleep', ['100000'], { stdio: 'ignore' }));
  const sink = await openSink();
  const [nodePort] = await freePorts(1);
  const hasExporter = spawnSync('sh', ['-c', `command -v ${exporter}`]).status === 0;
  const subjects = [];
  try {
    for (const row of rows)
      for (const [name, command] of commands) {
        const [metricsPort] = await freePorts(1);
        const file = path.join(folder, `${workload.name}-${subjects.length}.yaml`);
        const config = workload.config({ scrapers: row.scrapers, sinkPort: sink.port, metricsPort });
        fs.writeFileSync(file, JSON.stringify(config, null, 2));
        const [start, ...args] = command.replaceAll('{config}', file).split(' ');
        const child = await program(start, args, metricsPort);
        subjects.push({ name: `${name}, ${row.name}`, process: child, drive: () => () => {} });
      }
    if (hasExporter) {
      const args = [`--web.listen-address=127.0.0.1:${nodePort}`, '--collector.processes', '--collector.tcpstat'];
      const child = await program(exporter, args, nodePort);
      subjects.push({ name: 'node_exporter', process: child, drive: () => everySecond(nodePort) });
    }
    for (const subject of subjects) {
      // One after the other: each is alone with the processes while it is measured.
      signalAll(subjects, 'SIGSTOP');
      subject.runs = [];
      signalAll([subject], 'SIGCONT');
      const stop = subject.drive();
      progress(`${workload.name}: warming up ${subject.name}`);
      await seconds(warmSeconds);
      for (let round = 0; round < rounds; round++) {
        progress(`${workload.name}: ${subject.name}, round ${round + 1} of ${rounds}`);
        sink.bytes = sink.requests = 0;
        const before = usage(subject.process.pid);
        const from = performance.now();
        await seconds(long);
        const after = usage(subject.process.pid);
        const share = (after.cpu - before.cpu) / ((performance.now() - from) / 1000);
        subject.runs.push({ share, residentMiB: after.residentMiB, bytes: sink.bytes / Math.max(1, sink.requests) });
      }
      stop();
    }
  } finally {
    signalAll(subjects, 'SIGCONT');
    for (const { process: child } of subjects) await child.stop();
    for (const sleeper of sleepers) sleeper.kill();
    sink.close();
  }
  return {
    scraped: true,
    workload: workload.name,
    ...{ processes, rounds, seconds: long },
    absent: hasExporter ? [] : [exporter],
    subjects: subjects.map(({ name, runs }) => ({
      name,
      share: summary(runs.map(({ share }) => share * 100)),
      residentMiB: Math.max(...runs.map(({ residentMiB }) => residentMiB)),
      bytes: runs.at(-1).bytes,
    })),
  };
}

/** A backend that takes everything. */
async function openSink() {
  const sink = { bytes: 0, requests: 0, port: 0, close: () => server.close() };
  const server = http.createServer((request, response) => {
    request.on('data', (data) => (sink.bytes += data.length));
    request.on('end', () => {
      sink.requests++;
      response.end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  sink.port = server.address().port;
  return sink;
}

/** Reads the page once a second, as Prometheus would. */
function everySecond(port) {
  const agent = new http.Agent({ keepAlive: true });
  const timer = setInterval(() => {
    const request = http.get({ host: '127.0.0.1', port, path: '/metrics', agent }, (response) => response.resume());
    request.on('error', () => {});
  }, 1000);
  return () => clearInterval(timer);
}

function signalAll(subjects, signal) {
  for (const { process: child } of subjects) process.kill(child.pid, signal);
}
