// Replays the host_metrics cases. KANMON="node dist/cli/main.js" node check.mjs [name part]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { replay } from './replay.mjs';
import { CommandLines } from '../support/command-lines.mjs';
import { tempDir } from '../support/harness.mjs';
const folder = path.dirname(fileURLToPath(import.meta.url));
const command = (process.env.KANMON ?? '').split(/\s+/).filter(Boolean);
if (!command.length) {
  console.error('set KANMON to the program to check');
  process.exit(2);
}
const filter = process.argv[2] ?? '';
let passed = 0,
  failed = 0;
const report = (name, problems) => {
  if (problems.length) {
    failed++;
    console.log(`FAIL ${name}`);
    for (const p of problems.slice(0, 6)) console.log(`     ${p}`);
    if (problems.length > 6) console.log(`     … ${problems.length - 6} more`);
  } else passed++;
};

const fsNow = () => {
  const s = fs.statfsSync(os.tmpdir());
  const used = (s.blocks - s.bfree) * s.bsize,
    free = s.bavail * s.bsize;
  return {
    used,
    free,
    reserved: s.blocks * s.bsize - used - free,
    inodes_used: s.files - s.ffree,
    inodes_free: s.ffree,
    inodes_total: s.files,
    utilization: used / (used + free),
  };
};
const near = (a, b, tol) => Math.abs(a - b) <= tol * Math.max(1e-12, Math.abs(b));
function same(want, got, c, m) {
  const key = want.asInt !== undefined ? 'asInt' : 'asDouble';
  if (got[key] === undefined) return `${key} missing (int and double differ)`;
  const w = want[key],
    g = Number(got[key]);
  if (w === '$any') return g > 0 ? '' : `${g} is not positive`;
  if (typeof w === 'string' && w.startsWith('$perCpu '))
    return [os.cpus().length, 2].some((n) => near(g * n, Number(w.slice(8)), 1e-9)) ? '' : `${g} is not ${w}`;
  if (typeof w === 'string' && w.startsWith('$')) {
    const e = fsNow()[w.slice(1)];
    return near(g, e, 0.02) || (Math.abs(g - e) < 64e6 && key === 'asInt') ? '' : `${g} is not ${w} = ${e}`;
  }
  if ((c.approx ?? []).includes(m.name))
    return [1, 2 / os.cpus().length].some((f) => Math.abs(g - w * f) <= 0.12 * Math.max(0.02, w * f))
      ? ''
      : `${g} is not about ${w}`;
  return (key === 'asInt' ? String(got[key]) === String(w) : near(g, Number(w), 1e-9)) ? '' : `${got[key]}, want ${w}`;
}
function sameStart(want, got, boots) {
  if (want === undefined) return '';
  if (got === undefined) return 'no start time';
  if (want === got) return '';
  const m = /^\$boot(?:\+(\d+))?$/.exec(want);
  if (!m) return `start ${got}, want ${want}`;
  if (got === '$boot') return Number(m[1] ?? 0) <= 3 ? '' : `start ${got}, want ${want}`;
  return typeof got === 'number' && boots.some((b) => Math.abs(got - b - Number(m[1] ?? 0)) <= 3)
    ? ''
    : `start ${got}, want ${want}`;
}
const text = (a) => a.map((e) => `${e.key}=${Object.values(e.value)[0]}`).join(',');
function compare(c, want, r) {
  const out = [];
  const flat = (s) => new Map(s.map((rm) => [`${rm.scope.name.split('/').pop()} {${text(rm.resource)}}`, rm]));
  const n = want.length ? want.length : 0;
  for (let i = 0; i < n; i++) {
    const W = flat(want[i]),
      G = flat(
        (r.scrapes[i] ?? []).filter(
          (rm) => !rm.resource.some((e) => e.key === 'process.executable.name' && e.value.stringValue === 'self'),
        ),
      );
    for (const [k, w] of W) {
      const g = G.get(k);
      if (!g) {
        out.push(`scrape ${i}: missing ${k}; got ${[...G.keys()].slice(0, 4).join(' | ')}`);
        continue;
      }
      if (w.schemaUrl !== g.schemaUrl) out.push(`${k}: schemaUrl ${g.schemaUrl}, want ${w.schemaUrl}`);
      if (w.scope.name !== g.scope.name) out.push(`${k}: scope ${g.scope.name}`);
      const gm = new Map(g.metrics.map((m) => [m.name + '|' + m.unit, m]));
      for (const m of w.metrics) {
        const o = gm.get(m.name + '|' + m.unit);
        if (!o) {
          out.push(`scrape ${i}: ${m.name} [${m.unit}] missing`);
          continue;
        }
        gm.delete(m.name + '|' + m.unit);
        if (o.description !== m.description) out.push(`${m.name}: description "${o.description}"`);
        const kind = m.sum ? 'sum' : 'gauge';
        if (!o[kind]) {
          out.push(`${m.name}: not a ${kind}`);
          continue;
        }
        if (
          kind === 'sum' &&
          (o.sum.isMonotonic !== m.sum.isMonotonic || o.sum.aggregationTemporality !== m.sum.aggregationTemporality)
        )
          out.push(`${m.name}: monotonic/temporality differ`);
        const gp = new Map(o[kind].dataPoints.map((p) => [text(p.attributes), p]));
        for (const p of m[kind].dataPoints) {
          const q = gp.get(text(p.attributes));
          if (!q) {
            out.push(
              `scrape ${i}: ${m.name} {${text(p.attributes)}} missing; got ${[...gp.keys()].slice(0, 3).join(' | ')}`,
            );
            continue;
          }
          gp.delete(text(p.attributes));
          const a = same(p, q, c, m),
            b = sameStart(p.startTimeUnixNano, q.startTimeUnixNano, r.boots);
          if (a) out.push(`scrape ${i}: ${m.name} {${text(p.attributes)}} ${a}`);
          if (b) out.push(`${m.name} ${b}`);
          if (q.timeUnixNano) out.push(`${m.name} time ${q.timeUnixNano}`);
        }
        for (const k2 of gp.keys()) out.push(`scrape ${i}: ${m.name} extra point {${k2}}`);
      }
      for (const k2 of gm.keys()) out.push(`scrape ${i}: extra metric ${k2}`);
    }
    for (const k of G.keys()) if (!W.has(k)) out.push(`scrape ${i}: extra ${k}`);
  }
  if (r.scrapes.length < n && !(n === 1 && want[0].length === 0))
    out.push(`${r.scrapes.length} requests of ${n}: ${r.stderr.trim().split('\n').pop()?.slice(0, 200)}`);
  return out;
}

const load = (f) => JSON.parse(fs.readFileSync(path.join(folder, f), 'utf8'));
const cases = fs
  .readdirSync(path.join(folder, 'cases'))
  .sort()
  .map((f) => load('cases/' + f))
  .filter((c) => c.name.includes(filter));
const queue = [...cases];
const ports = [35100, 35101, 35102, 35103];
await Promise.all(
  ports.map(async (port) => {
    for (let c; (c = queue.shift());) {
      try {
        report(c.name, compare(c, c.expect.scrapes, await replay(c, { command, port, folder })));
      } catch (e) {
        report(c.name, [String(e)]);
      }
    }
  }),
);

const dir = tempDir();
const errors = load('config-errors.json').filter((e) => ('config ' + e.name).includes(filter));
const equeue = [...errors];
const lines = new CommandLines(command);
await Promise.all(
  [0, 1].map(async () => {
    for (let e; (e = equeue.shift());) {
      const file = path.join(dir, e.name + '.yaml');
      fs.writeFileSync(
        file,
        JSON.stringify({
          receivers: { host_metrics: e.receiver },
          exporters: { nop: {} },
          service: {
            telemetry: { metrics: { level: 'none' } },
            pipelines: { metrics: { receivers: ['host_metrics'], exporters: ['nop'] } },
          },
        }),
      );
      const run = await lines.run(['validate', '--config', file]);
      const problems = [];
      const all = run.stderr + run.stdout;
      if (e.result === 'accepted') {
        if (run.code !== 0 && !e.stricterIsFine) problems.push(`refused: ${all.trim().slice(0, 200)}`);
      } else {
        if (run.code === 0 || run.code === null) problems.push('accepted');
        else
          for (const m of e.mention)
            if (!all.includes(m)) problems.push(`the message does not name "${m}": ${all.trim().slice(0, 160)}`);
      }
      report('config ' + e.name, problems);
    }
  }),
);
lines.close();
fs.rmSync(dir, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
