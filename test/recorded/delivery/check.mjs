#!/usr/bin/env node
// Replays the cases beside this file: KANMON="node dist/cli/main.js" node check.mjs [part of a name ...]. Environment:
// STRICT=1 compares words too, LIMIT_MS the time for all, JOBS the cases at a time, BASE_PORT the first port, TIMES=1
// prints how long each took.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { play, differs, fullConfig } from './driver.mjs';
import { Program } from '../support/otlp.mjs';
const here = path.dirname(fileURLToPath(import.meta.url));
const cmd = process.env.KANMON;
if (!cmd) {
  console.error('set KANMON');
  process.exit(2);
}
const strict = process.env.STRICT === '1',
  only = process.argv.slice(2),
  tmp = fs.mkdtempSync(path.join(os.tmpdir(), 'check-delivery-')),
  running = new Set();
const base = +(process.env.BASE_PORT ?? 27000);
const free = Array.from({ length: 480 }, (_, i) => base + i);
let passed = 0,
  failed = 0,
  over = false;
const finish = (code) => {
  for (const p of running) p.p.kill('SIGKILL');
  fs.rmSync(tmp, { recursive: true, force: true });
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(code ?? (failed ? 1 : 0));
};
setTimeout(
  () => {
    over = true;
    console.log('FAIL time limit: not all cases were run');
    failed++;
    finish(1);
  },
  +(process.env.LIMIT_MS ?? 600_000),
).unref();
const jobs = [];
let no = 0;
async function once(c) {
  if (c.validate) {
    const f = path.join(tmp, `v${no++}.yaml`);
    fs.writeFileSync(
      f,
      JSON.stringify(fullConfig(c.config))
        .replaceAll('@METRICS@', '1')
        .replace(/@(\w+)@/g, '127.0.0.1:1')
        .replaceAll('$DIR', tmp),
    );
    const p = new Program(cmd, ['validate', '--config', f]);
    running.add(p);
    const code = await p.exit;
    running.delete(p);
    const t = (p.err + p.out).replaceAll(tmp, '$DIR'),
      flat = (x) => x.replace(/\s+/g, ' ');
    if (c.either && code) return null;
    if (!code !== !c.validate.exit) return `validate ends with ${code}, expected ${c.validate.exit}`;
    if (strict && c.validate.error && !flat(t).includes(flat(c.validate.error)))
      return `says ${t.trim().slice(0, 200)}`;
    for (const w of c.mention ?? []) if (!t.includes(w)) return `does not name ${w}: ${t.trim().slice(0, 200)}`;
    return null;
  }
  const ports = free.splice(0, 8);
  const dir = path.join(tmp, `d${no++}`);
  fs.mkdirSync(dir);
  let res;
  try {
    res = await play(c, { cmd, dir, ports, running });
  } catch (e) {
    return e.stack.split('\n').slice(0, 2).join(' ').slice(0, 300);
  } finally {
    free.push(...ports);
  }
  for (const [i, st] of c.steps.entries()) {
    const why = differs(st, st.expect, res[i], strict);
    if (why) return `step ${i + 1} ${why}`.slice(0, 400);
  }
  return null;
}
for (const f of fs.readdirSync(path.join(here, 'cases')).sort())
  for (const c of JSON.parse(fs.readFileSync(path.join(here, 'cases', f), 'utf8'))) {
    const name = `${f.replace('.json', '')}/${c.name}`;
    if (!only.length || only.some((o) => name.includes(o))) jobs.push([name, c]);
  }
const weight = (c) =>
  c.validate ? 0 : c.steps.reduce((s, x) => s + (x.wait ?? 0) + ('start' in x ? 400 : 0) + (x.expect?.ms ?? 0), 0);
jobs.sort((a, b) => weight(b[1]) - weight(a[1])); // long ones first
const again = [];
async function worker(queue, last) {
  while (queue.length > 0 && !over) {
    const [name, c] = queue.shift();
    const t = Date.now();
    const why = await once(c);
    if (over) return;
    if (process.env.TIMES) console.log(name, Date.now() - t, 'ms');
    if (!why) passed++;
    else if (!last && !c.validate) again.push([name, c]);
    else {
      failed++;
      console.log(`FAIL ${name}: ${why}`);
    }
  }
}
process.on('SIGTERM', () => finish(1));
process.on('SIGINT', () => finish(1));
await Promise.all(Array.from({ length: +(process.env.JOBS ?? 6) }, () => worker(jobs, false)));
// The cases depend on timers: what failed is tried once more when the machine is less busy.
await Promise.all([worker(again, true), worker(again, true)]);
finish();
