// Replays the cases of components that act over time (sampling, metrics from spans). Arguments: parts of names.
// Environment: KANMON the command, which must accept `--config FILE`, `validate --config FILE` and, for a few cases,
// `--feature-gates=a,b`; BASE_PORT the first port.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CommandLines } from './command-lines.mjs';
import { compare, observe, short } from './phases-compare.mjs';
import { HOST, reach, runGroup, sleep, startProgram } from './phases-run.mjs';
import { setFolder } from './trace-ids.mjs';

// ---------------------------------------------------------------- configurations that must be refused, or accepted
export function fullConfig(k, port) {
  if (k.full_config) return JSON.parse(JSON.stringify(k.full_config).replaceAll('$PORT', String(port)));
  const out = {
    receivers: { otlp: { protocols: { http: { endpoint: `${HOST}:${port}` } } } },
    exporters: { nop: {} },
    service: { telemetry: { metrics: { level: 'none' } } },
  };
  if (k.kind === 'connector') {
    out.connectors = { [k.id ?? k.component]: k.config };
    out.service.pipelines = {
      [k.signal ?? 'traces']: { receivers: ['otlp'], exporters: [k.id ?? k.component] },
      'metrics/out': { receivers: [k.id ?? k.component], exporters: ['nop'] },
    };
  } else {
    out.processors = { [k.id ?? k.component]: k.config };
    out.service.pipelines = {
      [k.signal ?? 'traces']: { receivers: ['otlp'], processors: [k.id ?? k.component], exporters: ['nop'] },
    };
  }
  return out;
}
export async function runError(k, command, port, lines) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'golden-'));
  const file = path.join(dir, 'config.yaml');
  fs.writeFileSync(file, JSON.stringify(fullConfig(k, port), null, 1));
  const gates = k.gates?.length ? [`--feature-gates=${k.gates.join(',')}`] : [];
  try {
    const { code, stdout, stderr } = await lines.run(['validate', '--config', file, ...gates], { cwd: dir });
    const got = { validate: { rc: code, output: (stdout + stderr).replaceAll(dir, '$DIR').trim() } };
    if (!(k.expect && !k.expect.run) && code === 0) {
      const p = startProgram(command, ['--config', file, ...gates], dir);
      // It starts or ends: the bound is for neither, on a busy machine.
      const end = Date.now() + 20_000;
      while (p.code === null && Date.now() < end && !(await reach(port))) await sleep(20);
      const started = p.code === null && (await reach(port));
      await p.stop();
      got.run = started
        ? { started: true }
        : { started: false, rc: p.code, output: p.out.replaceAll(dir, '$DIR').trim() };
    }
    return got;
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}
function compareError(k, got) {
  const bad = [];
  const e = k.expect;
  if (k.either) return bad;
  if ((e.validate.rc === 0) !== (got.validate.rc === 0))
    bad.push(`validate: expected exit ${e.validate.rc} got ${got.validate.rc}: ${short(got.validate.output)}`);
  else if (e.validate.rc !== 0)
    for (const t of k.mention ?? [])
      if (!got.validate.output.includes(t))
        bad.push(`validate: message lacks ${JSON.stringify(t)}: ${short(got.validate.output)}`);
  if (e.run && got.run && e.run.started !== got.run.started)
    bad.push(`run: expected started=${e.run.started} got ${short(got.run)}`);
  else if (e.run && !e.run.started && got.run && !got.run.started)
    for (const t of k.mention ?? [])
      if (!got.run.output.includes(t)) bad.push(`run: message lacks ${JSON.stringify(t)}: ${short(got.run.output)}`);
  // refusing earlier, at `validate`, what the Collector refuses only at start is right too
  if (e.run && !e.run.started && got.validate.rc !== 0)
    return (k.mention ?? []).every((t) => got.validate.output.includes(t)) ? [] : bad;
  return bad;
}

// ---------------------------------------------------------------- main
export function loadCases(dir) {
  const read = (sub) => {
    const d = path.join(dir, sub);
    return fs.existsSync(d)
      ? fs
          .readdirSync(d)
          .filter((f) => f.endsWith('.json'))
          .sort()
          .map((f) => ({ ...JSON.parse(fs.readFileSync(path.join(d, f), 'utf8')), file: f }))
      : [];
  };
  const errors = path.join(dir, 'config-errors.json');
  return { cases: read('cases'), errors: fs.existsSync(errors) ? JSON.parse(fs.readFileSync(errors, 'utf8')) : [] };
}
export function groups(cases) {
  const g = new Map();
  for (const k of cases) {
    const key = k.solo || k.scrape ? `solo:${k.name}` : `gates:${(k.gates ?? []).join(',')}`;
    if (!g.has(key)) g.set(key, []);
    g.get(key).push(k);
  }
  return [...g.values()].flatMap((l) => {
    const n = Math.ceil(l.length / GROUP);
    const size = Math.ceil(l.length / n);
    return Array.from({ length: n }, (_, i) => l.slice(i * size, (i + 1) * size));
  });
}
const WORKERS = 4;
const GROUP = 45; // cases that share one process
export async function runAll(cases, { command, base, log = () => {} }) {
  const results = new Map();
  const list = groups(cases);
  // several groups at a time: the cases mostly wait for timers
  let next = 0;
  let port = base;
  const worker = async () => {
    while (next < list.length) {
      const g = list[next++];
      const at = port;
      port += g.length + 2;
      for (const [n, r] of await runGroup(g, { command, base: at, log })) results.set(n, r);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return results;
}

/** Replays all cases in `here`, the folder of a topic, on ports from `firstPort` up, and ends the process. */
export async function replayPhases(here, firstPort) {
  setFolder(here);
  const command = process.env.KANMON;
  if (!command) {
    console.error('set KANMON to the command of the program, for example KANMON="node dist/cli/main.js"');
    process.exit(2);
  }
  const only = process.argv.slice(2);
  const base = Number(process.env.BASE_PORT ?? firstPort);
  const all = loadCases(here);
  const pick = (l) => l.filter((k) => only.length === 0 || only.some((o) => k.name.includes(o)));
  const cases = pick(all.cases);
  const errors = pick(all.errors);
  let passed = 0;
  let failed = 0;
  const report = (name, bad) => {
    if (bad.length === 0) passed += 1;
    else {
      failed += 1;
      for (const b of bad.slice(0, 4)) console.log(`FAIL ${name}: ${b}`);
    }
  };
  const work = runAll(cases, { command, base, log: (m) => console.log(m) });
  const errorWork = (async () => {
    const lines = new CommandLines(command.split(/\s+/));
    for (const k of errors)
      report(`config-errors/${k.name}`, compareError(k, await runError(k, command, base + 299, lines)));
    lines.close();
  })();
  const results = await work;
  await errorWork;
  const judge = (k, r) =>
    !r || r.refused !== undefined ? [`not started: ${r?.refused ?? ''}`] : compare(k, k.expect, observe(k, r));
  const bad = new Map(cases.map((k) => [k, judge(k, results.get(k.name))]));
  // timers on a busy machine: failures are given one more try, those that differ on purpose as well
  const again = cases.filter((k) => bad.get(k).length && results.get(k.name)?.refused === undefined);
  if (again.length && again.length <= 60) {
    const second = await runAll(again, { command, base });
    for (const k of again) bad.set(k, judge(k, second.get(k.name)));
  }
  for (const k of cases) report(k.name, bad.get(k));
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}
