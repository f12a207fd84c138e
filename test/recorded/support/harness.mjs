// Replay harness: an OTLP/gRPC sink, a process runner, file steps. Node built-ins only.
import http2 from 'node:http2';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { spawn } from 'node:child_process';

// ---- protobuf to OTLP/JSON -------------------------------------------------
const KV = { 1: ['key', 's'], 2: ['value', () => ANY] };
const ANY = {
  1: ['stringValue', 's'],
  2: ['boolValue', 'b'],
  3: ['intValue', 'i64'],
  4: ['doubleValue', 'd'],
  5: ['arrayValue', () => ({ 1: ['values', () => ANY, 1] })],
  6: ['kvlistValue', () => ({ 1: ['values', () => KV, 1] })],
  7: ['bytesValue', 'by'],
};
const RES = { 1: ['attributes', () => KV, 1], 2: ['droppedAttributesCount', 'u32'] };
const SCOPE = {
  1: ['name', 's'],
  2: ['version', 's'],
  3: ['attributes', () => KV, 1],
  4: ['droppedAttributesCount', 'u32'],
};
const LOGREC = {
  1: ['timeUnixNano', 'f64'],
  11: ['observedTimeUnixNano', 'f64'],
  2: ['severityNumber', 'u32'],
  3: ['severityText', 's'],
  5: ['body', () => ANY],
  6: ['attributes', () => KV, 1],
  7: ['droppedAttributesCount', 'u32'],
  8: ['flags', 'f32'],
  9: ['traceId', 'hex'],
  10: ['spanId', 'hex'],
  12: ['eventName', 's'],
};
const EX = {
  7: ['filteredAttributes', () => KV, 1],
  2: ['timeUnixNano', 'f64'],
  3: ['asDouble', 'd'],
  6: ['asInt', 'sf64'],
  4: ['spanId', 'hex'],
  5: ['traceId', 'hex'],
};
const NDP = {
  7: ['attributes', () => KV, 1],
  2: ['startTimeUnixNano', 'f64'],
  3: ['timeUnixNano', 'f64'],
  4: ['asDouble', 'd'],
  6: ['asInt', 'sf64'],
  5: ['exemplars', () => EX, 1],
  8: ['flags', 'u32'],
};
const METRIC = {
  1: ['name', 's'],
  2: ['description', 's'],
  3: ['unit', 's'],
  5: ['gauge', () => ({ 1: ['dataPoints', () => NDP, 1] })],
  7: [
    'sum',
    () => ({ 1: ['dataPoints', () => NDP, 1], 2: ['aggregationTemporality', 'u32'], 3: ['isMonotonic', 'b'] }),
  ],
  12: ['metadata', () => KV, 1],
};
const SPAN = {
  1: ['traceId', 'hex'],
  2: ['spanId', 'hex'],
  3: ['traceState', 's'],
  4: ['parentSpanId', 'hex'],
  5: ['name', 's'],
  6: ['kind', 'u32'],
  7: ['startTimeUnixNano', 'f64'],
  8: ['endTimeUnixNano', 'f64'],
  9: ['attributes', () => KV, 1],
  16: ['flags', 'f32'],
};
const wrap = (item, items, scopes, resources) => ({
  1: [
    resources,
    () => ({
      1: ['resource', () => RES],
      2: [scopes, () => ({ 1: ['scope', () => SCOPE], 2: [items, () => item, 1], 3: ['schemaUrl', 's'] }), 1],
      3: ['schemaUrl', 's'],
    }),
    1,
  ],
});
export const REQUESTS = {
  logs: wrap(LOGREC, 'logRecords', 'scopeLogs', 'resourceLogs'),
  metrics: wrap(METRIC, 'metrics', 'scopeMetrics', 'resourceMetrics'),
  traces: wrap(SPAN, 'spans', 'scopeSpans', 'resourceSpans'),
};

export function decode(buf, schema) {
  const out = {};
  let p = 0;
  const varint = () => {
    let r = 0n,
      s = 0n;
    for (;;) {
      const b = buf[p++];
      r |= BigInt(b & 127) << s;
      if (b < 128) return r;
      s += 7n;
    }
  };
  while (p < buf.length) {
    const tag = Number(varint()),
      no = tag >> 3,
      wt = tag & 7;
    let raw;
    if (wt === 0) raw = varint();
    else if (wt === 1) {
      raw = buf.subarray(p, p + 8);
      p += 8;
    } else if (wt === 5) {
      raw = buf.subarray(p, p + 4);
      p += 4;
    } else {
      const n = Number(varint());
      raw = buf.subarray(p, p + n);
      p += n;
    }
    const f = schema[no];
    if (!f) {
      (out.unknownFields ??= []).push(no);
      continue;
    }
    const [name, type, rep] = f;
    let v;
    if (typeof type === 'function') v = decode(raw, type());
    else if (type === 's') v = raw.toString('utf8');
    else if (type === 'by') v = raw.toString('base64');
    else if (type === 'hex') v = raw.toString('hex');
    else if (type === 'b') v = raw !== 0n;
    else if (type === 'u32') v = Number(raw);
    else if (type === 'i64') v = BigInt.asIntN(64, raw).toString();
    else if (type === 'd') v = num(raw.readDoubleLE());
    else if (type === 'f32') v = raw.readUInt32LE();
    else if (type === 'f64') v = raw.readBigUInt64LE().toString();
    else v = raw.readBigInt64LE().toString();
    if (rep) (out[name] ??= []).push(v);
    else out[name] = v;
  }
  return out;
}
const num = (d) => (Number.isFinite(d) ? d : String(d));

// attribute lists sorted by key, recursively, because the Collector's order of map keys varies
export function sortKv(x) {
  if (Array.isArray(x)) {
    const y = x.map(sortKv);
    return y.length && y.every((e) => e && typeof e === 'object' && 'key' in e)
      ? y.sort((a, b) => (a.key < b.key ? -1 : 1))
      : y;
  }
  if (x && typeof x === 'object') return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, sortKv(v)]));
  return x;
}

// ---- sink ------------------------------------------------------------------
export async function startSink(port) {
  const sink = { requests: [], mode: 'accept', port };
  const server = http2.createServer();
  const sessions = new Set();
  server.on('session', (s) => {
    sessions.add(s);
    s.on('error', () => {});
    s.on('close', () => sessions.delete(s));
  });
  server.on('stream', (stream, headers) => {
    const chunks = [];
    stream.on('error', () => {});
    stream.on('data', (c) => chunks.push(c));
    stream.on('end', () => {
      const all = Buffer.concat(chunks);
      let msg = all.subarray(5);
      if (all[0] === 1) msg = zlib.gunzipSync(msg);
      const signal = /Logs/.test(headers[':path']) ? 'logs' : /Metrics/.test(headers[':path']) ? 'metrics' : 'traces';
      const refused = sink.mode !== 'accept';
      sink.requests.push({ signal, refused, at: Date.now(), bytes: msg, json: decode(msg, REQUESTS[signal]) });
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () =>
        stream.sendTrailers(
          refused
            ? { 'grpc-status': sink.mode === 'refuse' ? '14' : '3', 'grpc-message': 'refused' }
            : { 'grpc-status': '0' },
        ),
      );
      stream.end(refused ? undefined : Buffer.alloc(5));
    });
  });
  await new Promise((ok, bad) => {
    server.once('error', bad);
    server.listen(port, '127.0.0.1', ok);
  });
  sink.close = () =>
    new Promise((ok) => {
      for (const s of sessions) s.destroy();
      server.close(() => ok());
    });
  return sink;
}

// ---- process ---------------------------------------------------------------
export function startProgram(command, args, { cwd, env } = {}) {
  const [bin, ...first] = command;
  const child = spawn(bin, [...first, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run = { child, stderr: '', stdout: '', code: null };
  child.stderr.on('data', (d) => {
    run.stderr += d;
  });
  child.stdout.on('data', (d) => {
    run.stdout += d;
  });
  run.exited = new Promise((ok) => {
    child.on('error', (e) => {
      run.stderr += String(e);
      run.code = -1;
      ok(-1);
    });
    child.on('exit', (c, s) => {
      run.code = c ?? s;
    });
    child.on('close', (c, s) => {
      run.code = c ?? s;
      ok(run.code);
    });
  });
  run.stop = async (signal = 'SIGTERM') => {
    if (run.code === null) {
      child.kill(signal);
      const t = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await run.exited;
      clearTimeout(t);
    }
    return run.code;
  };
  return run;
}
export const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms));
export async function until(test, ms) {
  const end = Date.now() + ms;
  for (;;) {
    if (test()) return true;
    if (Date.now() > end) return false;
    await sleep(20);
  }
}
export const tempDir = () => fs.mkdtempSync(path.join(os.tmpdir(), 'golden-'));
export const subst = (x, map) =>
  typeof x === 'string'
    ? Object.entries(map).reduce((s, [k, v]) => s.replaceAll(k, v), x)
    : Array.isArray(x)
      ? x.map((e) => subst(e, map))
      : x && typeof x === 'object'
        ? Object.fromEntries(Object.entries(x).map(([k, v]) => [subst(k, map), subst(v, map)]))
        : x;
export const data = (s) =>
  s.base64 !== undefined
    ? Buffer.from(s.base64, 'base64')
    : s.gzip !== undefined
      ? zlib.gzipSync(s.gzip)
      : s.repeat !== undefined
        ? Buffer.from(s.repeat[0].repeat(s.repeat[1]) + (s.text ?? ''))
        : Buffer.from(s.text ?? '');

// one file operation; paths are relative to dir
export function fileStep(step, dir) {
  const at = (p) => path.join(dir, p);
  if (step.write) {
    fs.mkdirSync(path.dirname(at(step.write)), { recursive: true });
    fs.writeFileSync(at(step.write), data(step));
  } else if (step.append) fs.appendFileSync(at(step.append), data(step));
  else if (step.overwrite) {
    const fd = fs.openSync(at(step.overwrite), 'r+');
    fs.writeSync(fd, data(step), 0, undefined, step.at ?? 0);
    fs.closeSync(fd);
  } else if (step.rename) {
    fs.mkdirSync(path.dirname(at(step.rename[1])), { recursive: true });
    fs.renameSync(at(step.rename[0]), at(step.rename[1]));
  } else if (step.copy) fs.copyFileSync(at(step.copy[0]), at(step.copy[1]));
  else if (step.truncate) fs.truncateSync(at(step.truncate), step.size ?? 0);
  else if (step.remove) fs.rmSync(at(step.remove), { recursive: true });
  else if (step.mkdir) fs.mkdirSync(at(step.mkdir), { recursive: true });
  else if (step.symlink) {
    fs.mkdirSync(path.dirname(at(step.symlink[1])), { recursive: true });
    fs.symlinkSync(step.symlink[0], at(step.symlink[1]));
  } else if (step.chmod) fs.chmodSync(at(step.chmod), Number.parseInt(step.mode, 8));
  else if (step.mtime) {
    const t = Date.now() / 1000 - (step.ageSeconds ?? 0);
    fs.utimesSync(at(step.mtime), t, t);
  } else return false;
  return true;
}
