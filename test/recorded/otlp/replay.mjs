#!/usr/bin/env node
// Replays the recorded OTLP cases beside this file against KANMON (a command, e.g. "node dist/cli/main.js"). STRICT=1
// compares error texts, text bodies and output bytes too. ONLY=<regex> runs the cases whose id matches. Node 20, no
// dependencies.
import fs from 'node:fs';
import path from 'node:path';
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
const setup = (n) => fs.readFileSync(path.join(here, 'setups', n + '.yaml'), 'utf8');
const gates = (n) => (n === 'profiles' ? ['--feature-gates=service.profilesSupport'] : []);
const until = Date.now() + (+process.env.LIMIT_MS || 600_000);
let late = 0,
  dead = 0;
let pass = 0,
  fail = 0;
const bad = (k, w) => {
  fail++;
  console.log(`MISMATCH ${k.id} (${k.what}): ${w}`.slice(0, 420));
};
const done = (k, w) => (w ? bad(k, w) : pass++);
const S = (v) => JSON.stringify(v)?.slice(0, 170);
const canon = (v) =>
  Array.isArray(v)
    ? v.map(canon)
    : v && typeof v === 'object'
      ? Object.fromEntries(
          Object.keys(v)
            .sort()
            .map((k) => [k, canon(v[k])]),
        )
      : v;
const same = (a, b) => JSON.stringify(canon(a)) === JSON.stringify(canon(b));
const TRACES = Buffer.from(
  '0a4e0a170a150a0c736572766963652e6e616d6512050a03737663123312310a100102030405060708090a0b0c0d0e0f10' +
    '120811121314151617182a01733900002a36fe9c97174100cac471fe9c9717',
  'hex',
);
const TS = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const OTHER = {
  traces: [TS, TRACES],
  logs: [
    '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    Buffer.from(
      '0a2f0a170a150a0c736572766963652e6e616d6512050a03737663121412120900002a36fe9c97172a070a0568656c6c6f',
      'hex',
    ),
  ],
  metrics: [
    '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    Buffer.from(
      '0a2d0a170a150a0c736572766963652e6e616d6512050a03737663121212100a016d2a0b0a09310500000000000000',
      'hex',
    ),
  ],
};
const blur = (s) => s?.replace(/Throttle \((-?)[\dhm.]*\.\d{5,}s\)/g, 'Throttle ($1$$DURATION)');
// ---- answers
function httpDiff(k, r, w) {
  if (w.no_answer) return r.no_answer ? null : `answered ${r.status}, recorded: no answer`;
  if (r.no_answer && k.transport && w.status >= 400) return null;
  if (r.no_answer) return 'no answer';
  const okStatus = [w.status, ...(k.also_status || [])];
  if (k.transport && r.status >= 400) return null;
  if (!okStatus.includes(r.status)) return `status ${r.status} instead of ${w.status}; ${S(r.body || r.body_status)}`;
  if (r.status !== w.status) return null;
  for (const h of [
    'content-type',
    'retry-after',
    'location',
    'www-authenticate',
    ...Object.keys(w.headers).filter(
      (x) => x.startsWith('access-control') || x === 'vary' || x.startsWith('x-one') || x === 'server',
    ),
  ]) {
    if (k.transport) continue;
    const a = (r.headers[h] || '').toLowerCase(),
      b = (w.headers[h] || '').toLowerCase();
    if (h === 'content-type' && b.startsWith('text/plain') && !strict) continue;
    if (h === 'vary' && !strict) {
      if (b && !a) return 'no vary header';
      continue;
    }
    if (h === 'retry-after' && k.near) {
      if (Math.abs(+a - +b) > 2) return `retry-after ${a} instead of ${b}`;
      continue;
    }
    if (a !== b) return `header ${h}: ${S(a)} instead of ${S(b)}`;
  }
  for (const h of Object.keys(r.headers))
    if (h.startsWith('access-control') && !w.headers[h]) return `extra header ${h}`;
  const ct = w.headers['content-type'] || '';
  if (ct === 'application/json') {
    let a, b;
    try {
      a = JSON.parse(r.body || '{}');
      b = JSON.parse(w.body || '{}');
    } catch {
      return 'body is not JSON: ' + S(r.body);
    }
    if ((a.code || 0) !== (b.code || 0)) return `Status code ${a.code} instead of ${b.code}`;
    if (w.status === 200 && Object.keys(a).some((x) => x !== 'partialSuccess')) return 'body ' + S(r.body);
    if (w.status === 200 && Object.keys(a.partialSuccess || {}).length) return 'partial success reported';
    if (strict && !k.order_varies && !k.near && blur(a.message) !== b.message)
      return `message ${S(a.message)} instead of ${S(b.message)}`;
    const ri = (o) => (o.details || []).find((d) => /RetryInfo/.test(d['@type']))?.retryDelay;
    if (parseFloat(ri(a) || '-1') !== parseFloat(ri(b) || '-1')) return `RetryInfo ${ri(a)} instead of ${ri(b)}`;
  } else if (ct === 'application/x-protobuf') {
    if (w.status === 200) {
      if (!['CgA=', undefined, ''].includes(r.body64)) return 'success body ' + r.body64;
    } else {
      if (!r.body_status) return 'body is not a Status';
      if (r.body_status.code !== w.body_status.code)
        return `Status code ${r.body_status.code} instead of ${w.body_status.code}`;
      if (strict && !k.order_varies && !k.near && blur(r.body_status.message) !== w.body_status.message)
        return `message ${S(r.body_status.message)} instead of ${S(w.body_status.message)}`;
    }
  } else if (strict && (r.body || '') !== (w.body || '')) return `body ${S(r.body)} instead of ${S(w.body)}`;
  if (strict && !!r.closed !== !!w.closed) return `connection ${r.closed ? 'closed' : 'kept'}`;
  return null;
}
function deliveredDiff(k, got, w) {
  if (k.quirk) return null;
  const j = got.find((g) => g.path.startsWith('/j/')),
    p = got.find((g) => g.path.startsWith('/p/'));
  if (!w) return got.length ? 'passed on, but should not be' : null;
  if (!j || !p) return 'not passed on';
  if (w.json_sha256) return null;
  let a;
  try {
    a = JSON.parse(j.body.toString());
  } catch {
    return 'output is not JSON';
  }
  if (!same(a, w.json)) return `passed on as ${S(a)} instead of ${S(w.json)}`;
  if (strict && w.proto64 && p.body.toString('base64') !== w.proto64) return 'other output bytes';
  return null;
}
function grpcDiff(k, r, w) {
  if (k.also_grpc?.includes(r.grpc_status)) return null;
  if (w.timeout) return r.timeout ? null : 'answered';
  if (r.grpc_status === undefined && w.http && w.http !== 200 && r.http === w.http) return null;
  if (r.grpc_status === undefined) return `no grpc-status (${S(r)})`;
  if (r.grpc_status !== w.grpc_status)
    return `grpc-status ${r.grpc_status} (${S(r.grpc_message)}) instead of ${w.grpc_status}`;
  if (strict && r.http !== w.http) return `HTTP ${r.http} instead of ${w.http}`;
  if (w.grpc_encoding !== r.grpc_encoding && strict) return `grpc-encoding ${r.grpc_encoding}`;
  if (w.body64 && !r.body64) return 'no message';
  const ri = (o) => (o?.details || []).find((d) => /RetryInfo/.test(d['@type']))?.retryDelay;
  if (ri(r.details) !== ri(w.details)) return `RetryInfo ${ri(r.details)} instead of ${ri(w.details)}`;
  if (strict && !k.order_varies && !k.near && !k.loose_text && blur(r.grpc_message || '') !== (w.grpc_message || ''))
    return `message ${S(r.grpc_message)} instead of ${S(w.grpc_message)}`;
  return null;
}
// ---- backends' answers
const vi = (n) => {
  n = BigInt(n);
  const o = [];
  while (n > 127n) {
    o.push(Number(n & 127n) | 128);
    n >>= 7n;
  }
  o.push(Number(n));
  return Buffer.from(o);
};
const L = (f, b) => Buffer.concat([vi((f << 3) | 2), vi(b.length), b]);
const enc = (a) => {
  const o = { ...a };
  if (o.partial)
    o.body = L(
      1,
      Buffer.concat([
        o.partial.rejected ? Buffer.concat([vi(8), vi(o.partial.rejected)]) : Buffer.alloc(0),
        o.partial.message ? L(2, Buffer.from(o.partial.message)) : Buffer.alloc(0),
      ]),
    );
  if (o.statusBody) o.body = c.encodeStatus(o.statusBody);
  if (o.text !== undefined) o.body = o.text;
  if (o.big) o.body = Buffer.alloc(o.big, 0x78);
  if (o.retryDate !== undefined)
    o.headers = { ...o.headers, 'retry-after': new Date(Date.now() + o.retryDate * 1000).toUTCString() };
  return o;
};
const seq = (l) => {
  let i = 0;
  return () => enc(l[Math.min(i++, l.length - 1)]);
};
// ---- running
async function world(list, fn) {
  const by = new Map();
  for (const k of list) (by.get(k.setup) || by.set(k.setup, []).get(k.setup)).push(k);
  for (const [name, cases] of by) {
    if (Date.now() > until || dead >= 3) {
      late += cases.length;
      fail += cases.length;
      continue;
    }
    let w = {};
    const P = await c.takePorts(5);
    w.ports = P;
    try {
      w.sink = await c.httpSink(P[2]);
      w.gs = await c.grpcSink(P[3]);
      w.hs = await c.httpSink(P[4]);
      w.prog = await c.startProgram(
        cmd,
        setup(name),
        { GRPC: P[0], HTTP: P[1], SINK: P[2], SINKG: P[3], SINKH: P[4] },
        gates(name),
      );
      await c.sleep(120);
      dead = 0;
      for (const k of cases)
        try {
          if (Date.now() > until) {
            late++;
            fail++;
            continue;
          }
          done(k, await fn(k, w));
        } catch (e) {
          bad(k, 'error: ' + e.message);
        }
    } catch (e) {
      dead++;
      for (const k of cases) bad(k, 'setup ' + name + ': ' + e.message.slice(0, 200));
    }
    await w.prog?.stop();
    for (const s of [w.sink, w.gs, w.hs]) await s?.close();
  }
}
await world([...load('http.jsonl'), ...load('decode.jsonl'), ...load('roundtrip.jsonl')], async (k, w) => {
  w.sink.got.length = 0;
  const r = c.showResponse(await c.rawHttp(w.ports[1], k.request));
  await c.sleep(3);
  return (
    httpDiff(k, r, k.response) ||
    ((k.also_status?.includes(r.status) && r.status !== k.response.status) ||
    (k.transport && r.status !== k.response.status)
      ? null
      : deliveredDiff(k, w.sink.got, k.delivered))
  );
});
await world(load('grpc.jsonl'), async (k, w) => {
  w.sink.got.length = 0;
  const r = c.showGrpc(await c.grpcCall(w.ports[0], k.request));
  await c.sleep(3);
  return grpcDiff(k, r, k.response) || deliveredDiff(k.also_grpc ? { ...k, quirk: true } : k, w.sink.got, k.delivered);
});
await world(load('errors.jsonl'), async (k, w) => {
  const http = k.setup === 'direct-http';
  for (const [kind, fn] of [
    ['grpc', () => c.grpcCall(w.ports[0], { path: TS, body64: c.frame(TRACES).toString('base64') }).then(c.showGrpc)],
    [
      'http_json',
      () =>
        c
          .rawHttp(w.ports[1], {
            headers: [['content-type', 'application/json']],
            body: '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}',
          })
          .then(c.showResponse),
    ],
    [
      'http_proto',
      () =>
        c
          .rawHttp(w.ports[1], {
            headers: [['content-type', 'application/x-protobuf']],
            body64: TRACES.toString('base64'),
          })
          .then(c.showResponse),
    ],
  ]) {
    w.gs.got.length = w.hs.got.length = 0;
    w.gs.answer = seq(http ? [{ code: 0 }] : k.sink);
    w.hs.answer = seq(k.http_sink || (http ? k.sink : [{ status: 200 }]));
    const r = JSON.parse(
      JSON.stringify(await fn())
        .replaceAll('127.0.0.1:' + w.ports[4], '127.0.0.1:@SINKH@')
        .replaceAll('127.0.0.1:' + w.ports[3], '127.0.0.1:@SINKG@'),
    );
    await c.sleep(/queued|batch/.test(k.setup) ? 150 : 3);
    const d = kind === 'grpc' ? grpcDiff(k, r, k.grpc) : httpDiff(k, r, k[kind]);
    if (d) return kind + ': ' + d;
    if (kind === 'grpc' && k.attempts !== undefined && !k.loose_attempts) {
      const n = (http ? w.hs : w.gs).got.length;
      if (n !== k.attempts) return `${n} requests at the backend instead of ${k.attempts}`;
    }
  }
  return null;
});
await world(load('retry.jsonl'), async (k, w) => {
  const s = k.setup.endsWith('http') ? w.hs : w.gs;
  s.got.length = 0;
  s.answer = seq(k.sink);
  await c.grpcCall(w.ports[0], { path: TS, body64: c.frame(TRACES).toString('base64') });
  const limit = (k.gaps_ms.reduce((a, b) => a + b, 0) || 0) + 1500;
  const t0 = Date.now();
  while (s.got.length < k.attempts && Date.now() - t0 < limit) await c.sleep(10);
  await c.sleep(k.attempts === 1 || k.sink.at(-1).repeat ? 320 : 60);
  if (s.got.length !== k.attempts) return `${s.got.length} attempts instead of ${k.attempts}`;
  const ts = s.got.map((x) => x.t);
  for (let i = 0; i < k.gaps_ms.length; i++) {
    const g = ts[i + 1] - ts[i];
    if (g < k.gaps_ms[i] - 90 || g > k.gaps_ms[i] + 400)
      return `waited ${g} ms before attempt ${i + 2} instead of ${k.gaps_ms[i]}`;
  }
  return null;
});
await world(
  load('send.jsonl').filter((k) => k.sent),
  async (k, w) => {
    for (const [sig, want] of Object.entries(k.sent)) {
      w.gs.got.length = w.hs.got.length = 0;
      w.gs.answer = () => ({ code: 0 });
      w.hs.answer = () => ({ status: 200 });
      await c.grpcCall(w.ports[0], { path: OTHER[sig][0], body64: c.frame(OTHER[sig][1]).toString('base64') });
      await c.sleep(15);
      const fix = (s) => String(s).replaceAll(String(w.ports[3]), '@SINKG@').replaceAll(String(w.ports[4]), '@SINKH@');
      const g = w.gs.got[0],
        h = w.hs.got[0];
      if (!g && !h) return sig + ': nothing sent';
      const H = new Map(want.headers.map(([a, b]) => [a.toLowerCase(), b]));
      const got = g ? g.headers : h.headers;
      if (h) {
        if (h.method !== want.method || (h.url && 0)) return `${sig}: ${h.method}`;
        if (fix(h.path) !== want.path) return `${sig}: path ${h.path} instead of ${want.path}`;
      }
      for (const [n, v] of H) {
        if (['grpc-accept-encoding', 'accept-encoding'].includes(n)) continue;
        if (n === 'user-agent') {
          const own = v.split(' ')[0];
          if (!own.startsWith('$') && !String(got[n] || '').startsWith(own)) return `${sig}: user-agent ${got[n]}`;
          if (!got[n]) return sig + ': no user-agent';
          continue;
        }
        if (n === 'connection' && !strict) continue;
        if (fix(got[n] ?? '') !== v) return `${sig}: header ${n}: ${S(got[n])} instead of ${S(v)}`;
      }
      for (const n of ['content-encoding', 'grpc-encoding', 'authorization'])
        if (got[n] && !H.has(n)) return `${sig}: unexpected header ${n}: ${got[n]}`;
      if (g && g.body[0] !== want.compressed_flag) return `${sig}: compressed flag ${g.body[0]}`;
      if (g && !!g.headers['grpc-timeout'] !== !!want.grpc_timeout_unit)
        return `${sig}: grpc-timeout ${g.headers['grpc-timeout']}`;
      if (h && want.body && !same(JSON.parse(h.body.toString()), want.body))
        return `${sig}: body ${h.body.toString().slice(0, 150)}`;
      if (h && H.get('content-encoding') && !['snappy', 'identity'].includes(H.get('content-encoding'))) {
        const n =
          H.get('content-encoding') === 'zlib' || H.get('content-encoding') === 'deflate'
            ? 1
            : H.get('content-encoding') === 'gzip'
              ? 2
              : 4;
        if (h.body.subarray(0, n).toString('hex') !== want.magic.slice(0, 2 * n))
          return `${sig}: starts with ${h.body.subarray(0, 4).toString('hex')}`;
      }
    }
    return null;
  },
);
if (late) console.log(`${late} cases not run: ${dead >= 3 ? 'the program does not start' : 'time is up'}`);
console.log(`${pass} passed, ${fail} failed`);
process.exit(fail ? 1 : 0);
