// Driver for the recorded OTLP cases: starts the program under test with a setup file, speaks raw HTTP/1.1 and gRPC to
// it, and plays the backend (sinks). Node 20, no dependencies.
import net from 'node:net';
import http from 'node:http';
import http2 from 'node:http2';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const free = (p) =>
  new Promise((r) => {
    const s = net.createServer();
    s.on('error', () => r(false));
    s.listen(p, '127.0.0.1', () => s.close(() => r(true)));
  });
let cursor = 33000 + Math.floor(Math.random() * 900);
export async function takePorts(n) {
  const r = [];
  while (r.length < n) {
    cursor = cursor >= 33998 ? 33000 : cursor + 1;
    if (await free(cursor)) r.push(cursor);
  }
  return r;
}
// ---- protobuf, just enough
export const readFields = (b) => {
  const o = [];
  let i = 0;
  const vi = () => {
    let s = 0n,
      r = 0n;
    for (;;) {
      const c = b[i++];
      if (c === undefined) throw Error('short');
      r |= BigInt(c & 127) << s;
      if (c < 128) return r;
      s += 7n;
    }
  };
  while (i < b.length) {
    const k = Number(vi());
    const w = k & 7,
      f = k >> 3;
    if (w === 0) o.push([f, vi()]);
    else if (w === 1) {
      o.push([f, b.subarray(i, i + 8)]);
      i += 8;
    } else if (w === 2) {
      const l = Number(vi());
      o.push([f, b.subarray(i, i + l)]);
      i += l;
    } else if (w === 5) {
      o.push([f, b.subarray(i, i + 4)]);
      i += 4;
    } else throw Error('wire ' + w);
  }
  return o;
};
export function decodeStatus(b) {
  const o = { code: 0 };
  for (const [f, v] of readFields(b)) {
    if (f === 1) o.code = Number(v);
    else if (f === 2) o.message = v.toString();
    else if (f === 3) {
      const d = {};
      for (const [g, x] of readFields(v)) {
        if (g === 1) d['@type'] = x.toString();
        else d.value = x;
      }
      if (d['@type']?.endsWith('RetryInfo')) {
        let s = 0,
          n = 0;
        for (const [g, x] of readFields(d.value || Buffer.alloc(0)))
          if (g === 1)
            for (const [h, y] of readFields(x)) {
              if (h === 1) s = Number(y);
              if (h === 2) n = Number(y);
            }
        d.retryDelay = `${s + n / 1e9}s`;
        delete d.value;
      } else if (d.value) d.value = Buffer.from(d.value).toString('base64');
      (o.details ||= []).push(d);
    }
  }
  return o;
}
const varint = (n) => {
  n = BigInt.asUintN(64, BigInt(n));
  const o = [];
  while (n > 127n) {
    o.push(Number(n & 127n) | 128);
    n >>= 7n;
  }
  o.push(Number(n));
  return Buffer.from(o);
};
const len = (f, b) => Buffer.concat([varint((f << 3) | 2), varint(b.length), b]);
export const encodeStatus = ({ code = 0, message = '', retryMs }) => {
  const p = [];
  if (code) p.push(Buffer.concat([varint(8), varint(code)]));
  if (message) p.push(len(2, Buffer.from(message)));
  if (retryMs !== undefined) {
    const s = Math.floor(retryMs / 1000),
      n = (retryMs % 1000) * 1e6;
    const d = Buffer.concat([
      s ? Buffer.concat([varint(8), varint(s)]) : Buffer.alloc(0),
      n ? Buffer.concat([varint(16), varint(n)]) : Buffer.alloc(0),
    ]);
    p.push(len(3, Buffer.concat([len(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')), len(2, len(1, d))])));
  }
  return Buffer.concat(p);
};
// ---- program under test
export async function startProgram(cmd, yaml, vars, args = []) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'golden-'));
  let y = yaml;
  for (const [k, v] of Object.entries(vars)) y = y.replaceAll('@' + k + '@', String(v));
  fs.writeFileSync(path.join(dir, 'c.yaml'), y);
  const p = spawn(cmd[0], [...cmd.slice(1), '--config', 'c.yaml', ...args], {
    cwd: dir,
    env: { PATH: process.env.PATH, HOME: dir, TMPDIR: os.tmpdir() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const o = { p, dir, log: '', exited: null };
  p.stdout.on('data', (d) => (o.log += d));
  p.stderr.on('data', (d) => (o.log += d));
  o.done = new Promise((r) => {
    p.on('close', (c, s) => {
      o.exited = s || c;
      r();
    });
    p.on('error', (e) => {
      o.log += e;
      o.exited = 'spawn-error';
      r();
    });
  });
  const t0 = Date.now();
  while (!o.log.includes('Everything is ready') && !o.exited && Date.now() - t0 < 60_000) await sleep(20);
  if (!o.log.includes('Everything is ready')) throw Error('program did not become ready: ' + o.log.slice(-600));
  o.stop = async () => {
    p.kill('SIGTERM');
    await Promise.race([o.done, sleep(15_000)]);
    if (o.exited === null) {
      p.kill('SIGKILL');
      await o.done;
    }
    fs.rmSync(dir, { recursive: true, force: true });
  };
  return o;
}
// ---- raw HTTP/1.1 client
export function buildRequest(q, port) {
  if (q.raw64) return Buffer.from(q.raw64, 'base64');
  if (q.raw !== undefined) return Buffer.from(q.raw.replaceAll('@HOST@', '127.0.0.1:' + port));
  const body =
    q.body64 !== undefined
      ? Buffer.from(q.body64, 'base64')
      : q.fill
        ? Buffer.concat([
            Buffer.from(q.fill[0]),
            Buffer.alloc(q.fill[1], q.fill[2] || 'x'),
            Buffer.from(q.fill[3] || ''),
          ])
        : Buffer.from(q.body || '');
  const h = (q.headers || []).map(([k, v]) => [k, Array.isArray(v) ? v[0].repeat(v[1]) : v]);
  const has = (n) => h.some((x) => x[0].toLowerCase() === n);
  if (!has('host') && !q.nohost) h.unshift(['host', '127.0.0.1:' + port]);
  let payload = body;
  if (q.chunked) {
    h.push(['transfer-encoding', 'chunked']);
    const parts = [];
    for (let i = 0; i < body.length; i += q.chunked) {
      const c = body.subarray(i, i + q.chunked);
      parts.push(Buffer.from(c.length.toString(16) + '\r\n'), c, Buffer.from('\r\n'));
    }
    parts.push(Buffer.from('0\r\n\r\n'));
    payload = Buffer.concat(parts);
  } else if (
    !has('content-length') &&
    !q.nolength &&
    (body.length || !['GET', 'HEAD', 'OPTIONS', 'DELETE'].includes(q.method || 'POST'))
  )
    h.push(['content-length', String(body.length)]);
  return Buffer.concat([
    Buffer.from(
      `${q.method || 'POST'} ${q.path || '/v1/traces'} HTTP/${q.http || '1.1'}\r\n` +
        h.map((x) => `${x[0]}: ${x[1]}\r\n`).join('') +
        '\r\n',
    ),
    payload,
  ]);
}
export function rawHttp(port, q, wait = 1500) {
  return new Promise((res) => {
    const s = net.connect(port, '127.0.0.1');
    let b = Buffer.alloc(0),
      closed = false,
      t,
      reset = false;
    const fin = () => {
      clearTimeout(t);
      s.destroy();
      res(parseResponse(b, closed, reset, q.method === 'HEAD'));
    };
    s.on('connect', () => {
      s.write(buildRequest(q, port));
      if (q.halfclose) s.end();
      t = setTimeout(fin, q.wait || wait);
    });
    let settle;
    s.on('data', (d) => {
      b = Buffer.concat([b, d]);
      const r = parseResponse(b, false, false, q.method === 'HEAD');
      if (r.complete && !q.pipelined) {
        clearTimeout(settle);
        settle = setTimeout(fin, 25);
      }
    });
    s.on('end', () => {
      closed = true;
      clearTimeout(settle);
      fin();
    });
    s.on('error', () => {
      closed = true;
      reset = true;
      fin();
    });
  });
}
function parseResponse(b, closed, reset, head) {
  const i = b.indexOf('\r\n\r\n');
  if (i < 0)
    return {
      none: true,
      text: b.toString('latin1'),
      ...(b.length && !b.toString('latin1').startsWith('HTTP') ? { body: b } : {}),
      closed,
      reset,
    };
  const [sl, ...hl] = b.subarray(0, i).toString('latin1').split('\r\n');
  const status = +sl.split(' ')[1];
  const headers = {};
  for (const l of hl) {
    const j = l.indexOf(':');
    const k = l.slice(0, j).toLowerCase();
    headers[k] = headers[k] ? headers[k] + ', ' + l.slice(j + 1).trim() : l.slice(j + 1).trim();
  }
  let rest = b.subarray(i + 4);
  if (status === 100) return { ...parseResponse(rest, closed, reset, head), continued: true };
  let body = rest,
    complete = head || status === 204 || status === 304;
  if (complete) body = Buffer.alloc(0);
  else if (headers['content-length'] !== undefined) {
    const n = +headers['content-length'];
    complete = rest.length >= n;
    body = rest.subarray(0, n);
    rest = rest.subarray(n);
  } else if (/chunked/i.test(headers['transfer-encoding'] || '')) {
    const p = [];
    let o = 0;
    for (;;) {
      const e = rest.indexOf('\r\n', o);
      if (e < 0) break;
      const n = parseInt(rest.subarray(o, e).toString(), 16);
      if (n === 0) {
        complete = true;
        break;
      }
      p.push(rest.subarray(e + 2, e + 2 + n));
      o = e + 4 + n;
    }
    body = Buffer.concat(p);
  }
  const o = { status, line: sl, headers, body, closed, complete };
  if (closed) o.complete = true;
  const more = headers['content-length'] !== undefined ? rest : Buffer.alloc(0);
  if (more.length) o.more = more.toString('latin1');
  return o;
}
// what is kept of an answer
export function showResponse(r) {
  if (r.none)
    return {
      no_answer: true,
      ...(r.body ? { bytes64: r.body.subarray(0, 200).toString('base64') } : {}),
      closed: r.closed,
    };
  const h = { ...r.headers };
  delete h.date;
  const o = { status: r.status, headers: h };
  const ct = h['content-type'] || '';
  if (r.body.length) {
    if (ct === 'application/x-protobuf') {
      o.body64 = r.body.toString('base64');
      if (r.status !== 200)
        try {
          o.body_status = decodeStatus(r.body);
        } catch {}
    } else o.body = r.body.toString();
  }
  if (r.continued) o.continue_sent = true;
  if (r.closed) o.closed = true;
  if (r.more) o.next_response = r.more.replace(/date: [^\r]*\r\n/i, '').slice(0, 400);
  return o;
}
// ---- gRPC client on raw HTTP/2 streams
export const frame = (b, flag = 0, declared) => {
  const h = Buffer.alloc(5);
  h[0] = flag;
  h.writeUInt32BE(declared ?? b.length, 1);
  return Buffer.concat([h, b]);
};
const pct = (s) => {
  try {
    return decodeURIComponent(s);
  } catch {
    return s;
  }
};
export function grpcCall(port, q, wait = 2500) {
  return new Promise((res) => {
    const c = http2.connect('http://127.0.0.1:' + port);
    let done = false,
      t;
    const o = {};
    const fin = () => {
      if (done) return;
      done = true;
      clearTimeout(t);
      try {
        c.destroy();
      } catch {}
      res(o);
    };
    c.on('error', (e) => {
      o.connection_error = e.code || e.message;
      fin();
    });
    c.on('goaway', (code) => {
      o.goaway = code;
    });
    const h = {
      ':method': q.method || 'POST',
      ':path': q.path,
      ':scheme': 'http',
      ...(q.noct ? {} : { 'content-type': q.contentType ?? 'application/grpc' }),
      ...(q.note ? {} : { te: 'trailers' }),
      ...q.headers,
    };
    let s;
    try {
      s = c.request(h, { endStream: false });
    } catch (e) {
      o.client_error = e.message;
      return fin();
    }
    const parts = [];
    s.on('response', (x) => {
      o.http = x[':status'];
      o.headers = Object.fromEntries(Object.entries(x).filter(([k]) => !k.startsWith(':') && k !== 'date'));
    });
    s.on('trailers', (x) => {
      o.trailers = { ...x };
    });
    s.on('data', (d) => parts.push(d));
    s.on('error', (e) => {
      o.stream_error = e.code || e.message;
    });
    s.on('close', () => {
      if (s.rstCode) o.rst = s.rstCode;
      const b = Buffer.concat(parts);
      if (b.length) o.body64 = b.toString('base64');
      fin();
    });
    t = setTimeout(() => {
      o.timeout = true;
      fin();
    }, q.wait || wait);
    const body =
      q.body64 !== undefined
        ? Buffer.from(q.body64, 'base64')
        : q.fillFrame
          ? frame(
              Buffer.concat([Buffer.from(q.fillFrame[0], 'base64'), Buffer.alloc(q.fillFrame[1], 'x')]),
              q.fillFrame[2] || 0,
            )
          : Buffer.alloc(0);
    if (q.noend) {
      s.write(body);
    } else if (q.reset) {
      s.write(body);
      setTimeout(() => s.close(8), 30);
    } else s.end(body);
  });
}
export function showGrpc(o) {
  const r = {};
  if (o.connection_error) r.connection_error = true;
  if (o.timeout) r.timeout = true;
  if (o.rst) r.rst = o.rst;
  if (o.goaway !== undefined) r.goaway = o.goaway;
  if (o.http !== undefined) r.http = o.http;
  const m = { ...o.headers, ...o.trailers };
  if (o.headers?.['content-type']) r.content_type = o.headers['content-type'];
  if (o.headers?.['grpc-encoding']) r.grpc_encoding = o.headers['grpc-encoding'];
  if (o.headers?.['grpc-accept-encoding']) r.grpc_accept_encoding = o.headers['grpc-accept-encoding'];
  if (m['grpc-status'] !== undefined) r.grpc_status = +m['grpc-status'];
  if (m['grpc-message']) r.grpc_message = pct(m['grpc-message']);
  if (m['grpc-status-details-bin']) r.details = decodeStatus(Buffer.from(m['grpc-status-details-bin'], 'base64'));
  if (o.headers && !o.trailers && m['grpc-status'] !== undefined) r.trailers_only = true;
  if (o.body64) r.body64 = o.body64;
  return r;
}
// ---- sinks: the backend behind the exporters
export async function httpSink(port) {
  const s = { got: [], answer: () => ({ status: 200 }), requests: 0 };
  const srv = http.createServer((q, r) => {
    const p = [];
    q.on('data', (d) => p.push(d));
    q.on('end', async () => {
      const e = {
        t: Date.now(),
        method: q.method,
        path: q.url,
        headers: q.headers,
        rawHeaders: q.rawHeaders,
        httpVersion: q.httpVersion,
        body: Buffer.concat(p),
      };
      s.requests++;
      s.got.push(e);
      const a = s.answer(e, s.requests);
      if (a.destroy) return q.socket.destroy();
      if (a.hang) return;
      r.writeHead(a.status, a.headers || {});
      r.end(a.body);
    });
  });
  await new Promise((r) => srv.listen(port, '127.0.0.1', r));
  s.close = () =>
    new Promise((r) => {
      srv.closeAllConnections();
      srv.close(r);
    });
  s.port = port;
  return s;
}
export async function grpcSink(port) {
  const s = { got: [], answer: () => ({ code: 0 }), requests: 0, sessions: [] };
  const srv = http2.createServer();
  srv.on('session', (x) => {
    const e = {};
    s.sessions.push(e);
    x.on('remoteSettings', (v) => {
      e.settings = { ...v };
    });
    x.on('error', () => {});
    (s.live ||= new Set()).add(x);
    x.on('close', () => s.live.delete(x));
  });
  srv.on('stream', (st, h) => {
    const p = [];
    st.on('error', () => {});
    st.on('data', (d) => p.push(d));
    st.on('end', async () => {
      const b = Buffer.concat(p);
      const e = { t: Date.now(), headers: h, body: b };
      s.requests++;
      s.got.push(e);
      const a = s.answer(e, s.requests);
      if (st.destroyed) return;
      if (a.hang) return;
      if (a.destroy) return st.session.destroy();
      if (a.rst !== undefined) return st.close(a.rst);
      if (a.http) {
        st.respond({ ':status': a.http, 'content-type': 'text/plain' });
        return st.end('no');
      }
      const tr = { 'grpc-status': String(a.code) };
      if (a.message) tr['grpc-message'] = encodeURIComponent(a.message);
      if (a.retryMs !== undefined || a.details)
        tr['grpc-status-details-bin'] = encodeStatus({ code: a.code, message: a.message || '', retryMs: a.retryMs })
          .toString('base64')
          .replace(/=+$/, '');
      if (a.code === 0 || a.body) {
        st.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        st.on('wantTrailers', () => st.sendTrailers(tr));
        st.end(frame(a.body || Buffer.alloc(0)));
      } else {
        st.respond({ ':status': 200, 'content-type': 'application/grpc', ...tr }, { endStream: true });
      }
    });
  });
  await new Promise((r) => srv.listen(port, '127.0.0.1', r));
  s.close = () =>
    new Promise((r) => {
      for (const x of s.live || []) x.destroy();
      srv.close(r);
    });
  s.port = port;
  return s;
}
