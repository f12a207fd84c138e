// Replays the load_balancing cases against the program named in env KANMON. Usage: KANMON='node dist/cli/main.js' node
// replay.mjs [part ...] parts: config rings keys splits failures metrics dns. Needs Linux (all of 127/8 is loopback);
// host-name sets need a writable /etc/hosts, dns needs `unshare -m` and port 53 on 127.0.1.53 (both skipped when not
// possible).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execFileSync } from 'node:child_process';
import { Sink, Program, postJson, grpcExport, request, sleep } from '../support/otlp.mjs';
import { CommandLines } from '../support/command-lines.mjs';
import { Dns, wrap } from './dns.mjs';
const KANMON = process.env.KANMON;
if (!KANMON) {
  console.error('set KANMON');
  process.exit(2);
}
const here = path.dirname(fileURLToPath(import.meta.url)) + '/';
const tmp = fs.mkdtempSync(path.join(os.tmpdir(), 'check-lb-')) + '/';
const only = process.argv.slice(2);
const want = (p) => !only.length || only.includes(p);
let passed = 0,
  failed = 0;
const skipped = [];
const ok = (name, good, why = '') => {
  if (good) passed++;
  else {
    failed++;
    console.log(`FAIL ${name}${why ? ': ' + String(why).slice(0, 300) : ''}`);
  }
};
const lines = (f) =>
  fs
    .readFileSync(here + f, 'utf8')
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l));
const json = (f) => JSON.parse(fs.readFileSync(here + f, 'utf8'));
const eq = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const running = new Set();
async function start(yaml, ports, cmd = KANMON) {
  const f = tmp + 'c.yaml';
  fs.writeFileSync(f, yaml);
  const p = new Program(cmd, ['--config', f]);
  running.add(p);
  if (!(await p.ready(ports))) {
    const e = p.err.slice(-300);
    await stop(p);
    throw new Error('did not start: ' + e);
  }
  await sleep(150);
  return p;
}
async function stop(p) {
  await p.stop(6000);
  running.delete(p);
}
const sinks = new Map();
async function listen(host, port) {
  const k = host + ':' + port;
  if (sinks.has(k)) return sinks.get(k);
  const s = new Sink(host, port);
  await s.start();
  sinks.set(k, s);
  return s;
}
const closeSinks = async () => {
  for (const s of sinks.values()) await s.stop();
  sinks.clear();
};
const local = (r) => r.local.replace('::ffff:', '').replace(/^::1:/, '[::1]:');
function markers(signal, d) {
  const out = [];
  if (signal === 'traces')
    for (const r of d.resourceSpans ?? [])
      for (const s of r.scopeSpans ?? []) for (const x of s.spans ?? []) out.push(+(x.startTimeUnixNano ?? 0));
  if (signal === 'logs')
    for (const r of d.resourceLogs ?? [])
      for (const s of r.scopeLogs ?? []) for (const x of s.logRecords ?? []) out.push(+(x.timeUnixNano ?? 0));
  if (signal === 'metrics')
    for (const r of d.resourceMetrics ?? [])
      for (const s of r.scopeMetrics ?? [])
        for (const m of s.metrics ?? [])
          for (const x of (m.gauge ?? m.sum ?? m.histogram ?? m.exponentialHistogram ?? m.summary)?.dataPoints ?? [])
            out.push(+(x.timeUnixNano ?? 0));
  return out;
}
const OTLP =
  'protocol: {otlp: {tls: {insecure: true}, compression: none, timeout: 20s, sending_queue: {enabled: false}, ' +
  'retry_on_failure: {enabled: false}}}';
/** one program with many load balancers: list of {signal, exporter, endpoints}; receiver i listens on base+i */
function many(list, base) {
  let r = '',
    e = '',
    p = '';
  list.forEach((x, i) => {
    r += `  otlp/${i}: {protocols: {http: {endpoint: "127.0.0.1:${base + i}", max_request_body_size: 100000000}}}\n`;
    const { routing_key: key, routing_attributes: attributes } = x.exporter;
    e += `  load_balancing/${i}:\n`;
    if (key !== undefined) e += `    routing_key: ${JSON.stringify(key)}\n`;
    if (attributes) e += `    routing_attributes: ${JSON.stringify(attributes)}\n`;
    e += `    ${OTLP}\n    resolver: {static: {hostnames: ${JSON.stringify(x.endpoints)}}}\n`;
    p += `    ${x.signal}/${i}: {receivers: [otlp/${i}], exporters: [load_balancing/${i}]}\n`;
  });
  return `receivers:\n${r}exporters:\n${e}service:\n  telemetry: {metrics: {level: none}}\n  pipelines:\n${p}`;
}
const A = (s) => ({ attributes: [{ key: 'service.name', value: { stringValue: s } }] });
const reqs = {
  traces_traceID: (ids) => ({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: ids.map((traceId, i) => ({
              traceId,
              spanId: '0000000000000001',
              name: 's',
              startTimeUnixNano: String(1 + i),
            })),
          },
        ],
      },
    ],
  }),
  logs_traceID: (ids) => ({
    resourceLogs: [
      { scopeLogs: [{ logRecords: ids.map((traceId, i) => ({ traceId, timeUnixNano: String(1 + i) })) }] },
    ],
  }),
  traces_service: (names) => ({
    resourceSpans: names.map((s, i) => ({
      resource: A(s),
      scopeSpans: [
        {
          spans: [
            {
              traceId: '0000000000000000000000000000000a',
              spanId: '0000000000000001',
              name: 's',
              startTimeUnixNano: String(1 + i),
            },
          ],
        },
      ],
    })),
  }),
  metrics_service: (names) => ({
    resourceMetrics: names.map((s, i) => ({
      resource: A(s),
      scopeMetrics: [
        { metrics: [{ name: 'm', gauge: { dataPoints: [{ timeUnixNano: String(1 + i), asInt: '1' }] } }] },
      ],
    })),
  }),
};
const MARK = '# check-load-balancing';
const hostsFile = '/etc/hosts';
function setHosts(map) {
  const keep = fs
    .readFileSync(hostsFile, 'utf8')
    .split('\n')
    .filter((l) => !l.endsWith(MARK));
  while (keep.at(-1) === '') keep.pop();
  fs.writeFileSync(hostsFile, [...keep, ...Object.entries(map).map(([n, ip]) => `${ip} ${n} ${MARK}`), ''].join('\n'));
}

// STRICT=1 also compares the words of errors, which another implementation need not share
const STRICT = process.env.STRICT === '1';
async function config() {
  const commands = new CommandLines(KANMON.split(' '));
  for (const c of json('config-errors.json')) {
    fs.writeFileSync(tmp + 'v.yaml', c.config);
    const { code, stderr } = await commands.run(['validate', '--config', tmp + 'v.yaml']);
    ok(`config ${c.name}: exit`, STRICT ? code === c.exit : !code === !c.exit, `${code}, expected ${c.exit} ${stderr}`);
    if (c.exit && STRICT) ok(`config ${c.name}: message`, stderr.trim() === c.stderr.trim(), stderr.trim());
  }
  commands.close();
}
async function rings() {
  const sets = lines('rings.jsonl').filter((s) =>
      s.endpoints.every((e) => !e.startsWith('[') && e === e.toLowerCase()),
    ),
    K = json('keys.json');
  const hosts = {};
  let n = 101;
  for (const s of sets)
    for (const e of s.endpoints) {
      const h = e.split(':')[0];
      if (!/^[\d.]+$/.test(h)) hosts[h] ??= `127.0.1.${n++}`;
    }
  let use = sets;
  if (Object.keys(hosts).length) {
    try {
      setHosts(hosts);
    } catch {
      use = sets.filter((s) => s.endpoints.every((e) => /^[\d.]+:/.test(e)));
      skipped.push('rings with host names (no write access to the hosts file)');
    }
  }
  try {
    const addr = (e) => {
      const [h, p] = e.split(':');
      return `${hosts[h] ?? h}:${p ?? 4317}`;
    };
    await listen('0.0.0.0', 31400);
    await listen('0.0.0.0', 31402);
    for (const s of [...use])
      for (const e of s.endpoints) {
        const a = addr(e).split(':');
        if (a[1] === '4317') await listen(a[0], 4317);
      }
    const list = [];
    for (const s of use)
      for (const [k, signal, rk] of s.endpoints.length > 100
        ? [['traces_traceID', 'traces', 'traceID']]
        : [
            ['traces_traceID', 'traces', 'traceID'],
            ['logs_traceID', 'logs', 'traceID'],
            ['traces_service', 'traces', 'service'],
            ['metrics_service', 'metrics', 'service'],
          ])
        list.push({ set: s, k, signal, exporter: { routing_key: rk }, endpoints: s.endpoints });
    const p = await start(
      many(list, 31100),
      list.map((_, i) => 31100 + i),
    );
    for (const [i, x] of list.entries()) {
      const first = new Map();
      x.set.endpoints.forEach((e, j) => {
        if (!first.has(addr(e))) first.set(addr(e), j);
      });
      const go = async (k, keys) => {
        const own = [];
        for (const s of sinks.values()) {
          s.got = [];
          s.reply = (r) => {
            const e = first.get(local(r));
            for (const m of markers(x.signal, r.data)) own[m - 1] = e;
          };
        }
        let r = await postJson(31100 + i, x.signal, reqs[k](keys));
        if (r.status === 503) {
          await sleep(1000);
          r = await postJson(31100 + i, x.signal, reqs[k](keys));
        }
        return r.status === 200 ? own : `status ${r.status} ${r.body}`;
      };
      const cmp = (name, got, exp) => {
        if (typeof got === 'string') return ok(name, false, got);
        const bad = exp.flatMap((e, j) => (e === null || got[j] === e ? [] : [j]));
        ok(
          name,
          !bad.length,
          `${bad.length} of ${exp.length} keys went elsewhere, first: key ${bad[0]} to ` +
            `${x.set.endpoints[got[bad[0]]] ?? 'nobody'}, expected ${x.set.endpoints[exp[bad[0]]]}`,
        );
      };
      const keys = x.k.endsWith('service') ? K.services : K.traceIds;
      const sub =
        x.k === 'logs_traceID' ? keys.map((_, j) => j).filter((j) => x.set[x.k][j] !== null) : keys.map((_, j) => j);
      cmp(
        `ring ${x.set.name} ${x.k}`,
        await go(
          x.k,
          sub.map((j) => keys[j]),
        ),
        sub.map((j) => x.set[x.k][j]),
      );
      if (x.k === 'traces_traceID')
        cmp(
          `ring ${x.set.name} boundary`,
          await go(
            x.k,
            x.set.boundary.map((b) => b[0]),
          ),
          x.set.boundary.map((b) => b[2]),
        );
    }
    await stop(p);
  } finally {
    await closeSinks();
    try {
      setHosts({});
    } catch {
      /* nothing was written */
    }
  }
}
async function keys() {
  const T = lines('routing-keys.jsonl');
  const groups = [...new Set(T.map((c) => JSON.stringify([c.signal, c.exporter])))];
  const eps = Array.from({ length: 40 }, (_, i) => `127.0.1.${i + 1}:31400`);
  const sink = await listen('0.0.0.0', 31400);
  const p = await start(
    many(
      groups.map((g) => {
        const [signal, exporter] = JSON.parse(g);
        return { signal, exporter, endpoints: eps };
      }),
      31200,
    ),
    groups.map((_, i) => 31200 + i),
  );
  for (const c of T) {
    sink.got = [];
    sink.reply = null;
    const r = await postJson(31200 + groups.indexOf(JSON.stringify([c.signal, c.exporter])), c.signal, c.request);
    const got = sink
      .take()
      .map((g) => ({ endpoint: local(g), items: markers(c.signal, g.data).sort((a, b) => a - b) }))
      .sort((a, b) => a.items[0] - b.items[0]);
    const nm = `key ${c.signal} ${JSON.stringify(c.exporter)} ${c.name}`;
    if (r.status !== c.status) {
      ok(nm, false, `status ${r.status}, expected ${c.status}`);
      continue;
    }
    if (c.random) {
      const all = got.flatMap((g) => g.items).sort((a, b) => a - b);
      ok(nm, eq(all, c.sent[0].items) && new Set(got.map((g) => g.endpoint)).size > 1, JSON.stringify(got));
      continue;
    }
    ok(nm, eq(got, c.sent), `${JSON.stringify(got)}, expected ${JSON.stringify(c.sent)}`);
  }
  await stop(p);
  await closeSinks();
}
const canon = (x) => {
  if (Array.isArray(x)) return x.map(canon);
  if (x && typeof x === 'object') {
    const o = {};
    for (const k of Object.keys(x).sort()) {
      if ((k === 'parentSpanId' || k === 'spanId' || k === 'traceId') && x[k] === '') continue;
      if ((k === 'status' || k === 'scope' || k === 'resource') && !Object.keys(x[k]).length) continue;
      o[k] = canon(x[k]);
    }
    return o;
  }
  return x;
};
const minMark = (x) => {
  let m = Infinity;
  JSON.stringify(x, (k, v) => {
    if ((k === 'startTimeUnixNano' || k === 'timeUnixNano') && +v < m) m = +v;
    return v;
  });
  return m;
};
const sortAll = (x) => {
  if (Array.isArray(x)) {
    const a = x.map(sortAll);
    if (
      a.length &&
      typeof a[0] === 'object' &&
      ('scopeSpans' in a[0] ||
        'scopeLogs' in a[0] ||
        'scopeMetrics' in a[0] ||
        'spans' in a[0] ||
        'metrics' in a[0] ||
        'logRecords' in a[0] ||
        'dataPoints' in a[0] ||
        'gauge' in a[0] ||
        'sum' in a[0] ||
        'timeUnixNano' in a[0])
    )
      a.sort((p, q) => minMark(p) - minMark(q));
    return a;
  }
  if (x && typeof x === 'object') return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, sortAll(v)]));
  return x;
};
async function splits() {
  const T = lines('splits.jsonl');
  const sink = await listen('0.0.0.0', 31400);
  const p = await start(
    many(T, 31200),
    T.map((_, i) => 31200 + i),
  );
  for (const [i, c] of T.entries()) {
    sink.got = [];
    const r = await postJson(31200 + i, c.signal, c.request);
    const got = Object.fromEntries(
      sink
        .take()
        .map((g) => [local(g), canon(g.data)])
        .sort(),
    );
    const f = c.orderVaries ? (x) => canon(sortAll(x)) : canon;
    ok(`split ${c.signal} ${c.name}`, r.status === 200 && eq(f(got), f(c.delivered)), JSON.stringify(got));
  }
  await stop(p);
  await closeSinks();
}
const V = (n) => Buffer.from([n]);
const pstr = (s) => Buffer.concat([V(s.length), Buffer.from(s)]);
const vint = (n) => {
  const o = [];
  while (n > 127) {
    o.push((n & 127) | 128);
    n = Math.floor(n / 128);
  }
  o.push(n);
  return Buffer.from(o);
};
const retryInfo = (code, msg, [s, ns]) => {
  const d = Buffer.concat([
    s ? Buffer.concat([V(8), vint(s)]) : Buffer.alloc(0),
    ns ? Buffer.concat([V(16), vint(ns)]) : Buffer.alloc(0),
  ]);
  const ri = Buffer.concat([V(10), V(d.length), d]);
  const any = Buffer.concat([V(10), pstr('type.googleapis.com/google.rpc.RetryInfo'), V(18), V(ri.length), ri]);
  return Buffer.concat([V(8), V(code), V(18), pstr(msg), V(26), V(any.length), any]);
};
async function failures() {
  const R = json('failure-requests.json');
  const EPS = ['127.0.1.1:31400', '127.0.1.2:31400', '127.0.1.3:31400'];
  for (const c of lines('failures.jsonl'))
    for (const via of ['http', 'grpc']) {
      const nm = `failure (${via}) ${c.name}`;
      const got = Object.fromEntries(EPS.map((e) => [e, []]));
      for (const e of EPS) {
        const f = c.backends[e];
        if (f === 'refused') continue;
        const s = await listen(e.split(':')[0], 31400);
        let n = 0;
        s.reply = async (r) => {
          const items = markers(c.signal, r.data).sort((a, b) => a - b);
          if (f?.delay) {
            got[e].push({ items, code: 'late' });
            await sleep(f.delay);
            return;
          }
          n++;
          const code = f && f.code && !(f.times && n > f.times) ? f.code : 0;
          got[e].push({ items, code });
          if (code)
            return {
              code,
              message: f.message,
              details: f.retryInfo ? retryInfo(code, f.message, f.retryInfo) : undefined,
            };
        };
        if (f?.partial) s.body = Buffer.from([0x0a, 6, 8, 1, 0x12, 2, 0x6e, 0x6f]);
      }
      try {
        const p = await start(c.config, [31000, 31001]);
        const ans = [];
        for (let k = 0; k < c.requests; k++) {
          if (via === 'http') {
            const a = await postJson(31001, c.signal, R[c.signal][k]);
            let b;
            try {
              b = JSON.parse(a.body);
            } catch {
              b = a.body;
            }
            ans.push({
              status: a.status,
              ...(a.status === 200
                ? {}
                : { body: b, ...(a.headers['retry-after'] ? { retryAfter: a.headers['retry-after'] } : {}) }),
            });
          } else {
            const a = await grpcExport(31000, c.signal, R[c.signal][k]);
            ans.push({
              code: a.code,
              ...(a.message ? { message: a.message } : {}),
              ...(a.details ? { detailsBase64: a.details } : {}),
            });
          }
        }
        await sleep(c.waitMs);
        const exp = c[via];
        const loose = c.orderDependent || /Error while dialing|deadline/.test(JSON.stringify(exp.answers));
        const st = (x) =>
          x.map((a) =>
            c.orderDependent ? (a.status ?? a.code) !== 200 && (a.status ?? a.code) !== 0 : (a.status ?? a.code),
          );
        ok(`${nm}: status`, eq(st(ans), st(exp.answers)), JSON.stringify(ans));
        if (!loose)
          ok(`${nm}: answer`, eq(ans, exp.answers), `${JSON.stringify(ans)}, expected ${JSON.stringify(exp.answers)}`);
        ok(
          `${nm}: what the backends got`,
          eq(got, exp.received),
          `${JSON.stringify(got)}, expected ${JSON.stringify(exp.received)}`,
        );
        await stop(p);
      } catch (e) {
        ok(nm, false, e.message);
      }
      await closeSinks();
    }
}
const norm = (t) =>
  t
    .split('\n')
    .filter((l) => l && !/process_|promhttp|go_/.test(l))
    .map((l) =>
      l
        .replace(/(service_instance_id=")[^"]*/, '$1<uuid>')
        .replace(/(service_name=")[^"]*/, '$1<command>')
        .replace(/((?:service_version|otel_scope_version)=")[^"]*/g, '$1<version>')
        .replace(/^(otelcol_loadbalancer_backend_latency\w*_(?:bucket|sum)\{.*\}) .*/, (m, a) =>
          /le="\+Inf"/.test(a) ? m : a + ' <n>',
        ),
    );
async function metrics() {
  const R = json('failure-requests.json').traces[0];
  for (const f of fs.readdirSync(here + 'metrics').filter((x) => x.endsWith('.yaml'))) {
    const name = f.slice(0, -5);
    let n = 0;
    for (const i of [1, 2, 3]) {
      const s = await listen('127.0.1.' + i, 31400);
      s.reply = i === 2 ? () => (++n === 2 ? { code: 3, message: 'bad data' } : null) : null;
    }
    try {
      const p = await start(fs.readFileSync(here + 'metrics/' + f, 'utf8'), [31001, 31888]);
      const get = async () =>
        norm((await request('GET', '127.0.0.1', 31888, '/metrics')).body).filter(
          (l) => !/http_server_re\w+_(body_size|duration)/.test(l),
        );
      const cmp = (w, got) => {
        const exp = fs
          .readFileSync(`${here}metrics/${name}.${w}.prom`, 'utf8')
          .split('\n')
          .filter((l) => l && !/http_server_re\w+_(body_size|duration)/.test(l));
        const miss = exp.filter((l) => !got.includes(l)),
          more = got.filter((l) => !exp.includes(l));
        ok(
          `metrics ${name} ${w}`,
          !miss.length && !more.length,
          `missing ${miss.length}: ${miss[0]}; unexpected ${more.length}: ${more[0]}`,
        );
      };
      cmp('before', await get());
      for (let k = 0; k < 3; k++) {
        await postJson(31001, 'traces', R);
        await sleep(100);
      }
      cmp('after', await get());
      await stop(p);
    } catch (e) {
      ok('metrics ' + name, false, e.message);
    }
    await closeSinks();
  }
}
async function dns() {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' });
  } catch {
    skipped.push('dns (unshare -m not possible)');
    return;
  }
  const d = new Dns('127.0.1.53');
  try {
    await d.start();
  } catch {
    skipped.push('dns (port 53 on 127.0.1.53 not free)');
    return;
  }
  const cmd = wrap(KANMON, tmp + 'resolv.conf', '127.0.1.53');
  await listen('0.0.0.0', 31400);
  await listen('::1', 31400);
  for (const i of [1, 2, 3]) await listen('127.0.1.' + i, 4317);
  const K = json('keys.json').traceIds.slice(0, 100);
  for (const c of json('dns.json')) {
    let cur = c.steps[0].dns;
    d.zone = (n, t) =>
      cur === 'timeout'
        ? null
        : cur === 'SERVFAIL'
          ? { rcode: 2 }
          : cur === 'NXDOMAIN'
            ? { rcode: 3 }
            : cur === 'NODATA'
              ? { a: [] }
              : { a: cur[t] ?? [] };
    try {
      const p = await start(c.config, [31001], cmd);
      for (const [i, st] of c.steps.entries()) {
        cur = st.dns;
        await sleep(i ? 1300 : 300);
        const own = new Set();
        for (const s of sinks.values())
          s.reply = (r) => {
            own.add(local(r));
          };
        const r = await postJson(31001, 'traces', reqs.traces_traceID(K));
        const m = (await request('GET', '127.0.0.1', 31888, '/metrics')).body;
        const val = (k) => {
          const x = new RegExp(`^otelcol_loadbalancer_${k}\\{resolver="dns"\\} (\\d+)`, 'm').exec(m);
          return x ? +x[1] : null;
        };
        const got = {
          status: r.status,
          reached: [...own].sort((a, b) => (a < b ? -1 : 1)),
          num_backends: val('num_backends'),
          num_backend_updates: val('num_backend_updates'),
        };
        ok(
          `dns ${c.name} step ${i + 1} (${JSON.stringify(st.dns)})`,
          eq(got, {
            status: st.status,
            reached: st.reached,
            num_backends: st.num_backends,
            num_backend_updates: st.num_backend_updates,
          }),
          JSON.stringify(got),
        );
      }
      await stop(p);
    } catch (e) {
      ok('dns ' + c.name, false, e.message);
    }
  }
  d.stop();
  await closeSinks();
}
setTimeout(
  () => {
    for (const p of running) p.p.kill('SIGKILL');
    try {
      setHosts({});
    } catch {
      /* nothing was written */
    }
    console.log(`FAIL time limit reached\n${passed} passed, ${failed + 1} failed`);
    process.exit(1);
  },
  +(process.env.LIMIT_MS ?? 600_000),
).unref();
for (const [n, f] of Object.entries({ config, rings, keys, splits, failures, metrics, dns }))
  if (want(n)) {
    const t = Date.now();
    try {
      await f();
    } catch (e) {
      ok(n, false, e.stack);
      for (const p of running) await p.stop(2000);
      running.clear();
      await closeSinks();
    }
    if (process.env.TIMES) console.log(n, Date.now() - t, 'ms');
  }
for (const s of skipped) console.log('SKIPPED', s);
fs.rmSync(tmp, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
