#!/usr/bin/env node
// Replays the recorded exporter cases beside this file against KANMON (a command, e.g. "node dist/cli/main.js").
// STRICT=1: see README. ONLY=<regex> runs the cases whose id matches. Node 20, no dependencies.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as c from '../support/core.mjs';
const here = path.dirname(fileURLToPath(import.meta.url));
const strict = !!process.env.STRICT,
  only = process.env.ONLY ? new RegExp(process.env.ONLY) : null;
const cmd = (process.env.KANMON || 'kanmon')
  .match(/"[^"]*"|'[^']*'|\S+/g)
  .map((x) => x.replace(/^["']|["']$/g, ''))
  .map((x) => (x.includes('/') && fs.existsSync(x) ? path.resolve(x) : x));
const load = (f) =>
  fs.existsSync(path.join(here, f))
    ? fs
        .readFileSync(path.join(here, f), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((l) => JSON.parse(l))
        .filter((x) => !only || only.test(x.id))
    : [];
const PATH = { traces: '/v1/traces', logs: '/v1/logs', metrics: '/v1/metrics', profiles: '/v1development/profiles' };
const S = (v) => JSON.stringify(v)?.slice(0, 170);
const until = Date.now() + (+process.env.LIMIT_MS || 600_000);
let late = 0;
const skip = () => Date.now() > until && (late++, fail++, true);
let pass = 0,
  fail = 0;
const done = (k, w) => {
  if (w) {
    fail++;
    console.log(`MISMATCH ${k.id} (${k.what}): ${w}`.slice(0, 420));
  } else pass++;
};
const post = (P, signal, input) =>
  c.rawHttp(
    P,
    { path: PATH[signal], headers: [['content-type', 'application/json']], body: JSON.stringify(input) },
    4000,
  );
const walk = (d, b = '') =>
  fs
    .readdirSync(d, { withFileTypes: true })
    .flatMap((e) => (e.isDirectory() ? walk(path.join(d, e.name), b + e.name + '/') : [b + e.name]));
const stamp = (f) => f.replace(/-\d{4}-\d\d-\d\dT[\d-]+\.\d{3}/, '-$TIMESTAMP');
async function start(config, { args = [], before = {} } = {}) {
  const [P] = await c.takePorts(1);
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'golden-'));
  for (const [f, t] of Object.entries(before)) {
    fs.mkdirSync(path.dirname(path.join(dir, f)), { recursive: true });
    fs.writeFileSync(path.join(dir, f), t);
  }
  fs.writeFileSync(path.join(dir, 'c.yaml'), config.replaceAll('@HTTP@', P));
  const p = spawn(cmd[0], [...cmd.slice(1), '--config', 'c.yaml', ...args], {
    cwd: dir,
    env: { PATH: process.env.PATH, HOME: dir, TMPDIR: os.tmpdir() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const o = { p, dir, P, log: '', exited: null };
  p.stdout.on('data', (d) => (o.log += d));
  p.stderr.on('data', (d) => (o.log += d));
  o.done = new Promise((r) => {
    p.on('close', (a, b) => {
      o.exited = b || a;
      r();
    });
    p.on('error', (e) => {
      o.log += e;
      o.exited = 'spawn-error';
      r();
    });
  });
  const t0 = Date.now();
  while (!o.log.includes('Everything is ready') && o.exited === null && Date.now() - t0 < 60_000) await c.sleep(20);
  o.ready = o.log.includes('Everything is ready');
  o.stop = async () => {
    if (o.exited === null) {
      p.kill('SIGTERM');
      await Promise.race([o.done, c.sleep(15_000)]);
      if (o.exited === null) {
        p.kill('SIGKILL');
        await o.done;
      }
    }
  };
  o.clean = () => fs.rmSync(dir, { recursive: true, force: true });
  return o;
}
// debug: text of the three verbosities
{
  const cases = load('debug.jsonl');
  if (cases.length) {
    const prog = await start(fs.readFileSync(path.join(here, 'debug.yaml'), 'utf8'), {
      args: ['--feature-gates=service.profilesSupport'],
    });
    const pos = { basic: 0, normal: 0, detailed: 0 };
    for (const k of cases) {
      if (!prog.ready) {
        done(k, 'did not start: ' + S(prog.log.slice(-200)));
        continue;
      }
      const r = await post(prog.P, k.signal, k.input);
      await c.sleep(25);
      let why = r.status === 200 ? null : 'status ' + r.status;
      for (const v of Object.keys(pos)) {
        const f = path.join(prog.dir, v + '.txt');
        const b = fs.existsSync(f) ? fs.readFileSync(f) : Buffer.alloc(0);
        const got = b.subarray(pos[v]).toString();
        pos[v] = b.length;
        if (!why && got !== k[v]) {
          const a = got.split('\n'),
            w = k[v].split('\n');
          const n = w.findIndex((l, j) => l !== a[j]);
          why = `${v}, line ${n + 1}: ${S(a[n])} instead of ${S(w[n])}`;
        }
      }
      done(k, why);
    }
    await prog.stop();
    prog.clean();
  }
}
// debug: how many lines pass the sampling
for (const k of load('sampling.jsonl')) {
  if (skip()) continue;
  const prog = await start(k.config);
  if (!prog.ready) {
    done(k, 'did not start: ' + S(prog.log.slice(-200)));
    await prog.stop();
    prog.clean();
    continue;
  }
  const before = prog.log.length;
  for (const q of k.requests) await post2(prog.P, q);
  await c.sleep(100);
  const own = path.join(prog.dir, 'o.txt');
  const text = prog.log.slice(before) + (fs.existsSync(own) ? fs.readFileSync(own, 'utf8') : '');
  await prog.stop();
  prog.clean();
  let why = null;
  for (const [n, w] of Object.entries(k.lines)) {
    const g = (
      text.match(new RegExp('(^|\\t)' + n + '\\t\\{', 'gm')) ||
      text.match(new RegExp('"msg":"' + n + '"', 'g')) ||
      []
    ).length;
    if (g !== w) why = `${g} ${n} lines instead of ${w}`;
  }
  for (const [b, w] of Object.entries(k.bodies || {})) {
    const g = (text.match(new RegExp('^' + b + ' ', 'gm')) || []).length;
    if (g !== w) why = `${g} lines for ${b} instead of ${w}`;
  }
  done(k, why);
}
async function post2(P, q) {
  return c.rawHttp(P, {
    path: PATH[q.signal],
    headers: [
      ['content-type', 'application/json'],
      ['connection', 'close'],
    ],
    body: JSON.stringify(q.input),
  });
}
// debug through the internal logger: message and fields
for (const k of load('logger.jsonl')) {
  if (skip()) continue;
  const prog = await start(k.config);
  if (!prog.ready) {
    done(k, 'did not start');
    await prog.stop();
    prog.clean();
    continue;
  }
  const before = prog.log.length;
  for (const q of k.requests) await post(prog.P, q.signal, q.input);
  await c.sleep(100);
  const t = prog.log.slice(before);
  await prog.stop();
  prog.clean();
  const essence = (s) =>
    s
      .replace(/\r/g, '')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d{4})/g, '$TIME')
      .replace(/\t(?:\$CALLER|[\w@./-]+\.\w+:\d+)\t/g, '\t')
      .replace(/"caller":"[^"]*",?/g, '')
      .replace(/"resource": ?\{[^}]*\},? ?/g, '')
      .replace(/, \}/g, '}')
      .replace(/": "/g, '":"')
      .replace(/": /g, '":')
      .replace(/, "/g, ',"');
  const a = essence(t).split('\n'),
    w = essence(k.output).split('\n');
  const n = w.findIndex((l, j) => l !== a[j]);
  done(k, n < 0 ? null : `line ${n + 1}: ${S(a[n])} instead of ${S(w[n])}`);
}
// file exporter
for (const k of load('file.jsonl')) {
  if (skip()) continue;
  const prog = await start(k.config, { args: k.args, before: k.before });
  let why = null;
  if (k.start_error) {
    if (prog.ready) why = 'started';
    await prog.stop();
    prog.clean();
    done(k, why);
    continue;
  }
  if (!prog.ready) {
    done(k, 'did not start: ' + S(prog.log.slice(-200)));
    await prog.stop();
    prog.clean();
    continue;
  }
  for (let i = 0; i < k.requests.length; i++) {
    const q = k.requests[i];
    let input = q.input;
    if (!input) {
      const fill = k.fill_char[i];
      input = {
        resourceLogs: [
          {
            resource: { attributes: [] },
            scopeLogs: [
              {
                logRecords: [
                  { timeUnixNano: '1700000000000000000', body: { stringValue: fill[0] + fill[1].repeat(fill[2]) } },
                ],
              },
            ],
          },
        ],
      };
    }
    const r = await post(prog.P, q.signal, input);
    if (r.status !== k.answers[i] && !why && !(k.answers[i] >= 400 && r.status >= 400))
      why = `answer ${r.status} instead of ${k.answers[i]}`;
    await c.sleep(k.file_sizes ? 30 : 4);
  }
  if (k.file_sizes) await c.sleep(300);
  await prog.stop();
  const files = walk(prog.dir)
    .filter((f) => f !== 'c.yaml')
    .sort();
  if (!why && k.file_sizes) {
    const got = files.map((f) => [stamp(f), fs.statSync(path.join(prog.dir, f)).size]);
    if (JSON.stringify(got) !== JSON.stringify(k.file_sizes)) why = `files ${S(got)} instead of ${S(k.file_sizes)}`;
  } else if (!why) {
    const want = Object.keys(k.files);
    if (JSON.stringify(files) !== JSON.stringify(want.sort())) why = `files ${S(files)} instead of ${S(want)}`;
    else
      for (const f of files) {
        const b = fs.readFileSync(path.join(prog.dir, f)),
          w = k.files[f];
        if (typeof w === 'string') {
          if (b.toString() !== w) {
            const a = b.toString().split('\n'),
              x = w.split('\n');
            const n = x.findIndex((l, j) => l !== a[j]);
            const eq =
              !strict &&
              a.length === x.length &&
              a.every((l, j) => {
                if (l === x[j]) return true;
                try {
                  return same(JSON.parse(l), JSON.parse(x[j]));
                } catch {
                  return false;
                }
              });
            if (!eq) why = `${f} line ${n + 1}: ${S(a[n])} instead of ${S(x[n])}`;
          }
        } else if (w.frames) {
          const g = frames(b);
          if (!g || g.length !== w.frames.length)
            why = `${f}: ${g ? g.length : 'bad'} frames instead of ${w.frames.length}`;
          else if (strict && g.some((x, j) => x.toString('base64') !== w.frames[j].base64)) why = f + ': other bytes';
        } else if (w.frames_zstd) {
          const g = frames(b);
          if (!g || g.length !== w.frames_zstd.length) why = `${f}: ${g ? g.length : 'bad'} frames`;
          else if (g.some((x) => x.readUInt32LE(0) !== 0xfd2fb528)) why = f + ': a frame is not zstd';
        } else if (w.zstd_whole && b.readUInt32LE(0) !== 0xfd2fb528) why = f + ': not zstd';
      }
  }
  prog.clean();
  done(k, why);
}
function frames(b) {
  const r = [];
  let o = 0;
  while (o < b.length) {
    if (o + 4 > b.length) return null;
    const l = b.readUInt32BE(o);
    if (o + 4 + l > b.length) return null;
    r.push(b.subarray(o + 4, o + 4 + l));
    o += 4 + l;
  }
  return r;
}
function canon(v) {
  return Array.isArray(v)
    ? v.map(canon)
    : v && typeof v === 'object'
      ? Object.fromEntries(
          Object.keys(v)
            .sort()
            .map((k) => [k, canon(v[k])]),
        )
      : v;
}
function same(a, b) {
  return JSON.stringify(canon(a)) === JSON.stringify(canon(b));
}
if (late) console.log(`${late} cases not run: time is up`);
console.log(`${pass} passed, ${fail} failed`);
process.exit(fail ? 1 : 0);
