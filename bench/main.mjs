// npm run bench -- [WORKLOAD...] [--quick] [--rounds N] [--shape M|S|L] [--rate SPANS/S] [--encoding none,gzip]
// [--starts N] [--warm-ups N] [--peer 'NAME=COMMAND'] [--json FILE] [--svg FILE] COMMAND starts another collector;
// `{config}` in it stands for the configuration file. Everything stays on 127.0.0.1 and stops by itself.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { backlog } from './lib/backlog.mjs';
import { counted } from './lib/counted.mjs';
import { held } from './lib/held.mjs';
import { lines } from './lib/lines.mjs';
import { listed } from './lib/listed.mjs';
import { overload } from './lib/overload.mjs';
import { paged } from './lib/paged.mjs';
import { payload } from './lib/payload.mjs';
import { freePorts, helper, program, stopAll, usage } from './lib/process.mjs';
import { chart, table } from './lib/report.mjs';
import { scraped } from './lib/scraped.mjs';
import { summary } from './lib/statistics.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    starts: { type: 'string', default: '1' },
    'warm-ups': { type: 'string', default: '12' },
    shape: { type: 'string' },
    rate: { type: 'string', default: '100000' },
    encoding: { type: 'string', multiple: true },
    peer: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    svg: { type: 'string' },
    prof: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds ?? 9);
/** How often the programs of a row are started anew: two starts of one program differ by more than its rounds do. */
const starts = Number(options.starts);
/** Undefined: all that a workload has. Also several in one value: `--encoding none,gzip`. */
const encodings = options.encoding?.flatMap((names) => names.split(','));
/**
 * Rounds before the first that counts: V8 compiles a function once it has run often, on threads whose CPU time counts,
 * too. A program with more functions has more to compile: with 12 rounds two programs may differ by 6 % whose cost is
 * the same after 60.
 */
const warmUps = Number(options['warm-ups']);
const here = import.meta.dirname;
const cli = path.resolve(here, '../dist/cli/main.js');
const asked =
  positionals.length > 0
    ? positionals
    : options.quick
      ? ['pass-grpc', 'split-3']
      : ['pass-grpc', 'pass-http', 'split-3', 'split-10', 'batch', 'overload'];
const progress = (text) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
process.on('exit', stopAll);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-bench-'));
const generator = await helper('generator.mjs');
const results = [];
for (const name of asked) {
  const { workload } = await import(`./workloads/${name}.mjs`);
  if (workload.overload) {
    results.push(await overload({ workload, options, folder, cli, generator, progress }));
    continue;
  }
  if (workload.backlog) {
    results.push(await backlog({ workload, options, folder, cli, generator, progress }));
    continue;
  }
  if (workload.lines) {
    results.push(...(await lines({ workload, options, folder, commands: commandsOf(), progress })));
    continue;
  }
  if (workload.held) {
    results.push(await held({ workload, options, folder, commands: commandsOf(), generator, progress }));
    continue;
  }
  if (workload.listed) {
    results.push(...(await listed({ workload, folder, commands: commandsOf(), progress })));
    continue;
  }
  if (workload.paged) {
    results.push(...(await paged({ workload, options, folder, commands: commandsOf(), progress })));
    continue;
  }
  if (workload.scraped) {
    results.push(await scraped({ workload, options, folder, commands: commandsOf(), progress }));
    continue;
  }
  if (workload.counted) {
    results.push(...(await counted({ workload, options, folder, commands: commandsOf(), generator, progress })));
    continue;
  }
  for (const encoding of workload.encodings) {
    if (encodings ? !encodings.includes(encoding) : options.quick && encoding !== 'none') continue;
    results.push(await measure(workload, encoding));
  }
}
progress('');
fs.rmSync(folder, { recursive: true, force: true });

const report = {
  machine: { cpu: os.cpus()[0]?.model, cores: os.cpus().length, node: process.version, kernel: os.release() },
  rounds,
  starts,
  rate: Number(options.rate),
  results,
};
console.log(table(report));
if (options.json) fs.writeFileSync(options.json, JSON.stringify(report, null, 2));
if (options.svg) fs.writeFileSync(options.svg, chart(report));
process.exit(0);

/** Starts the programs of a chain, the last first, and answers the port and processes of it. */
async function startChain(chain, command, { workload, encoding, sinks, beside }) {
  const ports = new Map();
  for (const { name } of chain.programs) {
    const [grpcPort, httpPort, metricsPort] = await freePorts(3);
    ports.set(name, { grpcPort, httpPort, metricsPort });
  }
  const parts = [];
  for (const { name, config, args: more = [] } of chain.programs.toReversed()) {
    const own = ports.get(name);
    const file = path.join(
      folder,
      `${workload.name}-${encoding}-${chain.name ?? ''}-${name}-${own.grpcPort}.yaml`.replaceAll(' ', '_'),
    );
    const next = (other) => ports.get(other).grpcPort;
    fs.writeFileSync(file, JSON.stringify(config({ encoding, sinks, next, beside, ...own }), null, 2));
    const [program0, ...args] = command.replaceAll('{config}', file).split(' ');
    const port = workload.protocol === 'grpc' ? own.grpcPort : own.httpPort;
    parts.unshift({ name, port, process: await program(program0, [...args, ...more], port) });
  }
  return { port: parts[0].port, process: parts[0].process, parts };
}

/** The programs to measure, by name. */
function commandsOf(kanmon = cli) {
  const profile = options.prof ? ` --cpu-prof --cpu-prof-dir=${path.resolve(here, 'results')}` : '';
  return [
    ['kanmon', `${process.execPath}${profile} ${kanmon} --config {config}`],
    ...options.peer.map((p) => [p.slice(0, p.indexOf('=')), p.slice(p.indexOf('=') + 1)]),
  ];
}

/** CPU and memory that the processes of a subject used, together and one by one. */
function used(subject) {
  const parts = (subject.parts ?? [{ name: subject.name, process: subject.process }]).map(({ name, process }) => [
    name,
    usage(process.pid),
  ]);
  const all = parts.map(([, part]) => part);
  const sum = (key) => all.reduce((total, part) => total + part[key], 0);
  return {
    cpu: sum('cpu'),
    user: sum('user'),
    system: sum('system'),
    peakMiB: sum('peakMiB'),
    parts: Object.fromEntries(parts),
  };
}

/** The program with the components that are made for tests and benchmarks. */
function extended() {
  const target = path.join(folder, 'kanmon');
  if (!fs.existsSync(target)) {
    const built = spawnSync(process.execPath, [path.resolve(here, '../test/support/extended-dist.mjs'), target], {
      stdio: 'inherit',
    });
    if (built.status !== 0) throw new Error('the test components could not be built');
  }
  return path.join(target, 'dist/cli/main.js');
}

/** A row of the table: the rounds of every start together. */
async function measure(workload, encoding) {
  const shape = options.shape ?? workload.shape ?? 'M';
  const measured = new Map();
  for (let start = 0; start < starts; start++) {
    for (const [name, runs] of await startAndMeasure(workload, encoding, shape, start)) {
      if (!measured.has(name)) measured.set(name, []);
      measured.get(name).push(...runs);
    }
  }

  const relay = measured.get('relay');
  const base = workload.base ? measured.get(workload.base) : undefined;
  return {
    workload: workload.name,
    encoding,
    shape,
    subjects: [...measured].map(([name, runs]) => {
      return {
        name,
        cpu: summary(runs.map((r) => r.cpu)),
        user: summary(runs.map((r) => r.user)),
        system: summary(runs.map((r) => r.system)),
        ratio: summary(runs.map((r, i) => r.cpu / relay[i].cpu)),
        ...(base ? { ofBase: { name: workload.base, ratio: summary(runs.map((r, i) => r.cpu / base[i].cpu)) } } : {}),
        parts: Object.keys(runs[0].parts).map((part) => ({
          name: part,
          cpu: summary(runs.map((r) => r.parts[part].cpu)),
          peakMiB: Math.max(...runs.map((r) => r.parts[part].peakMiB)),
        })),
        peakMiB: Math.max(...runs.map((r) => r.peakMiB)),
        latency: {
          p50: summary(runs.map((r) => r.latency.p50)).median,
          p99: summary(runs.map((r) => r.latency.p99)).median,
          max: Math.max(...runs.map((r) => r.latency.max)),
        },
        spansPerSecond: summary(runs.map((r) => r.spansPerSecond)),
        lost: runs.reduce((a, r) => a + r.lost, 0),
        duplicated: runs.reduce((a, r) => a + r.duplicated, 0),
        refused: runs.reduce(
          (a, r) => a + Object.entries(r.outcomes).reduce((n, [k, v]) => n + (k === 'ok' ? 0 : v), 0),
          0,
        ),
      };
    }),
  };
}

/** Starts every program of a row, warms them up and measures their rounds, by the name of the program. */
async function startAndMeasure(workload, encoding, shape, start) {
  const spans = payload(shape).shape.spans;
  const label = `${workload.name} ${encoding} ${shape}${starts > 1 ? ` start ${start + 1}` : ''}`;
  const sinks = [];
  for (let i = 0; i < workload.sinks; i++) {
    const [grpc, http] = await freePorts(2);
    sinks.push({ grpc, http, process: await helper('sink.mjs', [grpc, http]) });
  }
  const subjects = [];
  {
    const [port] = await freePorts(1);
    subjects.push({
      name: 'relay',
      port,
      process: await program(
        process.execPath,
        [path.join(here, 'lib/relay.mjs'), port, workload.protocol === 'grpc' ? sinks[0].grpc : sinks[0].http],
        port,
      ),
    });
  }
  // Something that the programs ask while they run.
  const beside = await workload.beside?.(folder);
  const kanmon = workload.extended ? extended() : cli;
  const collectors = commandsOf(kanmon);
  // Most workloads are one program; a chain is several, each sending to those after it.
  const chains = workload.chains ?? [{ programs: [{ name: 'gateway', config: workload.config }] }];
  for (const [name, command] of collectors)
    for (const chain of chains) {
      const label = [
        ...(options.peer.length > 0 || !chain.name ? [name] : []),
        ...(chain.name ? [chain.name] : []),
      ].join(' ');
      subjects.push({ name: label, ...(await startChain(chain, command, { workload, encoding, sinks, beside })) });
    }

  const perRound = Math.max(20, Math.round((options.quick ? 80_000 : (workload.spansPerRound ?? 150_000)) / spans));
  let first = 0;
  const one = async (subject, requests) => {
    const total = requests * spans;
    for (const sink of sinks) await sink.process.ask({ reset: true, countsPoints: shape === 'P' });
    const before = used(subject);
    const { result } = await generator.ask({
      port: subject.port,
      protocol: workload.protocol,
      encoding,
      shape,
      connections: workload.connections ?? 4,
      inFlight: workload.inFlight ?? 4,
      requests,
      spansPerSecond: workload.rate ?? Number(options.rate),
      first: 0,
    });
    // Items in queues have to arrive too before the ledgers are compared.
    const sent = result.sends.reduce((a, b) => a + b, 0) * spans;
    const until = performance.now() + 5000;
    let got = 0;
    do {
      await new Promise((r) => setTimeout(r, 30));
      got = 0;
      for (const sink of sinks) got += (await sink.process.ask({})).received;
    } while (got < sent && performance.now() < until);
    const after = used(subject);
    const counts = new Uint16Array(total);
    for (const sink of sinks) {
      const seen = Buffer.from((await sink.process.ask({ seen: total })).seen, 'base64');
      for (let i = 0; i < seen.length; i++) counts[i] += seen[i];
    }
    let lost = 0;
    let duplicated = 0;
    for (let i = 0; i < total; i++) {
      const want = result.sends[Math.floor(i / spans)] ?? 0;
      if (counts[i] < want) lost += want - counts[i];
      else duplicated += counts[i] - want;
    }
    first += total;
    const million = sent / 1e6;
    return {
      cpu: (after.cpu - before.cpu) / million,
      user: (after.user - before.user) / million,
      system: (after.system - before.system) / million,
      peakMiB: after.peakMiB,
      parts: Object.fromEntries(
        Object.entries(after.parts).map(([name, part]) => [
          name,
          { cpu: (part.cpu - before.parts[name].cpu) / million, peakMiB: part.peakMiB },
        ]),
      ),
      lost,
      duplicated,
      latency: result.latency,
      outcomes: result.outcomes,
      seconds: result.seconds,
      spansPerSecond: sent / result.seconds,
    };
  };

  // Until what runs often is compiled: a gateway runs for weeks.
  for (let i = 0; i < warmUps; i++)
    for (const subject of subjects) {
      progress(`${label}: warming up, ${i + 1} of ${warmUps}`);
      await one(subject, perRound);
    }
  const measured = new Map(subjects.map((s) => [s.name, []]));
  for (let round = 0; round < rounds; round++) {
    // The order turns with the rounds, so that no subject always runs first.
    for (let i = 0; i < subjects.length; i++) {
      const subject = subjects[(i + round) % subjects.length];
      progress(`${label}: round ${round + 1} of ${rounds}, ${subject.name}`);
      measured.get(subject.name).push(await one(subject, perRound));
    }
  }
  for (const subject of subjects) for (const part of subject.parts ?? [subject]) await part.process.stop();
  for (const sink of sinks) sink.process.stop();
  beside?.stop();

  return measured;
}
