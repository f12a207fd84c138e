// Replays the telemetry cases against the program named in env KANMON. Usage: KANMON='node dist/cli/main.js' node
// replay.mjs [exposition logs http config] (TIMES=1 prints durations)
import fs from 'node:fs';
import os from 'node:os';
import net from 'node:net';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Sink, Program, postJson, grpcExport, request, sleep } from '../support/otlp.mjs';
const KANMON = process.env.KANMON;
if (!KANMON) {
  console.error('set KANMON');
  process.exit(2);
}
const here = path.dirname(fileURLToPath(import.meta.url)) + '/';
const tmp = fs.mkdtempSync(path.join(os.tmpdir(), 'check-tel-')) + '/';
const only = process.argv.slice(2);
const want = (p) => !only.length || only.includes(p);
let passed = 0,
  failed = 0;
const ok = (name, good, why = '') => {
  if (good) passed++;
  else {
    failed++;
    console.log(`FAIL ${name}${why ? ': ' + String(why).slice(0, 400) : ''}`);
  }
};
const json = (f) => JSON.parse(fs.readFileSync(here + f, 'utf8'));
const eq = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const running = new Set();
class HttpSink {
  constructor(d) {
    this.d = d;
  }
  start() {
    this.s = http.createServer((q, r) => {
      q.resume();
      q.on('end', () => {
        r.writeHead(this.d.status ?? 200, { 'content-type': 'application/x-protobuf', ...this.d.headers });
        r.end();
      });
    });
    return new Promise((a, b) => {
      this.s.once('error', b);
      this.s.listen(this.d.port, this.d.host ?? '127.0.0.1', a);
    });
  }
  stop() {
    this.s.closeAllConnections();
    return new Promise((a) => this.s.close(a));
  }
}
async function openSinks(list) {
  const out = [];
  for (const d of list ?? []) {
    const s = d.kind === 'http' ? new HttpSink(d) : new Sink(d.host ?? '127.0.0.1', d.port);
    if (d.kind !== 'http')
      s.reply = () => sleep(d.delayMs ?? 0).then(() => (d.code ? { code: d.code, message: d.message } : null));
    await s.start();
    out.push(s);
  }
  return out;
}
async function steps(list) {
  const out = [];
  for (const st of list) {
    if (st.sleepMs) {
      await sleep(st.sleepMs);
      continue;
    }
    try {
      out.push(
        st.via === 'grpc'
          ? (await grpcExport(st.port, st.signal, st.request)).code
          : (await postJson(st.port, st.signal, st.raw ?? st.request)).status,
      );
    } catch (e) {
      out.push('error ' + e.code);
    }
  }
  return out;
}
const launch = (yaml) => {
  const f = tmp + 'c.yaml';
  fs.writeFileSync(f, yaml.replaceAll('$DIR', tmp.slice(0, -1)));
  const p = new Program(KANMON, ['--config', f]);
  running.add(p);
  return p;
};
const stop = async (p) => {
  const c = await p.stop(7000);
  running.delete(p);
  return c;
};
const parseProm = (t) => {
  const m = new Map();
  let f;
  for (const l of t.split('\n')) {
    let x;
    if (!l) continue;
    if ((x = /^# HELP (\S+) (.*)$/.exec(l))) m.set(x[1], (f = { help: x[2], type: null, samples: new Map() }));
    else if ((x = /^# TYPE (\S+) (\S+)$/.exec(l))) f.type = x[2];
    else if ((x = /^([^\s{]+)(\{.*\})? (\S+)$/.exec(l)) && f) f.samples.set(x[1] + (x[2] ?? ''), x[3]);
  }
  return m;
};
async function exposition() {
  for (const s of json('exposition.json')) {
    const sinks = await openSinks(s.sinks);
    const p = launch(fs.readFileSync(here + s.config, 'utf8'));
    try {
      if (!(await p.ready(s.ready))) {
        ok(`exposition ${s.name}`, false, 'did not start: ' + p.err.slice(-300));
        continue;
      }
      await sleep(250);
      const ans = await steps(s.steps);
      ok(
        `exposition ${s.name}: answers`,
        eq(ans, s.answers),
        `${JSON.stringify(ans)}, expected ${JSON.stringify(s.answers)}`,
      );
      await sleep(s.settleMs);
      for (const sc of s.scrape) {
        const r = await request('GET', '127.0.0.1', sc.port, '/metrics');
        const cmd = /^target_info\{.*service_name="([^"]*)"/m.exec(r.body)?.[1];
        const exp = parseProm(fs.readFileSync(here + sc.file, 'utf8'));
        const wantsCmd = [...(exp.get('target_info')?.samples.keys() ?? [])].some((k) =>
          k.includes('service_name="<command>"'),
        );
        const sub = (k) => {
          k = k
            .replace(/((?:service_version|otel_scope_version)=")[^"]+"/g, '$1<version>"')
            .replace(/(service_instance_id=")[^"]*/g, '$1<uuid>');
          return wantsCmd && cmd ? k.replaceAll(`service_name="${cmd}"`, 'service_name="<command>"') : k;
        };
        const got = parseProm(r.body);
        for (const [n, f] of exp) {
          const g = got.get(n);
          const nm = `exposition ${s.name}: ${n}`;
          if (!g) {
            ok(nm, false, 'missing');
            continue;
          }
          if (g.help !== f.help || g.type !== f.type) {
            ok(nm, false, `${g.type} "${g.help}", expected ${f.type} "${f.help}"`);
            continue;
          }
          const gs = new Map([...g.samples].map(([k, v]) => [sub(k), v]));
          const miss = [...f.samples.keys()].filter((k) => !gs.has(k)),
            more = [...gs.keys()].filter((k) => !f.samples.has(k)),
            diff = [...f.samples].filter(([k, v]) => v !== '<n>' && gs.has(k) && Number(gs.get(k)) !== Number(v));
          ok(
            nm,
            !miss.length && !more.length && !diff.length,
            `missing ${miss.length} ${miss[0] ?? ''} | unexpected ${more.length} ${more[0] ?? ''} | values ${diff
              .slice(0, 2)
              .map(([k, v]) => `${k} ${gs.get(k)}, expected ${v}`)
              .join(',')}`,
          );
        }
        const extra = [...got.keys()].filter((n) => !exp.has(n) && (STRICT || n.startsWith('otelcol_')));
        ok(`exposition ${s.name}: no further metrics`, !extra.length, extra.join(' '));
      }
    } finally {
      await stop(p);
      for (const x of sinks) await x.stop();
    }
  }
}
// STRICT=1 also compares the words of logs and errors, which another implementation need not share
const STRICT = process.env.STRICT === '1';
// lines that people grep for
const CONTRACT = new RegExp(
  `^(${[
    'Everything is ready',
    'Starting HTTP server',
    'Starting GRPC server',
    'Starting shutdown',
    'Shutdown complete',
    'Received signal from OS',
  ].join('|')})`,
);
const face = (l) =>
  l.columns
    ? { level: l.columns[1], msg: l.columns[3] ?? l.columns[2], id: l.fields?.['otelcol.component.id'] }
    : { level: l.level, msg: l.msg, id: l['otelcol.component.id'] };
const sortKeys = (x) =>
  Array.isArray(x)
    ? x.map(sortKeys)
    : x && typeof x === 'object'
      ? Object.fromEntries(
          Object.keys(x)
            .sort()
            .map((k) => [k, sortKeys(x[k])]),
        )
      : x;
function normLine(o, names) {
  const clean = (s) => {
    s = s.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>');
    for (const [a, b] of names) if (a) s = s.replaceAll(a, b);
    return s;
  };
  const r = {};
  for (const [k, v] of Object.entries(o)) {
    if (k === 'ts') r.ts = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d{4})$/.test(v) ? '<iso8601-ms>' : v;
    else if (k === 'caller' || k === 'stacktrace' || k === 'config')
      r[k] = { caller: '<caller>', stacktrace: '<stack>', config: '<config>' }[k];
    else if (
      k === 'NumCPU' ||
      k.endsWith('_mib') ||
      (k.endsWith('interval') && k !== 'interval' && typeof v !== 'object')
    )
      r[k] = '<n>';
    else
      r[k] = typeof v === 'string' ? clean(v) : v && typeof v === 'object' ? JSON.parse(clean(JSON.stringify(v))) : v;
  }
  return r;
}
function parseLog(t, encoding) {
  const js = (l) => {
    try {
      return JSON.parse(l);
    } catch {
      return null;
    }
  };
  const rows = t.split('\n').filter((l) => l.trim());
  const objs = rows.map((l) => (encoding === 'json' ? js(l) : js(l.split('\t').at(-1))));
  const res = objs.find((o) => o?.resource)?.resource;
  const m = /Starting ([^\t"]+?)\.\.\./.exec(rows.find((l) => /Version/.test(l)) ?? '');
  const names = [
    [m?.[1] ?? res?.['service.name'], '<command>'],
    [objs.find((o) => o?.Version)?.Version ?? res?.['service.version'], '<version>'],
  ]; // the program's own name and version
  const out = [];
  for (const l of rows) {
    if (encoding === 'json') {
      const o = js(l);
      if (o?.grpc_log) continue;
      out.push(o ? normLine(o, names) : { text: l });
    } else {
      if (!/^\d{4}-/.test(l)) {
        if (/^(Error|panic)/.test(l)) out.push({ text: l });
        continue;
      }
      const f = l.split('\t');
      const o = js(f.at(-1));
      if (o?.grpc_log) continue;
      out.push({
        columns: [
          /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d{4})$/.test(f[0]) ? '<iso8601-ms>' : f[0],
          ...f
            .slice(1, o ? -1 : undefined)
            .map((x) =>
              /^\S+\.\w+:\d+$/.test(x) ? '<caller>' : names.reduce((s, [a, b]) => (a ? s.replaceAll(a, b) : s), x),
            ),
        ],
        ...(o ? { fields: normLine(o, names) } : {}),
      });
    }
  }
  return out;
}
async function logs() {
  for (const s of fs
    .readFileSync(here + 'logs.jsonl', 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l))) {
    if (s.badConfig || s.name === 'sighup-bad') continue;
    const sinks = await openSinks(s.sinks);
    let occ;
    if (s.occupied) {
      occ = net.createServer();
      await new Promise((a) => occ.listen(s.occupied, '127.0.0.1', a));
    }
    const p = launch(s.config);
    try {
      if (!s.occupied) {
        if (!(await p.ready(s.ready))) {
          ok(`logs ${s.name}`, false, 'did not start: ' + p.err.slice(-300));
          continue;
        }
        await sleep(250);
      }
      const ans = await steps(s.steps);
      ok(`logs ${s.name}: answers`, eq(ans, s.answers), JSON.stringify(ans));
      await sleep(s.settleMs);
      for (let i = 0; i < (s.sighup ?? 0); i++) {
        p.p.kill('SIGHUP');
        await sleep(900);
      }
      if (p.code === undefined && !s.occupied) p.p.kill(s.signal);
      const code = await Promise.race([p.exit, sleep(7000).then(() => 'still running')]);
      ok(`logs ${s.name}: exit`, code === s.exit, `${code}, expected ${s.exit}`);
      const got = parseLog(p.err || p.out, s.encoding);
      if (s.counts) {
        const c = {};
        for (const l of got) c[l.msg] = (c[l.msg] ?? 0) + 1;
        for (const [m, n] of Object.entries(s.counts)) {
          const msg = m;
          ok(`logs ${s.name}: count of "${m.slice(0, 40)}"`, (c[msg] ?? 0) === n, `${c[msg] ?? 0}, expected ${n}`);
        }
        continue;
      }
      if (!STRICT) {
        for (const l of s.lines) {
          const e = face(l);
          if (!e.level || /debug/i.test(e.level)) continue;
          const words = CONTRACT.exec(e.msg ?? '')?.[1];
          if (!words && !(e.id && /warn|error/i.test(e.level))) continue;
          ok(
            `logs ${s.name}: ${e.level} ${e.id ?? ''} ${words ?? ''}`,
            got.some((g) => {
              const f = face(g);
              return (
                String(f.level).toLowerCase() === e.level.toLowerCase() &&
                (f.id ?? null) === (e.id ?? null) &&
                (!words || String(f.msg).startsWith(words))
              );
            }),
            'no such line',
          );
        }
        continue;
      }
      const key = (l) => JSON.stringify(sortKeys(l));
      const pool = got.map(key);
      for (const l of s.lines) {
        const k = key(l);
        const i = pool.indexOf(k);
        ok(
          `logs ${s.name}: ${JSON.stringify(l.msg ?? l.columns ?? l.text).slice(0, 90)}`,
          i >= 0,
          i >= 0 ? '' : 'no such line; expected ' + k,
        );
        if (i >= 0) pool.splice(i, 1);
      }
      ok(`logs ${s.name}: no other lines`, !pool.length, `${pool.length}: ${pool[0]}`);
      if (!s.orderVaries && !pool.length) ok(`logs ${s.name}: order`, eq(got.map(key), s.lines.map(key)));
    } finally {
      await stop(p);
      for (const x of sinks) await x.stop();
      if (occ) await new Promise((a) => occ.close(a));
    }
  }
}
async function http_() {
  for (const c of json('http.json')) {
    if (c.name === 'health-while-draining') continue;
    /* for a test of your own: it needs a signal midway */ const p = launch(c.config);
    try {
      if (!(await p.ready([31001]))) {
        ok('http ' + c.name, false, 'did not start: ' + p.err.slice(-300));
        continue;
      }
      await sleep(400);
      for (const q of c.requests) {
        const nm = `http ${c.name}: ${q.method} ${q.path}`;
        try {
          const r = await request(q.method, '127.0.0.1', q.port, q.path, null, q.headers ?? {});
          const b = r.body
            .replace(/"upSince":"20[^"]*"/, '"upSince":"<rfc3339nano>"')
            .replace(/"uptime":"[^"]+"/, '"uptime":"<duration>"');
          ok(
            `${nm}: status and type`,
            r.status === q.status && (r.type ?? null) === q.contentType,
            `${r.status} ${r.type}, expected ${q.status} ${q.contentType}`,
          );
          if (q.body !== undefined && q.status !== 307) ok(`${nm}: body`, b === q.body, b);
          if (q.location) ok(`${nm}: location`, r.headers.location === q.location);
        } catch (e) {
          ok(nm, false, e.message);
        }
      }
    } finally {
      await stop(p);
    }
  }
}
async function config() {
  for (const c of json('config.json')) {
    fs.writeFileSync(tmp + 'v.yaml', c.config);
    const p = new Program(KANMON, ['validate', '--config', tmp + 'v.yaml']);
    running.add(p);
    const code = await p.exit;
    running.delete(p);
    const early = !STRICT && c.run?.result === 'fails at start' && code !== 0;
    ok(
      `config ${c.name}: exit`,
      early || (STRICT ? code === c.exit : !code === !c.exit),
      `${code}, expected ${c.exit}; ${p.err}`,
    );
    if (early) continue;
    if (c.exit && STRICT) ok(`config ${c.name}: message`, p.err.trim() === c.stderr.trim(), p.err.trim());
    if (c.run?.result === 'fails at start') {
      const r = new Program(KANMON, ['--config', tmp + 'v.yaml']);
      running.add(r);
      const e = await Promise.race([r.exit, sleep(20_000).then(() => 'still running')]);
      if (e === 'still running') await r.stop();
      running.delete(r);
      ok(
        `config ${c.name}: start fails`,
        e === c.run.exit || (!STRICT && e !== 0 && e !== 'still running'),
        `${e}, expected ${c.run.exit}`,
      );
      if (STRICT) ok(`config ${c.name}: start message`, r.err.includes(c.run.stderr), r.err.slice(-200));
    }
  }
}
setTimeout(
  () => {
    for (const p of running) p.p.kill('SIGKILL');
    console.log(`FAIL time limit reached\n${passed} passed, ${failed + 1} failed`);
    process.exit(1);
  },
  +(process.env.LIMIT_MS ?? 600_000),
).unref();
for (const [n, f] of Object.entries({ config, http: http_, logs, exposition }))
  if (want(n)) {
    const t = Date.now();
    try {
      await f();
    } catch (e) {
      ok(n, false, e.stack);
      for (const p of running) await p.stop(2000);
      running.clear();
    }
    if (process.env.TIMES) console.log(n, Date.now() - t, 'ms');
  }
fs.rmSync(tmp, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
