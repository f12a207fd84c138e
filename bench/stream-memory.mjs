// node bench/stream-memory.mjs (after a build): the resident set of a gateway with `single_writer` that has few streams
// or a million, and the part of a stream. Linux only.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jsonToProto } from '../dist/otlp/json/decode.js';

const cli = path.resolve(import.meta.dirname, '../dist/cli/main.js');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-streams-'));
const [http, page] = [14_881, 14_882];
const points = 1_000_000;
const perRequest = 2500;
const services = 20;

const config = path.join(folder, 'config.yaml');
fs.writeFileSync(
  config,
  `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:${http}}}}}
processors: {single_writer: }
exporters: {nop: }
service:
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${page}}}}}]}}
  pipelines: {metrics: {receivers: [otlp], processors: [single_writer], exporters: [nop]}}
`,
);

/** A request of points of a counter, each of one of `ids` streams of a service. */
function requestOf(number, ids) {
  const began = Date.now() - 3_600_000;
  const nanos = (ms) => `${ms}000000`;
  const dataPoints = Array.from({ length: perRequest }, (_, i) => {
    const id = (number * perRequest + i) % ids;
    const attributes = [
      { key: 'http.route', value: { stringValue: `/api/${id}` } },
      { key: 'id', value: { intValue: id } },
    ];
    return { asInt: number, startTimeUnixNano: nanos(began), timeUnixNano: nanos(began + number + 1), attributes };
  });
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: `service-${number % services}` } }] };
  const sum = { isMonotonic: true, aggregationTemporality: 2, dataPoints };
  const resourceMetrics = [{ resource, scopeMetrics: [{ metrics: [{ name: 'calls', sum }] }] }];
  return jsonToProto('metrics', Buffer.from(JSON.stringify({ resourceMetrics })));
}

/** Streams, their bytes by the gateway's own count, and the resident set of the gateway once it is at rest. */
async function measured(ids) {
  const gateway = spawn(process.execPath, [cli, '--config', config]);
  let log = '';
  for (const stream of [gateway.stdout, gateway.stderr]) stream.on('data', (data) => (log += data));
  while (!log.includes('Everything is ready')) await pause(50);
  for (let number = 0; number < points / perRequest; number++) {
    const headers = { 'content-type': 'application/x-protobuf' };
    const body = requestOf(number, ids);
    const { status } = await fetch(`http://127.0.0.1:${http}/v1/metrics`, { method: 'POST', headers, body });
    if (status !== 200) throw new Error(`the gateway answered ${status}`);
  }
  let resident = Infinity;
  for (let i = 0; i < 20; i++) {
    await pause(500);
    const [, kib] = /VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${gateway.pid}/status`, 'utf8'));
    resident = Math.min(resident, Number(kib) * 1024);
  }
  const text = await (await fetch(`http://127.0.0.1:${page}/metrics`)).text();
  const valueOf = (name) => Number(new RegExp(`^${name}\\{.*\\} (\\S+)$`, 'm').exec(text)[1]);
  const found = {
    streams: valueOf('kanmon_single_writer_streams'),
    bytes: valueOf('kanmon_single_writer_bytes'),
    resident,
  };
  gateway.kill();
  await new Promise((resolve) => gateway.once('close', resolve));
  return found;
}

const few = await measured(50);
const many = await measured(points);
fs.rmSync(folder, { recursive: true });
for (const { streams, bytes, resident } of [few, many])
  console.log(`${streams} streams: ${bytes} bytes of rows, resident ${(resident / 1e6).toFixed(0)} MB`);
const each = (many.resident - few.resident) / (many.streams - few.streams);
console.log(`a stream, of the whole process: ${each.toFixed(1)} bytes`);
