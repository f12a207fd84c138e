// Replays the resource_detection cases. KANMON="node dist/cli/main.js" node check.mjs [name part] As root it runs
// inside a private network namespace with loopback only, so that no program can reach a real metadata address.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { replay } from './replay.mjs';
import { CommandLines } from '../support/command-lines.mjs';
import { tempDir } from '../support/harness.mjs';
const self = fileURLToPath(import.meta.url);
const folder = path.dirname(self);
const isolated = process.env.GOLDEN_ISOLATED === '1';
if (!isolated && process.getuid() === 0 && spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0) {
  const r = spawnSync(
    'unshare',
    ['-n', 'sh', '-c', 'ip link set lo up; exec "$0" "$@"', process.execPath, self, ...process.argv.slice(2)],
    { stdio: 'inherit', env: { ...process.env, GOLDEN_ISOLATED: '1' } },
  );
  process.exit(r.status ?? 1);
}
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
    for (const p of problems.slice(0, 5)) console.log(`     ${p}`);
  } else passed++;
};
const load = (f) => JSON.parse(fs.readFileSync(path.join(folder, f), 'utf8'));
let cases = fs
  .readdirSync(path.join(folder, 'cases'))
  .sort()
  .flatMap((f) => load('cases/' + f).map((c) => ({ group: f.replace('.json', ''), ...c })))
  .filter((c) => (c.group + '/' + c.name).includes(filter));
if (!isolated) {
  const n = cases.length;
  cases = cases.filter((c) => !['ec2', 'gcp', 'aws_other'].includes(c.group));
  if (n !== cases.length)
    console.log(`${n - cases.length} cloud cases skipped: they need a private network namespace (root)`);
}
const text = (v) => JSON.stringify(v.intValue !== undefined ? { intValue: String(v.intValue) } : v);
function compare(c, r) {
  const out = [];
  const e = c.expect;
  if (!e.started) {
    if (r.code === 0 && r.outputs.every((o) => o.nothing !== undefined)) out.push('ended with 0 and sent nothing');
    if (
      r.outputs.some((o) => o.nothing === undefined) &&
      !c.processor.detectors.some((d) => new RegExp(d).test(r.stderr) && /error|fail|warn/i.test(r.stderr))
    )
      out.push('started without naming the failed detector');
    return out;
  }
  if (r.outputs.length !== e.resources.length) out.push(`${r.outputs.length} resources, want ${e.resources.length}`);
  e.resources.forEach((w, i) => {
    const g = r.outputs[i];
    if (!g || (g.nothing !== undefined && !w.nothing)) {
      out.push(`resource ${i}: nothing came: ${r.stderr.trim().split('\n').pop()?.slice(0, 200)}`);
      return;
    }
    if (w.nothing) return;
    const G = new Map(g.attributes.map((a) => [a.key, a.value]));
    for (const a of w.attributes) {
      const v = G.get(a.key);
      if (!v) {
        out.push(`resource ${i}: ${a.key} missing`);
        continue;
      }
      G.delete(a.key);
      const kind = Object.keys(a.value)[0];
      if (a.value[kind] === '$live') {
        if (v[kind] === undefined) out.push(`${a.key}: ${JSON.stringify(v)}, want a ${kind}`);
      } else if (text(v) !== text(a.value)) out.push(`resource ${i}: ${a.key} = ${text(v)}, want ${text(a.value)}`);
    }
    for (const k of G.keys()) out.push(`resource ${i}: extra ${k} = ${text(G.get(k))}`);
    if ((w.schemaUrl ?? '') !== (g.schemaUrl ?? ''))
      out.push(`resource ${i}: schemaUrl ${g.schemaUrl ?? 'none'}, want ${w.schemaUrl ?? 'none'}`);
  });
  return out;
}
const queue = cases.sort((a, b) => (b.startWithin ?? 0) - (a.startWithin ?? 0));
await Promise.all(
  [35450, 35460, 35470, 35480].map(async (base) => {
    for (let c; (c = queue.shift());) {
      try {
        report(c.group + '/' + c.name, compare(c, await replay(c, { command, base })));
      } catch (e) {
        report(c.group + '/' + c.name, [String(e)]);
      }
    }
  }),
);
const dir = tempDir();
const lines = new CommandLines(command);
for (const e of load('config-errors.json').filter((x) => ('config ' + x.name).includes(filter))) {
  const file = path.join(dir, 'c.yaml');
  fs.writeFileSync(
    file,
    JSON.stringify({
      receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:35490' } } } },
      processors: { resource_detection: e.processor },
      exporters: { nop: {} },
      service: {
        telemetry: { metrics: { level: 'none' } },
        pipelines: { logs: { receivers: ['otlp'], processors: ['resource_detection'], exporters: ['nop'] } },
      },
    }),
  );
  const run = await lines.run(['validate', '--config', file]);
  const all = run.stderr + run.stdout;
  const problems = [];
  if (e.result === 'accepted') {
    if (run.code !== 0 && !e.stricterIsFine) problems.push(`refused: ${all.trim().slice(0, 200)}`);
  } else if (run.code === 0 || run.code === null) {
    if (e.by === 'validate') problems.push('accepted');
  } else
    for (const m of e.mention)
      if (!all.includes(m)) problems.push(`the message does not name "${m}": ${all.trim().slice(0, 160)}`);
  report('config ' + e.name, problems);
}
lines.close();
fs.rmSync(dir, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
