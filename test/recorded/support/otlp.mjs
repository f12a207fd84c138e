// Small OTLP toolbox without dependencies: protobuf <-> OTLP/JSON shape, a gRPC sink, an HTTP sender, a program runner.
import http2 from 'node:http2';
import http from 'node:http';
import zlib from 'node:zlib';
import net from 'node:net';
import { spawn } from 'node:child_process';

// ---- protobuf: field number -> [json name, type, repeated]; types: s string, b bytes(hex id), B bytes(base64), o
// bool, u varint, i64 varint int64 (string), f64 fixed64 (string), sf64, f32, d double, Z sint32, message name
const S = {
  TracesRequest: { 1: ['resourceSpans', 'ResourceSpans', 1] },
  LogsRequest: { 1: ['resourceLogs', 'ResourceLogs', 1] },
  MetricsRequest: { 1: ['resourceMetrics', 'ResourceMetrics', 1] },
  ResourceSpans: { 1: ['resource', 'Resource'], 2: ['scopeSpans', 'ScopeSpans', 1], 3: ['schemaUrl', 's'] },
  ResourceLogs: { 1: ['resource', 'Resource'], 2: ['scopeLogs', 'ScopeLogs', 1], 3: ['schemaUrl', 's'] },
  ResourceMetrics: { 1: ['resource', 'Resource'], 2: ['scopeMetrics', 'ScopeMetrics', 1], 3: ['schemaUrl', 's'] },
  Resource: { 1: ['attributes', 'KeyValue', 1], 2: ['droppedAttributesCount', 'u'] },
  ScopeSpans: { 1: ['scope', 'Scope'], 2: ['spans', 'Span', 1], 3: ['schemaUrl', 's'] },
  ScopeLogs: { 1: ['scope', 'Scope'], 2: ['logRecords', 'LogRecord', 1], 3: ['schemaUrl', 's'] },
  ScopeMetrics: { 1: ['scope', 'Scope'], 2: ['metrics', 'Metric', 1], 3: ['schemaUrl', 's'] },
  Scope: {
    1: ['name', 's'],
    2: ['version', 's'],
    3: ['attributes', 'KeyValue', 1],
    4: ['droppedAttributesCount', 'u'],
  },
  KeyValue: { 1: ['key', 's'], 2: ['value', 'AnyValue'] },
  AnyValue: {
    1: ['stringValue', 's'],
    2: ['boolValue', 'o'],
    3: ['intValue', 'i64'],
    4: ['doubleValue', 'd'],
    5: ['arrayValue', 'ArrayValue'],
    6: ['kvlistValue', 'KvList'],
    7: ['bytesValue', 'B'],
  },
  ArrayValue: { 1: ['values', 'AnyValue', 1] },
  KvList: { 1: ['values', 'KeyValue', 1] },
  Span: {
    1: ['traceId', 'b'],
    2: ['spanId', 'b'],
    3: ['traceState', 's'],
    4: ['parentSpanId', 'b'],
    5: ['name', 's'],
    6: ['kind', 'u'],
    7: ['startTimeUnixNano', 'f64'],
    8: ['endTimeUnixNano', 'f64'],
    9: ['attributes', 'KeyValue', 1],
    10: ['droppedAttributesCount', 'u'],
    11: ['events', 'Event', 1],
    12: ['droppedEventsCount', 'u'],
    13: ['links', 'Link', 1],
    14: ['droppedLinksCount', 'u'],
    15: ['status', 'Status'],
    16: ['flags', 'f32'],
  },
  Event: {
    1: ['timeUnixNano', 'f64'],
    2: ['name', 's'],
    3: ['attributes', 'KeyValue', 1],
    4: ['droppedAttributesCount', 'u'],
  },
  Link: {
    1: ['traceId', 'b'],
    2: ['spanId', 'b'],
    3: ['traceState', 's'],
    4: ['attributes', 'KeyValue', 1],
    5: ['droppedAttributesCount', 'u'],
    6: ['flags', 'f32'],
  },
  Status: { 2: ['message', 's'], 3: ['code', 'u'] },
  LogRecord: {
    1: ['timeUnixNano', 'f64'],
    2: ['severityNumber', 'u'],
    3: ['severityText', 's'],
    5: ['body', 'AnyValue'],
    6: ['attributes', 'KeyValue', 1],
    7: ['droppedAttributesCount', 'u'],
    8: ['flags', 'f32'],
    9: ['traceId', 'b'],
    10: ['spanId', 'b'],
    11: ['observedTimeUnixNano', 'f64'],
    12: ['eventName', 's'],
  },
  Metric: {
    1: ['name', 's'],
    2: ['description', 's'],
    3: ['unit', 's'],
    5: ['gauge', 'Gauge'],
    7: ['sum', 'Sum'],
    9: ['histogram', 'Histogram'],
    10: ['exponentialHistogram', 'ExpHistogram'],
    11: ['summary', 'Summary'],
    12: ['metadata', 'KeyValue', 1],
  },
  Gauge: { 1: ['dataPoints', 'NumberPoint', 1] },
  Sum: { 1: ['dataPoints', 'NumberPoint', 1], 2: ['aggregationTemporality', 'u'], 3: ['isMonotonic', 'o'] },
  Histogram: { 1: ['dataPoints', 'HistogramPoint', 1], 2: ['aggregationTemporality', 'u'] },
  ExpHistogram: { 1: ['dataPoints', 'ExpPoint', 1], 2: ['aggregationTemporality', 'u'] },
  Summary: { 1: ['dataPoints', 'SummaryPoint', 1] },
  NumberPoint: {
    2: ['startTimeUnixNano', 'f64'],
    3: ['timeUnixNano', 'f64'],
    4: ['asDouble', 'd'],
    5: ['exemplars', 'Exemplar', 1],
    6: ['asInt', 'sf64'],
    7: ['attributes', 'KeyValue', 1],
    8: ['flags', 'u'],
  },
  HistogramPoint: {
    2: ['startTimeUnixNano', 'f64'],
    3: ['timeUnixNano', 'f64'],
    4: ['count', 'f64'],
    5: ['sum', 'd'],
    6: ['bucketCounts', 'f64', 1],
    7: ['explicitBounds', 'd', 1],
    8: ['exemplars', 'Exemplar', 1],
    9: ['attributes', 'KeyValue', 1],
    10: ['flags', 'u'],
    11: ['min', 'd'],
    12: ['max', 'd'],
  },
  ExpPoint: {
    1: ['attributes', 'KeyValue', 1],
    2: ['startTimeUnixNano', 'f64'],
    3: ['timeUnixNano', 'f64'],
    4: ['count', 'f64'],
    5: ['sum', 'd'],
    6: ['scale', 'Z'],
    7: ['zeroCount', 'f64'],
    8: ['positive', 'Buckets'],
    9: ['negative', 'Buckets'],
    10: ['flags', 'u'],
    11: ['exemplars', 'Exemplar', 1],
    12: ['min', 'd'],
    13: ['max', 'd'],
    14: ['zeroThreshold', 'd'],
  },
  Buckets: { 1: ['offset', 'Z'], 2: ['bucketCounts', 'i64', 1] },
  SummaryPoint: {
    2: ['startTimeUnixNano', 'f64'],
    3: ['timeUnixNano', 'f64'],
    4: ['count', 'f64'],
    5: ['sum', 'd'],
    6: ['quantileValues', 'Quantile', 1],
    7: ['attributes', 'KeyValue', 1],
    8: ['flags', 'u'],
  },
  Quantile: { 1: ['quantile', 'd'], 2: ['value', 'd'] },
  Exemplar: {
    2: ['timeUnixNano', 'f64'],
    3: ['asDouble', 'd'],
    4: ['spanId', 'b'],
    5: ['traceId', 'b'],
    6: ['asInt', 'sf64'],
    7: ['filteredAttributes', 'KeyValue', 1],
  },
};
function varint(b, p) {
  let r = 0n,
    s = 0n;
  for (;;) {
    const x = b[p.i++];
    r |= BigInt(x & 127) << s;
    if (x < 128) return r;
    s += 7n;
  }
}
export function decode(type, b) {
  const out = {},
    p = { i: 0 },
    sch = S[type];
  while (p.i < b.length) {
    const tag = Number(varint(b, p)),
      no = tag >>> 3,
      wt = tag & 7;
    let raw;
    if (wt === 0) raw = varint(b, p);
    else if (wt === 1) {
      raw = b.subarray(p.i, p.i + 8);
      p.i += 8;
    } else if (wt === 5) {
      raw = b.subarray(p.i, p.i + 4);
      p.i += 4;
    } else {
      const n = Number(varint(b, p));
      raw = b.subarray(p.i, p.i + n);
      p.i += n;
    }
    const f = sch[no];
    if (!f) continue;
    const [name, t, rep] = f;
    const one = (raw) =>
      t === 's'
        ? raw.toString('utf8')
        : t === 'b'
          ? raw.toString('hex')
          : t === 'B'
            ? raw.toString('base64')
            : t === 'o'
              ? raw !== 0n
              : t === 'u'
                ? Number(raw)
                : t === 'i64'
                  ? BigInt.asIntN(64, raw).toString()
                  : t === 'f64'
                    ? raw.readBigUInt64LE().toString()
                    : t === 'sf64'
                      ? raw.readBigInt64LE().toString()
                      : t === 'f32'
                        ? raw.readUInt32LE()
                        : t === 'd'
                          ? raw.readDoubleLE()
                          : t === 'Z'
                            ? Number((raw >> 1n) ^ -(raw & 1n))
                            : decode(t, raw);
    if (rep) {
      const a = (out[name] ??= []);
      if (wt === 2 && (t === 'f64' || t === 'd'))
        for (let i = 0; i < raw.length; i += 8) a.push(one(raw.subarray(i, i + 8)));
      else if (wt === 2 && t === 'i64') {
        const q = { i: 0 };
        while (q.i < raw.length) a.push(varint(raw, q).toString());
      } else a.push(one(raw));
    } else out[name] = one(raw);
  }
  return out;
}
const names = new Map(
  Object.entries(S).map(([t, f]) => [t, Object.entries(f).map(([no, [n, ty, r]]) => [n, +no, ty, r])]),
);
const vi = (n) => {
  n = BigInt.asUintN(64, BigInt(n));
  const o = [];
  do {
    let x = Number(n & 127n);
    n >>= 7n;
    if (n) x |= 128;
    o.push(x);
  } while (n);
  return Buffer.from(o);
};
const len = (b) => Buffer.concat([vi(b.length), b]);
const f8 = (fn, v) => {
  const b = Buffer.alloc(8);
  b[fn](v);
  return b;
};
export function encode(type, o) {
  const parts = [];
  for (const [n, no, t, rep] of names.get(type)) {
    if (o[n] === undefined || o[n] === null) continue;
    for (const v of rep ? o[n] : [o[n]]) {
      const w = (wt, b) => parts.push(vi(no * 8 + wt), b);
      if (t === 's') w(2, len(Buffer.from(v)));
      else if (t === 'b') w(2, len(Buffer.from(v, 'hex')));
      else if (t === 'B') w(2, len(Buffer.from(v, 'base64')));
      else if (t === 'o') w(0, vi(v ? 1 : 0));
      else if (t === 'u' || t === 'i64') w(0, vi(v));
      else if (t === 'f64') w(1, f8('writeBigUInt64LE', BigInt(v)));
      else if (t === 'sf64') w(1, f8('writeBigInt64LE', BigInt(v)));
      else if (t === 'f32') {
        const b = Buffer.alloc(4);
        b.writeUInt32LE(v);
        w(5, b);
      } else if (t === 'd') w(1, f8('writeDoubleLE', Number(v)));
      else if (t === 'Z') w(0, vi(v < 0 ? -2 * v - 1 : 2 * v));
      else w(2, len(encode(t, v)));
    }
  }
  return Buffer.concat(parts);
}
const KIND = {
  TraceService: ['traces', 'TracesRequest'],
  LogsService: ['logs', 'LogsRequest'],
  MetricsService: ['metrics', 'MetricsRequest'],
};
const SVC = {
  traces: ['trace', 'TraceService', 'TracesRequest'],
  logs: ['logs', 'LogsService', 'LogsRequest'],
  metrics: ['metrics', 'MetricsService', 'MetricsRequest'],
};
const open = (flag, enc, b) =>
  !flag ? b : enc === 'gzip' ? zlib.gunzipSync(b) : enc === 'deflate' ? zlib.inflateSync(b) : b;

/** gRPC sink. reply(request) -> undefined | {code, message, details(Buffer of google.rpc.Status)} | Promise */
export class Sink {
  constructor(host, port, label = `${host}:${port}`) {
    this.host = host;
    this.port = port;
    this.label = label;
    this.got = [];
    this.reply = null;
    this.sessions = new Set();
    this.body = null;
  }
  start() {
    this.srv = http2.createServer();
    this.srv.on('session', (s) => {
      this.sessions.add(s);
      s.on('close', () => this.sessions.delete(s));
      s.on('error', () => {});
    });
    this.srv.on('stream', (st, h) => {
      const cs = [];
      st.on('data', (c) => cs.push(c));
      st.on('error', () => {});
      const loc = st.session?.socket;
      const local = `${loc?.localAddress}:${loc?.localPort}`;
      st.on('end', async () => {
        const b = Buffer.concat(cs);
        const m = /\.(\w+Service)\/Export$/.exec(h[':path']);
        const [signal, type] = KIND[m?.[1]] ?? [];
        const msg = open(b[0], h['grpc-encoding'], b.subarray(5, 5 + b.readUInt32BE(1)));
        const req = {
          signal,
          headers: h,
          data: signal ? decode(type, msg) : null,
          at: Date.now(),
          sink: this.label,
          local,
        };
        this.got.push(req);
        const r = (this.reply ? await this.reply(req) : null) ?? { code: 0 };
        if (st.destroyed) return;
        if (r.code) {
          const t = { 'grpc-status': String(r.code), 'grpc-message': encodeURIComponent(r.message ?? '') };
          if (r.details) t['grpc-status-details-bin'] = r.details.toString('base64').replace(/=+$/, '');
          st.respond({ ':status': 200, 'content-type': 'application/grpc', ...t }, { endStream: true });
          return;
        }
        st.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        st.on('wantTrailers', () => st.sendTrailers({ 'grpc-status': '0' }));
        const body = this.body ?? Buffer.alloc(0);
        const f = Buffer.alloc(5);
        f.writeUInt32BE(body.length, 1);
        st.end(Buffer.concat([f, body]));
      });
    });
    return new Promise((ok, bad) => {
      this.srv.once('error', bad);
      this.srv.listen(this.port, this.host, ok);
    });
  }
  stop() {
    for (const s of this.sessions) s.destroy();
    return new Promise((ok) => (this.srv ? this.srv.close(ok) : ok()));
  }
  take() {
    const g = this.got;
    this.got = [];
    return g;
  }
}
/** POST OTLP/JSON; returns {status, type, body, headers} */
export function postJson(
  port,
  signal,
  obj,
  { host = '127.0.0.1', path = `/v1/${signal}`, timeout = 20000, headers = {} } = {},
) {
  const b = Buffer.from(typeof obj === 'string' ? obj : JSON.stringify(obj));
  return request('POST', host, port, path, b, { 'content-type': 'application/json', ...headers }, timeout);
}
export function request(method, host, port, path, body, headers = {}, timeout = 10000) {
  return new Promise((ok, bad) => {
    const r = http.request(
      {
        method,
        host,
        port,
        path,
        agent: false,
        headers: { ...(body ? { 'content-length': body.length } : {}), ...headers },
        timeout,
      },
      (res) => {
        const cs = [];
        res.on('data', (c) => cs.push(c));
        res.on('end', () =>
          ok({
            status: res.statusCode,
            type: res.headers['content-type'],
            headers: res.headers,
            body: Buffer.concat(cs).toString('utf8'),
          }),
        );
      },
    );
    r.on('timeout', () => r.destroy(new Error('timeout')));
    r.on('error', bad);
    r.end(body);
  });
}
/** unary gRPC Export; returns {code, message, details} */
export function grpcExport(port, signal, obj, host = '127.0.0.1', timeout = 20000) {
  const [pkg, svc, type] = SVC[signal];
  const msg = encode(type, obj);
  const f = Buffer.alloc(5);
  f.writeUInt32BE(msg.length, 1);
  return new Promise((ok, bad) => {
    const c = http2.connect(`http://${host}:${port}`);
    c.on('error', bad);
    const st = c.request({
      ':method': 'POST',
      ':path': `/opentelemetry.proto.collector.${pkg}.v1.${svc}/Export`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let h = {};
    const cs = [];
    const t = setTimeout(() => {
      c.destroy();
      bad(new Error('timeout'));
    }, timeout);
    st.on('response', (x) => {
      h = { ...h, ...x };
    });
    st.on('trailers', (x) => {
      h = { ...h, ...x };
    });
    st.on('data', (d) => cs.push(d));
    st.on('error', bad);
    st.on('end', () => {
      clearTimeout(t);
      c.close();
      ok({
        code: Number(h['grpc-status'] ?? -1),
        message: decodeURIComponent(h['grpc-message'] ?? ''),
        details: h['grpc-status-details-bin'],
        body: Buffer.concat(cs),
      });
    });
    st.end(Buffer.concat([f, msg]));
  });
}
export const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms));
export const tcpOpen = (port, host = '127.0.0.1') =>
  new Promise((ok) => {
    const s = net.connect(port, host, () => {
      s.destroy();
      ok(true);
    });
    s.on('error', () => ok(false));
  });
export async function until(fn, ms = 10000, step = 30) {
  const end = Date.now() + ms;
  for (;;) {
    const v = await fn();
    if (v) return v;
    if (Date.now() > end) return null;
    await sleep(step);
  }
}

export class Program {
  constructor(cmd, args, opts = {}) {
    const parts = cmd.split(' ').filter(Boolean);
    this.out = '';
    this.err = '';
    this.p = spawn(parts[0], [...parts.slice(1), ...args], { stdio: ['ignore', 'pipe', 'pipe'], ...opts });
    this.p.stdout.on('data', (d) => {
      this.out += d;
    });
    this.p.stderr.on('data', (d) => {
      this.err += d;
    });
    this.exit = new Promise((ok) => {
      this.p.on('close', (code, sig) => {
        this.code = code;
        this.sig = sig;
        ok(code);
      });
      this.p.on('error', (e) => {
        this.err += e.message;
        this.code = -1;
        ok(-1);
      });
    });
  }
  async ready(ports, ms = 30_000) {
    for (const p of ports) {
      const ok = await until(() => this.code !== undefined || tcpOpen(p), ms);
      if (!ok || this.code !== undefined) return false;
    }
    return true;
  }
  async stop(ms = 15_000) {
    if (this.code !== undefined) return this.code;
    this.p.kill('SIGTERM');
    const t = setTimeout(() => this.p.kill('SIGKILL'), ms);
    const c = await this.exit;
    clearTimeout(t);
    return c;
  }
}
export const cases = { S };
