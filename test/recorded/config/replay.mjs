#!/usr/bin/env node
// Replays the recorded configuration cases beside this file against KANMON (default: kanmon), e.g. KANMON="node
// dist/cli/main.js". STRICT=1 also compares error texts exactly. ONLY=<regex> runs the cases whose id matches. Node 20,
// no dependencies.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import net from 'node:net';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { CommandLines } from '../support/command-lines.mjs';
const here = path.dirname(fileURLToPath(import.meta.url));
const strict = !!process.env.STRICT;
const only = process.env.ONLY ? new RegExp(process.env.ONLY) : null;
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
    : [];
import { spawnSync } from 'node:child_process';
const name =
  (spawnSync(cmd[0], [...cmd.slice(1), '--version'], { encoding: 'utf8', timeout: 60_000 }).stdout || '')
    .split(' version')[0]
    .trim() || '\u0000';
const base = fs.readFileSync(path.join(here, 'base.yaml'), 'utf8');
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const free = (p) =>
  new Promise((r) => {
    const s = net.createServer();
    s.on('error', () => r(false));
    s.listen(p, '127.0.0.1', () => s.close(() => r(true)));
  });
let cursor = 33000 + Math.floor(Math.random() * 900);
const takePorts = async (n) => {
  const r = [];
  while (r.length < n) {
    // Another caller may go on meanwhile.
    const port = (cursor = cursor >= 33998 ? 33000 : cursor + 1);
    if (await free(port)) r.push(port);
  }
  return r;
};
const fill = (t, ports) => t.replace(/@P(\d)@/g, (_, i) => ports[i - 1]);
const connect = (port) =>
  new Promise((r) => {
    const s = net.connect(port, '127.0.0.1');
    s.on('connect', () => {
      s.destroy();
      r('open');
    });
    s.on('error', () => r('refused'));
  });
const sortList = (s) =>
  s
    .replace(/\((valid values: )\[([^\]]*)\]\)/g, (m, a, b) => `(${a}[${b.split(' ').sort().join(' ')}])`)
    .replace(/(Expected values are )\[([^\]]*)\]/g, (m, a, b) => `${a}[${b.split(' ').sort().join(' ')}]`);
const norm = (s, dir, ports = []) => {
  s = sortList(
    s.split('\r').join('').replaceAll(fs.realpathSync(dir), '$DIR').replaceAll(dir, '$DIR').replaceAll(name, '$CMD'),
  );
  ports.forEach((p, i) => {
    s = s.replace(new RegExp('\\b' + p + '\\b', 'g'), `@P${i + 1}@`);
  });
  return s
    .replace(/\(default [-\w.,+]*confmap\.[^)]*\)/g, '(default $GATES)')
    .replace(/(valid gates: )\[[^\]]*\]/g, '$1[$GATES]');
};
const temp = (files) => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'golden-'));
  for (const [n, t] of Object.entries(files)) {
    const p = path.join(dir, n);
    fs.mkdirSync(path.dirname(p), { recursive: true });
    fs.writeFileSync(p, typeof t === 'string' ? t : Buffer.from(t.base64, 'base64'));
  }
  return dir;
};
const environment = (dir, env) => ({ PATH: process.env.PATH, HOME: dir, TMPDIR: os.tmpdir(), ...env });
const start = (args, dir, env = {}) => {
  const p = spawn(cmd[0], [...cmd.slice(1), ...args], {
    cwd: dir,
    env: environment(dir, env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const o = { p, out: '', err: '', exited: null };
  p.stdout.on('data', (d) => (o.out += d));
  p.stderr.on('data', (d) => (o.err += d));
  o.done = new Promise((r) => {
    p.on('close', (code, sig) => {
      o.exited = { code, sig };
      r();
    });
    p.on('error', (e) => {
      o.err += e;
      o.exited = { code: 'spawn-error' };
      r();
    });
  });
  return o;
};
const safeParse = (t) =>
  JSON.parse(
    t.replace(/^(\s*(?:"(?:[^"\\]|\\.)*": )?)(-?\d[\d.eE+-]*)(,?)$/gm, (m, a, n, c) =>
      n.length > 15 || /[eE]/.test(n) ? `${a}"#num:${n}"${c}` : m,
    ),
  );
const plain = (v) =>
  Array.isArray(v)
    ? v.map(plain)
    : v && typeof v === 'object'
      ? Object.keys(v).sort().join() === 'original,value'
        ? plain(v.value)
        : Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plain(x)]))
      : v;
const pick = (o, p) => p.split('.').reduce((x, k) => (x == null ? undefined : x[k]), o);
// words of the message that the user wrote: these any good message has to name
const needles = (text, c) => {
  text = (text || '').replace(/\(valid values:[^)]*\)/g, '').replace(/valid gates:.*/g, '');
  const given = [
    c.args.join(' '),
    ...Object.values(c.files || {}).map((x) => (typeof x === 'string' ? x : '')),
    JSON.stringify(c.env || {}),
  ].join('\n');
  const w = new Set();
  for (const m of text.matchAll(/"([^"\n]{1,60})"/g)) w.add(m[1]);
  for (const m of text.matchAll(/`([^`\n]{1,40})`/g)) w.add(m[1]);
  for (const m of text.matchAll(/invalid keys: ([\w, .[\]-]+)/g)) m[1].split(', ').forEach((x) => w.add(x));
  for (const m of text.matchAll(/\b(receivers|processors|exporters|connectors|extensions)::([^:\s]+)/g)) w.add(m[2]);
  for (const m of text.matchAll(/'([\w.]+)(?:\[\w+\])?' (?:expected|has|time|unknown|invalid|unsupported|source)/g))
    w.add(m[1].split('.').pop());
  return [...w].filter((x) => x.trim() && given.includes(x));
};
const until = Date.now() + (+process.env.LIMIT_MS || 600_000);
let late = 0;
let pass = 0,
  fail = 0,
  exact = 0,
  texts = 0;
const bad = (c, why) => {
  fail++;
  console.log(`MISMATCH ${c.id} (${c.what}): ${why}`.slice(0, 400));
};
const short = (v) => JSON.stringify(v)?.slice(0, 160);
function textOk(c, got, dir, ports) {
  if (!c.stderr) return null;
  texts++;
  const g = norm(got, dir, ports).trim(),
    w = sortList(c.stderr).trim();
  const same = g === w || (c.seen || []).some((x) => x && sortList(x).trim() === g);
  if (same) {
    exact++;
    return null;
  }
  if (strict && !c.order_varies) return `stderr ${short(g)} instead of ${short(w)}`;
  if (c.order_varies) return g.length ? null : 'no message on stderr';
  const miss = needles(c.stderr, c).filter((n) => !g.includes(n));
  return miss.length ? `message does not name ${short(miss)}: ${short(g)}` : g ? null : 'no message on stderr';
}
const short_cases = [
  ...load('expand.jsonl'),
  ...load('broken.jsonl'),
  ...load('valid.jsonl'),
  ...load('cli.jsonl'),
  ...load('defaults.jsonl'),
].filter((c) => !only || only.test(c.id));
const one = async (c, alone, lines) => {
  if (Date.now() > until) {
    late++;
    fail++;
    return;
  }
  const dir = temp({ 'base.yaml': base, ...c.files });
  const { code, stdout, stderr } = await lines.run(c.args, { cwd: dir, env: environment(dir, c.env), alone });
  let why = null;
  if (code !== c.exit) why = `exit ${code} instead of ${c.exit}; ${short(stderr)}`;
  else if (c.value) {
    try {
      const o = safeParse(stdout);
      for (const [p, w] of Object.entries(c.value)) {
        const g = plain(pick(o, p));
        if (!isDeepStrictEqual(g === undefined ? '#absent' : g, plain(w))) {
          why = `${p} = ${short(g)} instead of ${short(plain(w))}`;
          break;
        }
      }
    } catch {
      why = 'stdout is not JSON: ' + short(stdout);
    }
  } else if (c.exit === 0 && c.contains) {
    const miss = c.contains.filter((x) => !stdout.includes(x));
    if (miss.length) why = 'stdout lacks ' + short(miss);
  } else if (c.exit === 0 && c.stdout && strict && norm(stdout, dir) !== c.stdout) why = 'stdout differs';
  if (!why && c.exit !== 0) why = textOk(c, stderr, dir);
  if (why) bad(c, why);
  else pass++;
  fs.rmSync(dir, { recursive: true, force: true });
};
{
  let i = 0;
  const worker = async () => {
    const lines = new CommandLines(cmd);
    for (; i < short_cases.length;) await one(short_cases[i], i++ % 20 === 0, lines);
    lines.close();
  };
  await Promise.all([worker(), worker()]);
}
const startOne = async (c) => {
  if (Date.now() > until) {
    late++;
    fail++;
    return;
  }
  const ports = await takePorts(2);
  const dir = temp(Object.fromEntries(Object.entries(c.files).map(([k, v]) => [k, fill(v, ports)])));
  const o = start(c.args, dir, c.env);
  const t0 = Date.now();
  const facts = {};
  const ready = () => (o.err + o.out).split('Everything is ready').length - 1;
  for (const s of c.steps) {
    if (s.until) {
      while (!o.exited && ready() < (s.n || 1) && Date.now() - t0 < 20_000) await sleep(15);
    } else if (s.wait) await Promise.race([sleep(s.wait), o.done]);
    else if (s.write) for (const [f, t] of Object.entries(s.write)) fs.writeFileSync(path.join(dir, f), fill(t, ports));
    else if (s.remove) fs.rmSync(path.join(dir, s.remove));
    else if (s.connect) facts['port ' + s.connect] = await connect(ports[s.connect.slice(1) - 1]);
    else if (s.signal) {
      if (!o.exited) o.p.kill(s.signal);
      await Promise.race([sleep(60), o.done]);
    }
  }
  await Promise.race([o.done, sleep(3000)]);
  if (!o.exited) {
    facts.killed = true;
    o.p.kill('SIGKILL');
    await o.done;
  }
  const code = o.exited.sig || o.exited.code;
  let why = null;
  const kept = c.also_allowed === 'keep-running' && code === 0 && facts['port P1'] === 'open';
  if (facts.killed) why = 'did not stop';
  else if (!kept) {
    if (c.panics ? code === 0 : code !== c.exit)
      why = `exit ${code} instead of ${c.exit}; ${short(o.err.trim().split('\n').pop())}`;
    else if (ready() !== c.ready) why = `ready ${ready()} times instead of ${c.ready}`;
    else
      for (const k of Object.keys(facts))
        if (c[k] !== undefined && facts[k] !== c[k]) why = `${k} is ${facts[k]} instead of ${c[k]}`;
    if (!why && c.exit !== 0 && !c.panics) {
      const i = c.log.findIndex((l) => l.startsWith('Error:'));
      const want = c.log.slice(i).join('\n');
      const j = o.err.indexOf('Error:');
      why = textOk({ ...c, stderr: want }, j < 0 ? o.err : o.err.slice(j).replace(/\n\n/g, '\n'), dir, ports);
    }
  }
  if (why) bad(c, why);
  else pass++;
  fs.rmSync(dir, { recursive: true, force: true });
};
{
  // Each waits for its program, or for a time, most of the while.
  const cases = load('start.jsonl').filter((c) => !only || only.test(c.id));
  const worker = async () => {
    for (let c; (c = cases.shift());) await startOne(c);
  };
  await Promise.all([worker(), worker()]);
}
if (late) console.log(`${late} cases not run: time is up`);
console.log(`error texts equal word for word: ${exact} of ${texts}`);
console.log(`${pass} passed, ${fail} failed`);
process.exit(fail ? 1 : 0);
