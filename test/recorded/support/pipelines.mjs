// Replay library: runs processor cases through a Collector-like program. Node 20, no dependencies.
import { spawn, spawnSync } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
export const readJsonl = (f) =>
  fs
    .readFileSync(f, 'utf8')
    .split('\n')
    .filter((l) => l.trim() && !l.startsWith('//'))
    .map((l) => JSON.parse(l));

// ---------------------------------------------------------------- OTLP/JSON canonical form
const ONEOF = new Set([
  'stringValue',
  'intValue',
  'doubleValue',
  'boolValue',
  'bytesValue',
  'arrayValue',
  'kvlistValue',
  'asInt',
  'asDouble',
  'gauge',
  'sum',
  'histogram',
  'exponentialHistogram',
  'summary',
  'min',
  'max',
  'value',
]);
const KV = new Set(['attributes', 'filteredAttributes', 'metadata']);
const INT = new Set([
  'intValue',
  'asInt',
  'timeUnixNano',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'observedTimeUnixNano',
  'count',
  'zeroCount',
]);
function num(x) {
  if (x === 'NaN' || x === 'Infinity' || x === '-Infinity') return x;
  const n = Number(x);
  return Number.isNaN(n) ? 'NaN' : n === Infinity ? 'Infinity' : n === -Infinity ? '-Infinity' : n;
}
function isDefault(v) {
  return (
    v === undefined ||
    v === null ||
    v === '' ||
    v === 0 ||
    v === '0' ||
    v === false ||
    (Array.isArray(v) && v.length === 0) ||
    (typeof v === 'object' && !Array.isArray(v) && Object.keys(v).length === 0)
  );
}
export function canon(v, key = '') {
  if (Array.isArray(v)) {
    const kv = KV.has(key) || key === 'kvvalues';
    if (key === 'bucketCounts') return v.map(String);
    if (key === 'explicitBounds') return v.map(num);
    const a = v.map((x) => canon(x));
    if (kv) {
      const o = {};
      const t = [];
      for (const e of a) t.push([e.key ?? '', e.value ?? {}]);
      t.sort((x, y) => (x[0] < y[0] ? -1 : x[0] > y[0] ? 1 : 0));
      for (const [k, x] of t) {
        let n = k;
        for (let i = 2; Object.hasOwn(o, n); i++) n = `${k}#${i}`;
        Object.defineProperty(o, n, { value: x, enumerable: true, configurable: true, writable: true });
      }
      return o;
    }
    return a;
  }
  if (v && typeof v === 'object') {
    if (Object.keys(v).length === 1 && '$re' in v) return v;
    const o = {};
    for (const k of Object.keys(v).sort()) {
      let x = v[k];
      if (x !== null && typeof x === 'object' && '$re' in x) {
        o[k] = x;
        continue;
      }
      if (k === 'doubleValue' || k === 'asDouble') x = num(x);
      else if (
        (k === 'sum' || k === 'min' || k === 'max' || k === 'zeroThreshold' || k === 'quantile') &&
        typeof x !== 'object'
      )
        x = num(x);
      else if (k === 'value' && typeof x !== 'object') x = num(x);
      else if (INT.has(k)) x = String(x);
      else if (k === 'kvlistValue') x = canon(x?.values ?? [], 'kvvalues');
      else if (k === 'arrayValue') x = canon(x?.values ?? []);
      else x = canon(x, k);
      if (!ONEOF.has(k) && isDefault(x)) continue;
      o[k] = x;
    }
    return o;
  }
  return v;
}
// ---------------------------------------------------------------- diff / patch on canonical form
const esc = (s) => s.replace(/~/g, '~0').replace(/\//g, '~1');
const unesc = (s) => s.replace(/~1/g, '/').replace(/~0/g, '~');
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
export function diff(a, b, p = '', out = []) {
  if (same(a, b)) return out;
  const obj = (x) => x && typeof x === 'object' && !Array.isArray(x);
  if (obj(a) && obj(b)) {
    for (const k of Object.keys(a)) if (!Object.hasOwn(b, k)) out.push(['del', `${p}/${esc(k)}`]);
    for (const k of Object.keys(b)) {
      if (!Object.hasOwn(a, k)) out.push(['set', `${p}/${esc(k)}`, b[k]]);
      else diff(a[k], b[k], `${p}/${esc(k)}`, out);
    }
    return out;
  }
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    a.forEach((x, i) => diff(x, b[i], `${p}/${i}`, out));
    return out;
  }
  out.push(['set', p, b]);
  return out;
}
export function patch(a, ops) {
  let r = structuredClone(a);
  for (const [op, p, v] of ops) {
    if (p === '') {
      r = v;
      continue;
    }
    const seg = p.split('/').slice(1).map(unesc);
    let o = r;
    for (const s of seg.slice(0, -1)) o = o[s];
    const last = seg.at(-1);
    if (op === 'del') delete o[last];
    else o[last] = v;
  }
  return r;
}
export function sortKeys(v) {
  if (Array.isArray(v)) return v.map(sortKeys);
  if (v && typeof v === 'object') {
    const o = {};
    for (const k of Object.keys(v).sort()) o[k] = sortKeys(v[k]);
    return o;
  }
  return v;
}
export function matches(exp, got) {
  // exp may hold {"$re": "..."} in place of a scalar
  if (exp && typeof exp === 'object' && '$re' in exp) return new RegExp(exp.$re, 's').test(String(got));
  if (Array.isArray(exp))
    return Array.isArray(got) && exp.length === got.length && exp.every((e, i) => matches(e, got[i]));
  if (exp && typeof exp === 'object') {
    if (!got || typeof got !== 'object' || Array.isArray(got)) return false;
    const a = Object.keys(exp),
      b = Object.keys(got);
    return a.length === b.length && a.every((k) => Object.hasOwn(got, k) && matches(exp[k], got[k]));
  }
  if (typeof exp === 'number' && typeof got === 'number')
    return exp === got || Math.abs(exp - got) <= 1e-12 * Math.abs(exp);
  return exp === got;
}
// ---------------------------------------------------------------- program control
export function splitCmd(cmd) {
  return Array.isArray(cmd) ? cmd : cmd.trim().split(/\s+/);
}
export function tmpdir() {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'golden-'));
}
export function validate(cmd, config, dir, cwd) {
  const f = path.join(dir, `v${Math.random().toString(36).slice(2)}.yaml`);
  fs.writeFileSync(f, typeof config === 'string' ? config : JSON.stringify(config, null, 1));
  const [c, ...a] = splitCmd(cmd);
  const r = spawnSync(c, [...a, 'validate', '--config', f], { encoding: 'utf8', timeout: 60_000, cwd });
  fs.rmSync(f);
  return { code: r.status, text: ((r.stderr || '') + (r.stdout || '')).replaceAll(dir, '$DIR') };
}
export function start(cmd, config, dir, cwd) {
  const f = path.join(dir, `c${Math.random().toString(36).slice(2)}.yaml`);
  fs.writeFileSync(f, JSON.stringify(config, null, 1));
  const [c, ...a] = splitCmd(cmd);
  const p = spawn(c, [...a, '--config', f], { stdio: ['ignore', 'pipe', 'pipe'], cwd });
  const h = { p, log: '', exited: null };
  p.stdout.on('data', (d) => {
    h.log += d;
  });
  p.stderr.on('data', (d) => {
    h.log += d;
  });
  h.done = new Promise((r) =>
    p.on('exit', (code, sig) => {
      h.exited = code ?? sig;
      r();
    }),
  );
  p.on('error', (e) => {
    h.log += String(e);
    h.exited = -1;
  });
  h.stop = async () => {
    if (h.exited === null) {
      p.kill('SIGTERM');
      const t = setTimeout(() => p.kill('SIGKILL'), 15_000);
      await h.done;
      clearTimeout(t);
    }
    fs.rmSync(f, { force: true });
  };
  return h;
}
export function portOpen(port) {
  return new Promise((r) => {
    const s = net.connect(port, '127.0.0.1');
    s.on('connect', () => {
      s.destroy();
      r(true);
    });
    s.on('error', () => r(false));
  });
}
export const bindable = (port) =>
  new Promise((r) => {
    const s = net.createServer();
    s.once('error', () => r(false));
    s.listen({ port, host: '127.0.0.1', exclusive: true }, () => s.close(() => r(true)));
  });
// n ports from base on that can be bound now (client connections of other programs may hold some)
export async function pickPorts(n, base, span = 190) {
  for (let k = 0; ; k++) {
    const out = [];
    for (let p = base; out.length < n && p < base + span; p++) if (await bindable(p)) out.push(p);
    if (out.length >= n) return out;
    if (k === 8) throw new Error(`no ${n} free ports from ${base} on`);
    await sleep(2500);
  }
}
export const inUse = (log) => /address already in use|EADDRINUSE/.test(log);
export async function waitReady(h, ports, ms = 60_000) {
  const end = Date.now() + ms;
  for (const p of ports)
    for (;;) {
      if (h.exited !== null) return false;
      if (await portOpen(p)) break;
      if (Date.now() > end) return false;
      await sleep(30);
    }
  return h.exited === null;
}
export function request(port, pathname, { method = 'POST', body, headers = {} } = {}) {
  return new Promise((res, rej) => {
    const q = http.request({ host: '127.0.0.1', port, path: pathname, method, headers, agent: false }, (r) => {
      const b = [];
      r.on('data', (d) => b.push(d));
      r.on('end', () => res({ status: r.statusCode, headers: r.headers, body: Buffer.concat(b).toString('utf8') }));
    });
    q.setTimeout(10000, () => q.destroy(new Error('timeout')));
    q.on('error', rej);
    q.end(body);
  });
}
export function sink(port, handler) {
  return new Promise((res) => {
    const s = http.createServer((q, r) => {
      const b = [];
      q.on('data', (d) => b.push(d));
      q.on('end', () => handler(q, Buffer.concat(b), r));
    });
    s.keepAliveTimeout = 200;
    s.listen(port, '127.0.0.1', () => res(s));
  });
}
export const closeSink = (s) =>
  new Promise((r) => {
    s.close(r);
    s.closeAllConnections?.();
  });

// ---------------------------------------------------------------- processor cases
// case: {id, signal, type, config, input, headers?}; input is OTLP/JSON
// result: {configError} | {status, message?, outputs:[canonical OTLP], logs:[...]}
export function buildConfig(list, ports, sinkPort) {
  const c = {
    receivers: {},
    processors: {},
    exporters: {},
    service: {
      telemetry: {
        logs: { level: 'warn', encoding: 'json', sampling: { enabled: false } },
        metrics: { level: 'none' },
      },
      pipelines: {},
    },
  };
  list.forEach((k, i) => {
    const n = `c${k.n}`;
    c.receivers[`otlp/${n}`] = {
      protocols: {
        http: { endpoint: `127.0.0.1:${ports[i]}`, ...(k.include_metadata ? { include_metadata: true } : {}) },
      },
    };
    c.processors[`${k.type}/${n}`] = k.config;
    c.exporters[`otlp_http/${n}`] = {
      endpoint: `http://127.0.0.1:${sinkPort}/${n}`,
      encoding: 'json',
      compression: 'none',
      sending_queue: { enabled: false },
      retry_on_failure: { enabled: false },
    };
    c.service.pipelines[`${k.signal}/${n}`] = {
      receivers: [`otlp/${n}`],
      processors: [`${k.type}/${n}`],
      exporters: [`otlp_http/${n}`],
    };
  });
  return c;
}
export const single = (k) => ({
  receivers: { otlp: { protocols: { http: {} } } },
  processors: { [k.type]: k.config },
  exporters: { nop: {} },
  service: {
    telemetry: { metrics: { level: 'none' } },
    pipelines: { [k.signal]: { receivers: ['otlp'], processors: [k.type], exporters: ['nop'] } },
  },
});
export async function runCases(cmd, cases, { base, chunk = 80, deadline = Infinity, cwd } = {}) {
  const dir = tmpdir();
  const got = new Map();
  const [sinkPort] = await pickPorts(1, base);
  const srv = await sink(sinkPort, (q, body, r) => {
    const n = Number(/^\/c(\d+)\//.exec(q.url)?.[1] ?? -1);
    if (!got.has(n)) got.set(n, []);
    let j;
    try {
      j = JSON.parse(body.toString('utf8'));
    } catch {
      j = { unparsable: body.toString('base64') };
    }
    got.get(n).push(j);
    r.writeHead(200, { 'content-type': 'application/json' });
    r.end('{}');
  });
  const res = new Map();
  cases.forEach((k, i) => {
    k.n = i;
  });
  const queue = [];
  for (let i = 0; i < cases.length; i += chunk) queue.push(cases.slice(i, i + chunk));
  while (queue.length) {
    let list = queue.shift();
    if (Date.now() > deadline) {
      for (const k of list) res.set(k.id, { notRun: true });
      continue;
    }
    const ports = await pickPorts(list.length, sinkPort + 1, 195 - (sinkPort - base));
    const h = start(cmd, buildConfig(list, ports, sinkPort), dir, cwd);
    if (!(await waitReady(h, ports))) {
      await h.stop();
      if (inUse(h.log) && (list.tries = (list.tries ?? 0) + 1) < 6) {
        queue.unshift(list);
        continue;
      }
      const bad = new Set();
      for (const m of h.log.matchAll(/\b[a-z_]+\/c(\d+)\b/g)) bad.add(Number(m[1]));
      const named = list.filter((k) => bad.has(k.n));
      if (list.length === 1) res.set(list[0].id, { configError: h.log.replaceAll(dir, '$DIR') || 'exited' });
      else if (named.length && named.length < list.length) {
        for (const k of named) {
          if (named.length <= 3) res.set(k.id, { configError: h.log.replaceAll(dir, '$DIR') || 'exited' });
          else queue.unshift([k]);
        }
        queue.unshift(list.filter((k) => !bad.has(k.n)));
      } else {
        const m = list.length >> 1;
        queue.unshift(list.slice(0, m), list.slice(m));
      }
      continue;
    }
    for (let i = 0; i < list.length; i++) {
      const k = list[i];
      const r = { outputs: [] };
      try {
        const q = await request(ports[i], `/v1/${k.signal}`, {
          body: JSON.stringify(k.input),
          headers: { 'content-type': 'application/json', ...k.headers },
        });
        r.status = q.status;
        if (q.status >= 300) {
          try {
            r.message = JSON.parse(q.body).message;
          } catch {
            r.message = q.body;
          }
        }
      } catch (e) {
        r.status = 0;
        r.message = String(e.message);
      }
      r.outputs = (got.get(k.n) || []).map((x) => canon(x));
      res.set(k.id, r);
      if (h.exited !== null) {
        r.crashed = true;
        break;
      }
    }
    await h.stop();
    for (const k of list) {
      const r = res.get(k.id);
      if (!r) {
        res.set(k.id, { status: 0, message: 'program exited', outputs: [], logs: [] });
        continue;
      }
      r.logs = [];
      for (const l of h.log.split('\n')) {
        if (!l.includes(`/c${k.n}"`)) continue;
        try {
          const j = JSON.parse(l);
          const o = { level: j.level, msg: j.msg };
          for (const f of ['error', 'statement', 'condition', 'key', 'err']) if (f in j) o[f] = j[f];
          r.logs.push(o);
        } catch {
          /* not a JSON log line */
        }
      }
    }
  }
  await closeSink(srv);
  fs.rmSync(dir, { recursive: true, force: true });
  return res;
}
