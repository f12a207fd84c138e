// A page of many series: time, CPU and memory of a scrape, and how long another request waits beside it at most.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { field, fixed64, text } from './encode.mjs';
import { freePorts, helper, program, usage } from './process.mjs';
import { quantile, summary } from './statistics.mjs';

const perRequest = 1000;
const attribute = (key, value) => field(7, Buffer.concat([field(1, text(key)), field(2, field(1, text(value)))]));

/** A request of 1000 series of one counter, of which none is in another request. */
function request(number) {
  const points = Array.from({ length: perRequest }, (_, i) => {
    const series = number * perRequest + i;
    return field(
      1,
      Buffer.concat([
        fixed64(2, 1_790_000_000_000_000_000n),
        fixed64(3, 1_790_000_010_000_000_000n),
        fixed64(6, BigInt(series)),
        attribute('http.request.method', ['GET', 'PUT', 'POST', 'DELETE'][series % 4]),
        attribute('http.route', `/api/v1/route-${series}`),
        attribute('http.response.status_code', ['200', '201', '404', '500'][series % 4]),
        attribute('server.address', `server-${series % 4}.example.com`),
      ]),
    );
  });
  const sum = Buffer.concat([...points, Buffer.from([2 * 8, 2, 3 * 8, 1])]);
  const metric = field(2, Buffer.concat([field(1, text(`bench.requests.${number % 20}`)), field(7, sum)]));
  const service = Buffer.concat([field(1, text('service.name')), field(2, field(1, text('bench')))]);
  return field(1, Buffer.concat([field(1, field(1, service)), field(2, metric)]));
}

function post(port, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf' };
    const sent = http.request({ host: '127.0.0.1', port, path: '/v1/metrics', method: 'POST', headers }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`POST: ${response.statusCode}`)),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Bytes of the page. */
function scrape(port, accept) {
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path: '/metrics', headers: { accept } }, (response) => {
        let bytes = 0;
        response.on('data', (data) => (bytes += data.length));
        response.on('end', () => resolve(bytes));
        response.on('error', reject);
      })
      .on('error', reject);
  });
}

export async function paged({ workload, options, folder, commands, progress }) {
  const { series, formats } = workload.paged;
  const rounds = Number(options.rounds ?? 5);
  const results = [];
  for (const [name, command] of commands) {
    const [grpcPort, httpPort, metricsPort, pagePort, healthPort] = await freePorts(5);
    const file = path.join(folder, `${workload.name}-${name}.yaml`);
    fs.writeFileSync(file, JSON.stringify(workload.config({ grpcPort, httpPort, metricsPort, pagePort, healthPort })));
    const [executable, ...args] = command.replaceAll('{config}', file).split(' ');
    const subject = await program(executable, args, httpPort);
    const prober = await helper('prober.mjs', [healthPort]);
    progress(`${workload.name}: ${name} takes ${series} series`);
    for (let number = 0; number < series / perRequest; number++) await post(httpPort, request(number));
    const filled = usage(subject.pid);
    const rows = [];
    for (const { name: format, accept } of formats) {
      const row = { format, bytes: 0, ms: [], cpuMs: [], waits: [] };
      // The first one runs code that V8 has not compiled yet: it stands apart.
      for (let round = 0; round <= rounds; round++) {
        progress(`${workload.name}: ${name}, ${format}, scrape ${round + 1} of ${rounds + 1}`);
        await prober.ask({});
        const before = usage(subject.pid);
        const from = performance.now();
        row.bytes = await scrape(pagePort, accept);
        const ms = performance.now() - from;
        row.ms.push(ms);
        row.waits.push((await prober.ask({})).longestMs);
        row.cpuMs.push((usage(subject.pid).cpu - before.cpu) * 1000);
      }
      rows.push({
        format,
        bytes: row.bytes,
        firstMs: row.ms[0],
        ms: summary(row.ms.slice(1)),
        cpuMs: summary(row.cpuMs.slice(1)),
        firstWaitMs: row.waits[0],
        waitMs: quantile(row.waits.slice(1), 1),
        peakMiB: usage(subject.pid).peakMiB,
      });
    }
    results.push({
      paged: true,
      ...{
        workload: workload.name,
        name,
        series,
        rounds,
        filledMiB: filled.residentMiB,
        filledPeakMiB: filled.peakMiB,
      },
      rows,
    });
    prober.stop();
    await subject.stop();
  }
  return results;
}
