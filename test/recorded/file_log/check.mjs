// Replays the file_log cases. KANMON="node dist/cli/main.js" node check.mjs [name part]
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandLines } from '../support/command-lines.mjs';
import { replay } from './replay.mjs';
import { startProgram, tempDir, sleep, subst } from '../support/harness.mjs';
const folder = path.dirname(fileURLToPath(import.meta.url));
const command = (process.env.KANMON ?? '')
  .split(/\s+/)
  .filter(Boolean)
  .map((w) => (w.includes('/') && !w.startsWith('/') && fs.existsSync(w) ? path.resolve(w) : w));
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
    for (const p of problems.slice(0, 4)) console.log(`     ${p}`);
    if (problems.length > 4) console.log(`     … ${problems.length - 4} more`);
  } else passed++;
};
const canon = (x) =>
  Array.isArray(x)
    ? x.map(canon)
    : x && typeof x === 'object'
      ? Object.fromEntries(
          Object.keys(x)
            .sort()
            .map((k) => [k, canon(x[k])]),
        )
      : x;
const key = (r) => JSON.stringify(canon(r));
function differences(want, got) {
  const out = [];
  for (const k of new Set([...Object.keys(want), ...Object.keys(got)])) {
    const a = JSON.stringify(canon(want[k])),
      b = JSON.stringify(canon(got[k]));
    if (a !== b) out.push(`${k}: ${String(b).slice(0, 160)}, want ${String(a).slice(0, 160)}`);
  }
  return out;
}
const byText = (a, b) => (String(a) < String(b) ? -1 : 1);
function compare(c, r) {
  const out = [];
  const e = c.expect;
  if (e.records) {
    let W = e.records,
      G = r.records;
    if (c.unordered) {
      const by = (a, b) => (key(a) < key(b) ? -1 : 1);
      W = [...W].sort(by);
      G = [...G].sort(by);
    }
    if (W.length !== G.length)
      out.push(
        `${G.length} records, want ${W.length}: ${G.slice(0, 6)
          .map((x) => JSON.stringify(x.body ?? null).slice(0, 50))
          .join(' ')}`,
      );
    for (let i = 0; i < Math.min(W.length, G.length); i++)
      for (const d of differences(W[i], G[i]))
        out.push(`record ${i} ${JSON.stringify(W[i].body ?? null).slice(0, 40)} ${d}`);
  } else {
    let b = r.records.map((x) => x.body?.stringValue),
      w = e.bodies;
    if (c.unordered) {
      b = b.toSorted(byText);
      w = w.toSorted(byText);
    }
    if (JSON.stringify(b) !== JSON.stringify(w))
      out.push(`${b.length} bodies, want ${w.length}; first difference at ${w.findIndex((x, i) => x !== b[i])}`);
  }
  if (e.left && JSON.stringify(e.left) !== JSON.stringify(r.left)) out.push(`files left ${r.left}, want ${e.left}`);
  if (e.refusedRequests && !r.refused) out.push('nothing was refused');
  if (e.fatal && r.code === 0) out.push('started, but the Collector refuses');
  if (out.length) for (const n of r.notes) out.push(n);
  if (out.length && !r.records.length) out.push('stderr: ' + r.stderr.trim().split('\n').pop()?.slice(0, 200));
  return out;
}
const load = (f) => JSON.parse(fs.readFileSync(path.join(folder, f), 'utf8'));
const cases = fs
  .readdirSync(path.join(folder, 'cases'))
  .sort()
  .flatMap((f) => load('cases/' + f).map((c) => ({ group: f.replace('.json', ''), ...c })))
  .filter((c) => (c.group + '/' + c.name).includes(filter))
  .filter((c) => !c.needsRoot || process.getuid() === 0);
const queue = cases.sort(
  (a, b) => (b.settle ?? 0) + (b.steps?.length ?? 0) * 100 - (a.settle ?? 0) - (a.steps?.length ?? 0) * 100,
);
const wanted = (c) => c.expect.records?.length ?? c.expect.count;
await Promise.all(
  [35300, 35301, 35302, 35303, 35304, 35305].map(async (port) => {
    for (let c; (c = queue.shift());) {
      let p;
      try {
        p = compare(c, await replay(c, { command, port, want: wanted(c) }));
        if (p.length) p = compare(c, await replay(c, { command, port, want: wanted(c) }));
      } catch (e) {
        p = [String(e)];
      }
      report(c.group + '/' + c.name, p);
    }
  }),
);

const errors = load('config-errors.json').filter((e) => ('config ' + e.name).includes(filter));
const lines = new CommandLines(command);
await Promise.all(
  [0, 1, 2].map(async () => {
    for (let e; (e = errors.shift());) {
      const dir = tempDir();
      const file = path.join(dir, 'config.yaml');
      fs.writeFileSync(
        file,
        JSON.stringify(
          subst(
            {
              receivers: { file_log: e.receiver },
              exporters: { nop: {} },
              service: {
                telemetry: { metrics: { level: 'none' } },
                pipelines: { logs: { receivers: ['file_log'], exporters: ['nop'] } },
              },
            },
            { $DIR: dir },
          ),
        ),
      );
      const go = async (args, ms) => {
        const run = startProgram(command, args, { env: { TZ: 'UTC' } });
        await Promise.race([run.exited, sleep(ms)]);
        const alive = run.code === null;
        await run.stop();
        return { code: alive ? null : run.code, text: run.stderr + run.stdout };
      };
      const validated = await lines.run(['validate', ...(e.args ?? []), '--config', file], {
        env: { ...process.env, TZ: 'UTC' },
      });
      let v = { code: validated.code, text: validated.stderr + validated.stdout };
      const problems = [];
      if (e.result === 'accepted') {
        if (v.code !== 0 && !e.stricterIsFine) problems.push(`refused: ${v.text.trim().slice(0, 200)}`);
      } else {
        if (v.code === 0 && e.by === 'start') v = await go([...(e.args ?? []), '--config', file], 1500);
        if (v.code === 0 || v.code === null) problems.push('accepted, want: ' + e.error.slice(-140));
        else
          for (const m of e.mention)
            if (!v.text.includes(m)) problems.push(`the message does not name "${m}": ${v.text.trim().slice(0, 160)}`);
      }
      report('config ' + e.name, problems);
      fs.rmSync(dir, { recursive: true, force: true });
    }
  }),
);
lines.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
