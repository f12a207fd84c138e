// Plays one delivery case: a script of steps against a program. See README.md for the steps. No dependencies.
import http from 'node:http';
import http2 from 'node:http2';
import zlib from 'node:zlib';
import fs from 'node:fs';
import path from 'node:path';
import { decode, encode, Program, Sink, sleep, until, request } from '../support/otlp.mjs';

// ---- payloads in short: "r1/s1:a1 a2;s2:b1|r2/s1:c1" = resource r1 with scopes s1 (items a1, a2) and s2 (b1),
// resource r2 ...; metrics: "g1=1,2" = metric g1 with points 1 and 2. First letter of a metric: g gauge, s sum, h
// histogram, e exponential histogram, y summary. "a1..a9" is a range, "a1*500" an item with 500 more bytes of text.
const kv = (k, v) => ({ key: k, value: { stringValue: v } });
const hex = (s, n) => {
  let h = 0n;
  for (const c of Buffer.from(s)) h = (h * 131n + BigInt(c) + 7n) & ((1n << BigInt(n * 8)) - 1n);
  return h.toString(16).padStart(n * 2, '0');
};
const T0 = '1700000000000000000',
  TYPE = { traces: 'TracesRequest', logs: 'LogsRequest', metrics: 'MetricsRequest' };
const KIND = { g: 'gauge', s: 'sum', h: 'histogram', e: 'exponentialHistogram', y: 'summary' };
function expand(s) {
  const m = /^([a-z]+)(\d+)\.\.\1(\d+)(\*\d+)?$/.exec(s);
  if (!m) return [s];
  const o = [];
  for (let i = +m[2]; i <= +m[3]; i++) o.push(m[1] + i + (m[4] ?? ''));
  return o;
}
function item(signal, s) {
  const [id, pad] = s.split('*');
  const extra = pad ? [kv('pad', 'x'.repeat(+pad))] : [];
  if (signal === 'logs')
    return { timeUnixNano: T0, severityNumber: 9, body: { stringValue: id }, attributes: [kv('n', id), ...extra] };
  if (signal === 'traces')
    return {
      traceId: hex(id, 16),
      spanId: hex(id, 8),
      name: id,
      kind: 2,
      startTimeUnixNano: T0,
      endTimeUnixNano: '1700000001000000000',
      attributes: [kv('n', id), ...extra],
      status: { code: 1 },
    };
  const [name, pts] = id.split('=');
  const k = KIND[name[0]] ?? 'gauge';
  const point = (p) => {
    const b = { attributes: [kv('p', p)], startTimeUnixNano: T0, timeUnixNano: T0 };
    if (k === 'gauge' || k === 'sum') return { ...b, asInt: '7' };
    if (k === 'histogram') return { ...b, count: '3', sum: 2.5, bucketCounts: ['1', '2'], explicitBounds: [1] };
    if (k === 'summary') return { ...b, count: '3', sum: 2.5, quantileValues: [{ quantile: 0.5, value: 1 }] };
    return {
      ...b,
      count: '3',
      sum: 2.5,
      scale: 1,
      zeroCount: '1',
      positive: { offset: 1, bucketCounts: ['2'] },
      negative: { offset: 0, bucketCounts: [] },
    };
  };
  const body = {
    dataPoints: (pts ?? '')
      .split(',')
      .filter(Boolean)
      .flatMap((p) => {
        const m = /^(\d+)\.\.(\d+)$/.exec(p);
        return m ? Array.from({ length: +m[2] - +m[1] + 1 }, (_, i) => String(+m[1] + i)) : [p];
      })
      .map(point),
  };
  if (k === 'sum') {
    body.aggregationTemporality = 2;
    body.isMonotonic = true;
  }
  if (k === 'histogram' || k === 'exponentialHistogram') body.aggregationTemporality = 1;
  return { name, description: 'd', unit: 'By', [k]: body };
}
const N = {
  traces: ['resourceSpans', 'scopeSpans', 'spans'],
  logs: ['resourceLogs', 'scopeLogs', 'logRecords'],
  metrics: ['resourceMetrics', 'scopeMetrics', 'metrics'],
};
export function build(signal, text) {
  const [R, C, I] = N[signal];
  if (text === '') return { [R]: [] };
  return {
    [R]: text.split('|').map((r) => {
      const [res, rest = ''] = r.trim().split('/');
      return {
        resource: { attributes: [kv('r', res)] },
        schemaUrl: 'u/' + res,
        [C]:
          rest === ''
            ? []
            : rest.split(';').map((c) => {
                const [sc, its = ''] = c.split(':');
                return {
                  scope: { name: sc, version: '1' },
                  schemaUrl: 'u/' + sc,
                  [I]: its
                    .split(' ')
                    .filter(Boolean)
                    .flatMap(expand)
                    .map((s) => item(signal, s)),
                };
              }),
      };
    }),
  };
}
const void0 = (y) =>
  y === undefined ||
  y === 0 ||
  y === '0' ||
  y === '' ||
  y === false ||
  (Array.isArray(y) ? !y.length : y && typeof y === 'object' && !Object.keys(y).length);
const strip = (v) =>
  Array.isArray(v)
    ? v.map(strip)
    : v && typeof v === 'object'
      ? Object.fromEntries(
          Object.keys(v)
            .sort()
            .map((k) => [k, strip(v[k])])
            .filter(([, y]) => !void0(y)),
        )
      : v;
const clean = (o) => JSON.stringify(strip(o)); // fields with zero or empty values do not count
/**
 * the reverse of build(); "!" behind a name marks one whose other fields (schema URL, unit, times, ...) are not those
 * that were sent
 */
export function brief(signal, data) {
  const [R, C, I] = N[signal];
  const runs = (ids) => {
    const o = [];
    for (let i = 0; i < ids.length;) {
      const m = /^([a-z]+)(\d+)$/.exec(ids[i]);
      let j = i;
      while (m && ids[j + 1] === m[1] + (+m[2] + j + 1 - i)) j++;
      if (j - i >= 2) {
        o.push(`${ids[i]}..${ids[j]}`);
        i = j + 1;
      } else o.push(ids[i++]);
    }
    return o;
  };
  return (data[R] ?? [])
    .map((r) => {
      const res = r.resource?.attributes?.[0]?.value?.stringValue ?? '?';
      return (
        res +
        (r.schemaUrl === 'u/' + res ? '' : '!') +
        '/' +
        (r[C] ?? [])
          .map((c) => {
            const sc = c.scope?.name ?? '';
            return (
              sc +
              (c.schemaUrl === 'u/' + sc && c.scope?.version === '1' ? '' : '!') +
              ':' +
              runs(
                (c[I] ?? []).map((x) => {
                  if (signal !== 'metrics') {
                    const id = signal === 'logs' ? x.body?.stringValue : x.name;
                    const pad = x.attributes?.find((a) => a.key === 'pad');
                    const s = pad ? `${id}*${pad.value.stringValue.length}` : id;
                    return s + (clean(x) === clean(item(signal, s)) ? '' : '!');
                  }
                  const k = Object.values(KIND).find((q) => x[q]);
                  const ps = (x[k]?.dataPoints ?? []).map((p) => p.attributes?.[0]?.value?.stringValue ?? '?');
                  const pr = [];
                  for (let i = 0; i < ps.length;) {
                    let j = i;
                    while (/^\d+$/.test(ps[i]) && ps[j + 1] === String(+ps[i] + j + 1 - i)) j++;
                    if (j - i >= 2) {
                      pr.push(`${ps[i]}..${ps[j]}`);
                      i = j + 1;
                    } else pr.push(ps[i++]);
                  }
                  return (
                    `${x.name}=${pr.join(',')}` + (clean(x) === clean(item('metrics', `${x.name}=${ps}`)) ? '' : '!')
                  );
                }),
              ).join(' ')
            );
          })
          .join(';')
      );
    })
    .join('|');
}
// ---- sinks: answers are used in turn, the last one repeats. {code|status, message, retryMs, retryAfter, delay, hang,
// close, partial}
const vi = (n) => {
  const o = [];
  do {
    let x = n % 128;
    n = Math.floor(n / 128);
    if (n) x |= 128;
    o.push(x);
  } while (n);
  return Buffer.from(o);
};
const lenf = (no, b) => Buffer.concat([vi(no * 8 + 2), vi(b.length), b]);
export function rpcStatus(code, message, retryMs) {
  const d = Buffer.concat([vi(8), vi(Math.floor(retryMs / 1000)), vi(16), vi((retryMs % 1000) * 1e6)]);
  return Buffer.concat([
    vi(8),
    vi(code),
    lenf(2, Buffer.from(message ?? '')),
    lenf(3, Buffer.concat([lenf(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')), lenf(2, lenf(1, d))])),
  ]);
}
class Backend {
  constructor(kind, port) {
    this.kind = kind;
    this.port = port;
    this.got = [];
    this.answers = [{}];
    this.all = 0;
    this.now = 0;
    this.most = 0;
    this.held = new Set();
  }
  next() {
    return this.answers.length > 1 ? this.answers.shift() : this.answers[0];
  }
  async decide(req) {
    const a = this.next();
    req.answer = a;
    this.now++;
    this.most = Math.max(this.most, this.now);
    if (a.delay) await sleep(a.delay);
    if (a.hang) {
      req.pending = true;
      await new Promise((ok) => {
        this.held.add(ok);
        req.release = ok;
      });
      req.pending = false;
      this.held.delete(req.release);
    }
    this.now--;
    return a;
  }
  note(a, req) {
    if (req.gone) return 'gone';
    if (req.pending) return 'open';
    if (a.close) return 'closed';
    const c = this.kind === 'grpc' ? a.code : a.status;
    return c && c !== 200 ? String(c) : a.partial ? 'partial' : '';
  }
  async up() {
    if (this.kind === 'grpc') {
      const s = (this.s = new Sink('127.0.0.1', this.port));
      s.reply = async (q) => {
        const req = { at: q.at, text: `${q.signal} ${brief(q.signal, q.data)}`, headers: q.headers };
        this.got.push(req);
        this.all++;
        const a = await this.decide(req);
        if (a.close) {
          for (const x of s.sessions) x.destroy();
          return { code: 14 };
        }
        s.body = a.partial ? lenf(1, Buffer.concat([vi(8), vi(a.partial), lenf(2, Buffer.from('part'))])) : null;
        return a.code
          ? {
              code: a.code,
              message: a.message ?? 'm',
              details: a.retryMs !== undefined ? rpcStatus(a.code, a.message ?? 'm', a.retryMs) : undefined,
            }
          : { code: 0 };
      };
      return s.start();
    }
    this.h = http.createServer((q, r) => {
      const cs = [];
      q.on('data', (d) => cs.push(d));
      q.on('end', async () => {
        let b = Buffer.concat(cs);
        if (q.headers['content-encoding'] === 'gzip') b = zlib.gunzipSync(b);
        const signal = /\/v1\/(\w+)$/.exec(q.url)?.[1];
        const data = /json/.test(q.headers['content-type']) ? JSON.parse(b) : decode(TYPE[signal], b);
        const req = { at: Date.now(), text: `${signal} ${brief(signal, data)}`, headers: q.headers };
        this.got.push(req);
        this.all++;
        r.on('close', () => {
          if (!r.writableEnded) req.gone = true;
        });
        const a = await this.decide(req);
        if (a.close) {
          q.socket.destroy();
          return;
        }
        r.writeHead(a.status ?? 200, {
          'content-type': 'application/x-protobuf',
          ...(a.retryAfter !== undefined ? { 'retry-after': a.retryAfter } : {}),
        });
        r.end(a.partial ? lenf(1, Buffer.concat([vi(8), vi(a.partial), lenf(2, Buffer.from('part'))])) : undefined);
      });
    });
    return new Promise((ok, bad) => {
      this.h.once('error', bad);
      this.h.listen(this.port, '127.0.0.1', ok);
    });
  }
  release() {
    for (const f of [...this.held]) f();
  }
  async down() {
    this.release();
    if (this.s) {
      await this.s.stop();
      this.s = null;
    }
    if (this.h) {
      const h = this.h;
      this.h = null;
      h.closeAllConnections();
      await new Promise((ok) => h.close(ok));
    }
  }
}
// ---- the client
function grpcSend(port, signal, obj, { headers = {}, timeout = 15000, deadline } = {}) {
  const SVC = {
    traces: ['trace', 'TraceService'],
    logs: ['logs', 'LogsService'],
    metrics: ['metrics', 'MetricsService'],
  }[signal];
  const msg = encode(TYPE[signal], obj);
  const f = Buffer.alloc(5);
  f.writeUInt32BE(msg.length, 1);
  const t0 = Date.now();
  return new Promise((ok) => {
    const c = http2.connect(`http://127.0.0.1:${port}`);
    let done = false;
    const end = (v) => {
      if (done) return;
      done = true;
      clearTimeout(t);
      c.destroy();
      ok(v);
    };
    c.on('error', (e) => end({ broken: e.code }));
    c.on('close', () => end({ broken: 'closed' }));
    const st = c.request({
      ':method': 'POST',
      ':path': `/opentelemetry.proto.collector.${SVC[0]}.v1.${SVC[1]}/Export`,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(deadline ? { 'grpc-timeout': `${deadline}m` } : {}),
      ...headers,
    });
    let h = {};
    const t = setTimeout(() => end('client gave up'), timeout);
    st.on('response', (x) => {
      h = { ...h, ...x };
    });
    st.on('trailers', (x) => {
      h = { ...h, ...x };
    });
    st.on('data', () => {});
    st.on('error', (e) => end({ broken: e.code }));
    st.on('end', () => {
      const code = Number(h['grpc-status'] ?? -1);
      if (code === 0) return end(0);
      if (deadline && Date.now() - t0 > deadline - 30) return end('deadline passed');
      const b = h['grpc-status-details-bin'];
      end({
        code,
        message: decodeURIComponent(h['grpc-message'] ?? ''),
        ...(b ? { retry_info: Buffer.from(b, 'base64').includes('RetryInfo') } : {}),
      });
    });
    st.end(Buffer.concat([f, msg]));
  });
}
async function httpSend(port, signal, obj, { headers = {}, timeout = 15000 } = {}) {
  try {
    const b = Buffer.from(JSON.stringify(obj));
    const r = await request(
      'POST',
      '127.0.0.1',
      port,
      `/v1/${signal}`,
      b,
      { 'content-type': 'application/json', ...headers },
      timeout,
    );
    if (r.status === 200) return 200;
    let m = {};
    try {
      m = JSON.parse(r.body);
    } catch {
      m = { message: r.body };
    }
    return {
      status: r.status,
      code: m.code,
      message: m.message,
      ...(r.headers['retry-after'] !== undefined ? { retry_after: r.headers['retry-after'] } : {}),
    };
  } catch (e) {
    return e.message === 'timeout' ? 'client gave up' : { broken: e.code ?? e.message };
  }
}
// ---- configuration: receiver, pipelines and telemetry are filled in where a case leaves them out
export function fullConfig(c, { metrics } = {}) {
  const { pipelines, telemetry, receivers, ...rest } = c;
  const proc = Object.keys(c.processors ?? {}),
    exp = Object.keys(c.exporters ?? {});
  const meta = c.include_metadata ? { include_metadata: true } : {};
  delete rest.include_metadata;
  delete rest.list_extensions;
  const pipe = (p = {}) => ({
    receivers: ['otlp'],
    ...(proc.length ? { processors: proc } : {}),
    exporters: exp,
    ...p,
  });
  const pl = pipelines
    ? Object.fromEntries(Object.entries(pipelines).map(([k, p]) => [k, pipe(p)]))
    : { traces: pipe(), logs: pipe(), metrics: pipe() };
  return {
    receivers: receivers ?? {
      otlp: { protocols: { grpc: { endpoint: '@GRPC@', ...meta }, http: { endpoint: '@HTTP@', ...meta } } },
    },
    ...rest,
    service: {
      ...(c.extensions ? { extensions: c.list_extensions ?? Object.keys(c.extensions) } : {}),
      pipelines: pl,
      telemetry: telemetry ?? {
        logs: { encoding: 'json', sampling: { enabled: false } },
        metrics: metrics
          ? {
              level: 'normal',
              readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: '@METRICS@' } } } }],
            }
          : { level: 'none' },
      },
    },
  };
}
const ENDPORT = /"@METRICS@"/g;
const round = (ms, n) => Math.round(ms / n) * n;
export async function play(c, { cmd, dir, ports, running, record }) {
  const P = { HTTP: ports[0], GRPC: ports[1], METRICS: ports[2], HTTP2: ports[3], GRPC2: ports[4] };
  const sinks = {};
  let k = 5;
  for (const [n, kind] of Object.entries(c.sinks ?? {})) {
    sinks[n] = new Backend(kind, ports[k++]);
    P[n] = sinks[n].port;
    if (c.answers?.[n]) sinks[n].answers = structuredClone(c.answers[n]);
  }
  const sub = (t) =>
    t
      .replace(ENDPORT, String(P.METRICS))
      .replace(/@(\w+)@/g, (m, n) => (P[n] ? `127.0.0.1:${P[n]}` : m))
      .replaceAll('$DIR', dir);
  const hide = (t) => {
    let s = String(t).replaceAll(dir, '$DIR');
    for (const [n, p] of Object.entries(P)) s = s.replaceAll(`127.0.0.1:${p}`, `@${n}@`);
    return s.replace(/127\.0\.0\.1:\d+->/g, '127.0.0.1:$PORT->');
  };
  for (const d of c.dirs ?? []) fs.mkdirSync(path.join(dir, d), { recursive: true });
  for (const [n, t] of Object.entries(c.files ?? {})) fs.writeFileSync(path.join(dir, n), t);
  for (const [n, s] of Object.entries(sinks)) if (!c.down?.includes(n)) await s.up();
  const progs = {},
    bg = {},
    results = [];
  let logAt = {},
    runs = 0;
  const needMetrics = c.steps.some((s) => s.metrics || s.sizes);
  const logLines = (as) => {
    const p = progs[as];
    const rows = p.err.split('\n').concat(p.out.split('\n'));
    return rows
      .map((l) => {
        try {
          return JSON.parse(l);
        } catch {
          return null;
        }
      })
      .filter((o) => o && !o.grpc_log);
  };
  try {
    for (const st of c.steps) {
      const as = st.as ?? 'main';
      let got;
      const want = st.expect;
      const tail = (xs) => (st.unordered ? xs.toSorted((a, b) => (a < b ? -1 : 1)) : xs);
      if ('start' in st) {
        const name = st.start || 'config';
        const cfg = fullConfig(name === 'config' ? c.config : c.configs[name], { metrics: needMetrics });
        const f = path.join(dir, `c${runs++}.yaml`);
        fs.writeFileSync(f, sub(JSON.stringify(cfg)));
        const p = (progs[as] = new Program(cmd, ['--config', f]));
        running.add(p);
        logAt[as] = 0;
        const ep = st.port ?? 'HTTP';
        const ok = await p.ready([P[ep]], 30_000);
        if (!ok) {
          if (p.code === undefined) {
            p.p.kill('SIGKILL');
            await p.exit;
          }
          const t = p.err + p.out;
          const m = /^(Error: .*|panic: .*)$/m.exec(t);
          got = { exit: p.code ?? 'killed', error: hide(m?.[1] ?? '') };
        } else {
          await until(() => p.code !== undefined || /Everything is ready/.test(p.err + p.out), 3000, 20);
          await sleep(60);
          got = 'ready';
        }
      } else if ('send' in st) {
        const one = (t) => {
          const o = { headers: st.headers, timeout: st.timeout, deadline: st.deadline };
          const d = build(st.send, t);
          return st.via === 'grpc'
            ? grpcSend(P[st.port ?? 'GRPC'], st.send, d, o)
            : httpSend(P[st.port ?? 'HTTP'], st.send, d, o);
        };
        const list = Array.isArray(st.items) ? st.items : [st.items];
        const tidy = (x) => (x && x.message ? { ...x, message: hide(x.message) } : x);
        const work = (async () => {
          const t = Date.now();
          const out = [];
          if (st.together) out.push(...(await Promise.all(list.map(one))));
          else
            for (const x of list) {
              out.push(await one(x));
              if (st.every) await sleep(st.every);
            }
          const r = Array.isArray(st.items) ? tail(out.map(tidy)) : tidy(out[0]);
          return st.timed ? { answer: r, ms: round(Date.now() - t, 50) } : r;
        })();
        if (st.bg) {
          bg[st.bg] = work;
          await sleep(st.lead ?? 60);
        } else got = await work;
      } else if ('await' in st) got = await Promise.race([bg[st.await], sleep(12000).then(() => 'no answer')]);
      else if ('wait' in st) await sleep(st.wait);
      else if ('sink' in st) {
        const s = sinks[st.sink];
        if (st.answers) s.answers = structuredClone(st.answers);
        if (st.release) s.release();
        if (st.down) await s.down();
        if (st.up) await s.up();
      } else if ('until' in st) await until(() => sinks[st.until].got.length >= st.n, st.ms ?? 4000, 10);
      else if ('got' in st) {
        const s = sinks[st.got];
        if (!record && Array.isArray(want?.requests ?? want)) {
          const n = (want.requests ?? want).length;
          if (s.got.length < n) await until(() => s.got.length >= n, 1500, 20);
        }
        const g = st.last ? s.got.slice(-st.last) : s.got;
        s.got = [];
        const rows = g.map((q) => {
          const note = s.note(q.answer ?? {}, q);
          return (
            q.text +
            (st.headers ? ' {' + st.headers.map((h) => `${h}: ${q.headers[h] ?? '-'}`).join(', ') + '}' : '') +
            (note ? ` -> ${note}` : '')
          );
        });
        got = st.gaps
          ? { requests: tail(rows), gaps: g.slice(1).map((q, i) => round(q.at - g[i].at, 10)) }
          : st.pieces
            ? tail(rows.map((t) => t.split(' ')[0]))
            : tail(rows);
      } else if ('fill' in st) {
        let n = 0,
          r = 200;
        while (n < st.max) {
          r = await httpSend(P.HTTP, st.fill, build(st.fill, st.items));
          if (r !== 200) break;
          n++;
        }
        bg.filled = n;
        got = n > 0 && n < st.max ? r : { refused: false, after: n };
      } else if ('recover' in st) {
        const end = Date.now() + st.recover;
        let r;
        do {
          await sleep(150);
          r = await httpSend(P.HTTP, st.signal_, build(st.signal_, st.items));
        } while (r !== 200 && Date.now() < end);
        if (r === 200) bg.filled++;
        got = r;
      } else if ('all' in st) {
        const s = sinks[st.all];
        await until(() => s.got.length >= bg.filled, 8000, 50);
        got = { missing: bg.filled - new Set(s.got).size };
      } else if ('parallel' in st) {
        got = sinks[st.parallel].most;
        sinks[st.parallel].most = sinks[st.parallel].now;
      } else if ('signal' in st) progs[as].p.kill(st.signal);
      else if ('stop' in st || 'exit' in st) {
        const p = progs[as];
        const t = Date.now();
        if (st.stop) p.p.kill(st.stop);
        const code = await Promise.race([p.exit, sleep(st.ms ?? 12000).then(() => 'still running')]);
        if (code === 'still running') {
          p.p.kill('SIGKILL');
          await p.exit;
        }
        running.delete(p);
        got = st.stop === 'SIGKILL' ? undefined : { exit: code ?? p.sig, ms: round(Date.now() - t, 100) };
      } else if ('metrics' in st) {
        const r = await request('GET', '127.0.0.1', P.METRICS, '/metrics');
        const o = {};
        for (const l of r.body.split('\n')) {
          const m = /^([^\s{#]+)(?:\{(.*)\})? (\S+)$/.exec(l);
          if (!m || !st.metrics.some((x) => new RegExp(`^(?:${x})$`).test(m[1].replace(/_total$/, '')))) continue;
          const labels = [...(m[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
            .filter((x) => !/^(otel_scope|service_|server_|network_|url_)/.test(x[1]))
            .map((x) => `${x[1]}=${hide(x[2])}`)
            .sort()
            .join(',');
          o[`${m[1].replace(/_total$/, '')}{${labels}}`] = Number(m[3]);
        }
        got = Object.fromEntries(Object.entries(o).sort(([a], [b]) => (a < b ? -1 : 1)));
      } else if ('sizes' in st) {
        got = [];
        let last = 0;
        for (const [sig, t] of st.sizes) {
          await httpSend(P.HTTP, sig, build(sig, t));
          await sleep(80);
          const r = await request('GET', '127.0.0.1', P.METRICS, '/metrics');
          let sum = 0;
          for (const m of r.body.matchAll(/^otelcol_exporter_queue_size\{.*\} (\S+)$/gm)) sum += Number(m[1]);
          got.push(sum - last);
          last = sum;
        }
      } else if ('log' in st) {
        await sleep(80);
        const all = logLines(as);
        const rows = all
          .slice(logAt[as])
          .filter((o) => /^(warn|error)$/i.test(o.level) || (st.log === 'retries' && /Will retry/.test(o.msg)));
        logAt[as] = all.length;
        got = rows.map((o) => {
          const r = { level: o.level.toLowerCase(), id: o['otelcol.component.id'] ?? null, msg: hide(o.msg) };
          for (const x of ['dropped_items', 'rejected_items', 'dropped_log_records', 'dropped_spans', 'interval'])
            if (o[x] !== undefined) r[x] = o[x];
          if (o.error) r.error = hide(o.error);
          return r;
        });
        if (st.unordered) got.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      } else if ('spoil' in st) {
        const d = path.join(dir, st.spoil);
        for (const f of fs.readdirSync(d, { recursive: true })) {
          const q = path.join(d, f);
          if (!fs.statSync(q).isFile()) continue;
          const n = fs.statSync(q).size;
          if (st.how === 'empty') fs.truncateSync(q, 0);
          else if (st.how === 'half') fs.truncateSync(q, Math.floor(n / 2));
          else if (st.how === 'remove') fs.rmSync(q);
          else if (st.how === 'garbage') fs.writeFileSync(q, Buffer.alloc(n, 'garbage '));
          else if (st.how === 'tail') {
            const h = fs.openSync(q, 'r+');
            fs.writeSync(h, Buffer.alloc(Math.min(2048, Math.floor(n / 2)), 0xa5), 0, undefined, Math.floor(n / 2));
            fs.closeSync(h);
          }
        }
      } else if ('files' in st)
        got = fs.existsSync(path.join(dir, st.files))
          ? fs
              .readdirSync(path.join(dir, st.files))
              .sort()
              .map((x) => x.replace(/\d{4}-?\d\d-?\d\dT[\d:.-]+Z?|\d{8,}/g, '$TIME'))
          : null;
      if (!record && 'start' in st && want === 'ready' && got !== 'ready' && !st.either) {
        const e = new Error(`did not start: ${JSON.stringify(got)}`);
        e.stack = e.message;
        throw e;
      }
      results.push(got);
    }
  } finally {
    for (const p of Object.values(progs))
      if (p.code === undefined) {
        p.p.kill('SIGKILL');
        await p.exit;
      }
    for (const p of Object.values(progs)) running.delete(p);
    for (const s of Object.values(sinks)) await s.down();
  }
  return results;
}
// ---- comparison: words only with strict; times with room
const WORDS = new Set(['message', 'error', 'msg', 'broken']);
const near = (a, b, room) => Math.abs(a - b) <= Math.max(room, 0.4 * Math.max(a, b));
export function differs(step, want, got, strict) {
  const j = JSON.stringify;
  if (want === undefined) return null;
  const walk = (w, g, key, at) => {
    if (WORDS.has(key) && !strict) return typeof w === typeof g ? null : `${at}: ${j(g)}, expected ${j(w)}`;
    if (key === 'ms') return near(w, g, step.room ?? 800) ? null : `${at}: ${g} ms, expected about ${w}`;
    if (key === 'interval' && !strict) return null;
    if (key === 'gaps') {
      if (w.length !== g.length) return `${g.length} gaps, expected ${w.length}`;
      for (let i = 0; i < w.length; i++)
        if (!near(w[i], g[i], step.room ?? 120)) return `gap ${i + 1} is ${g[i]} ms, expected about ${w[i]}`;
      return null;
    }
    if (w && typeof w === 'object') {
      if (!g || typeof g !== 'object' || Array.isArray(w) !== Array.isArray(g))
        return `${at}: ${j(g)}, expected ${j(w)}`;
      if (Array.isArray(w) && w.length !== g.length) return `${at}: ${j(g)}, expected ${j(w)}`;
      for (const x of Object.keys(w)) {
        const r = walk(w[x], g[x], x, `${at}.${x}`);
        if (r) return r;
      }
      if (!Array.isArray(w))
        for (const x of Object.keys(g)) if (!(x in w) && !WORDS.has(x)) return `${at}.${x}: ${j(g[x])}, expected none`;
      return null;
    }
    return w === g ? null : `${at}: ${j(g)}, expected ${j(w)}`;
  };
  if (step.within && Array.isArray(got)) {
    const bad = got.filter((x) => !step.within.includes(x));
    const no = (step.must ?? []).filter((x) => !got.includes(x));
    return bad.length ? `${bad[0]} was never sent` : no.length ? `${no[0]} is missing` : null;
  }
  if ('start' in step && !step.either && want.exit && got.exit)
    return strict ? (want.error === got.error ? null : got.error) : null;
  if (step.either) return got === 'ready' || got === 200 || got?.exit || got?.broken ? null : j(got);
  const ways = [want, ...(step.or ?? [])];
  let first;
  if ('log' in step && !strict) {
    const face = (l) =>
      (l ?? [])
        .filter((o) => o.id && (o.level === 'error' || o.dropped_items !== undefined))
        .map(
          (o) =>
            `${o.level} ${o.id} ` +
            `${o.dropped_items ?? o.rejected_items ?? o.dropped_log_records ?? o.dropped_spans ?? ''}`,
        )
        .sort();
    for (const w of ways) {
      if (j(face(w)) === j(face(got))) return null;
    }
    return `log ${j(face(got))}, expected ${j(face(want))}`;
  }
  if ('files' in step && !strict) return null;
  for (const w of ways) {
    const r = walk(w, got, '', Object.keys(step)[0]);
    if (!r) return null;
    first ??= r;
  }
  return first;
}
