// npm run soak [-- --minutes N]: a load under changes of membership (dnsmasq) and reloads, by default for ten minutes.
// Fails when memory or descriptors grow after the first third, when the process ends, or when the ledger does not
// balance.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { configOf } from './lib/config.mjs';
import { ledgerFaults } from './lib/ledger.mjs';
import { freePorts, helper, stopAll, Target } from './lib/processes.mjs';

const { values: options } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(options.minutes);
/** Growth of memory that is taken as none, MiB per minute: what a steady process shows by chance in ten minutes. */
const noGrowth = 0.5;
const hosts = Array.from({ length: 6 }, (_, i) => `127.0.7.${i + 1}`);
const everyMs = { sample: 500, membership: 4000, reload: 15_000, report: 30_000 };

process.on('exit', stopAll);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const [grpc, http, sinkGrpc, sinkHttp, dnsPort] = await freePorts(5);
const ports = { grpc, http, sinkGrpc, sinkHttp };
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-soak-'));
const hostsFile = path.join(folder, 'hosts');
const names = spawnNames();
await helper('sink.mjs', { ports: { grpc: sinkGrpc, http: sinkHttp }, hosts });
const target = await Target.start(config(0));
const load = await helper('load.mjs', { kind: 'start', ports });

let turn = 0;
let reloads = 0;
const samples = [];
const began = Date.now();
const timers = [
  setInterval(
    () => samples.push({ at: Date.now() - began, rss: target.rssMiB, descriptors: target.descriptors }),
    everyMs.sample,
  ),
  setInterval(changeMembership, everyMs.membership),
  setInterval(reload, everyMs.reload),
  setInterval(report, everyMs.report),
];
await new Promise((resolve) => setTimeout(resolve, minutes * 60_000));
for (const timer of timers) clearInterval(timer);
const { accepted, refused } = await load.ask({ kind: 'stop' });
const faults = [];
if (target.ended) faults.push(`the process ended: ${target.output.slice(-2000)}`);
const code = await target.stop(40_000);
if (code !== 0) faults.push(`exit ${code} after SIGTERM`);
faults.push(...ledgerFaults(target.output));
names.kill('SIGKILL');
fs.rmSync(folder, { recursive: true });

const settled = samples.filter(({ at }) => at > (minutes * 60_000) / 3);
const rss = slope(settled.map(({ at, rss: y }) => ({ x: at / 60_000, y })));
const descriptors = slope(settled.map(({ at, descriptors: y }) => ({ x: at / 60_000, y })));
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
console.log(
  `${minutes} minutes, ${turn} changes of membership, ${reloads} reloads, ${accepted} spans accepted, ` +
    `${refused} refused\n` +
    `RSS ${median(settled.map((one) => one.rss)).toFixed(1)} MiB (median), ${rss.toFixed(3)} MiB per minute; ` +
    `descriptors ${median(settled.map((one) => one.descriptors))} (median), ${descriptors.toFixed(3)} per minute`,
);
if (rss > noGrowth) faults.push(`memory grows by ${rss.toFixed(2)} MiB per minute`);
if (descriptors > noGrowth) faults.push(`descriptors grow by ${descriptors.toFixed(2)} per minute`);
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);

function config(n) {
  return configOf(ports, {
    processors: { batch: { timeout: `${20 + (n % 5)}ms` } },
    exporters: {
      load_balancing: {
        protocol: {
          otlp: { tls: { insecure: true }, retry_on_failure: { initial_interval: '200ms', max_interval: '2s' } },
        },
        resolver: {
          dns: {
            ...{ hostname: 'backends.test', port: sinkGrpc, interval: '500ms', timeout: '300ms' },
            servers: [`127.0.0.1:${dnsPort}`],
          },
        },
      },
    },
    pipelines: { traces: { receivers: ['otlp'], processors: ['batch'], exporters: ['load_balancing'] } },
  });
}

function spawnNames() {
  write(hosts.slice(0, 3));
  const child = spawn(
    'dnsmasq',
    ['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--pid-file=', '--local=/test/']
      .concat([`--port=${dnsPort}`, '--listen-address=127.0.0.1', '--bind-interfaces', `--addn-hosts=${hostsFile}`])
      .concat([`--user=${os.userInfo().username}`]),
    { stdio: 'ignore' },
  );
  child.on('error', () => {
    console.log('skipped: needs dnsmasq');
    process.exit(process.env.CI ? 1 : 0);
  });
  process.on('exit', () => child.kill('SIGKILL'));
  return child;
}

function write(addresses) {
  fs.writeFileSync(hostsFile, addresses.map((address) => `${address} backends.test\n`).join(''));
}

function changeMembership() {
  turn++;
  write(hosts.filter((_, i) => (turn * 7 + i * 3) % 6 < 4));
  names.kill('SIGHUP');
}

function reload() {
  reloads++;
  target.configure(config(reloads));
  target.signal('SIGHUP');
}

function report() {
  const last = samples.at(-1);
  console.log(
    `${((Date.now() - began) / 60_000).toFixed(1)} min: RSS ${last.rss.toFixed(1)} MiB, ` +
      `${last.descriptors} descriptors`,
  );
}

/** The median of the slopes between pairs of samples (Theil and Sen): single peaks do not move it. */
function slope(points) {
  const slopes = [];
  for (let i = 0; i < points.length; i++)
    for (let k = i + 1; k < points.length; k++) slopes.push((points[k].y - points[i].y) / (points[k].x - points[i].x));
  return slopes.length === 0 ? 0 : slopes.sort((a, b) => a - b)[slopes.length >> 1];
}
