// Helpers for the Prometheus cases: snappy block and remote-write protobuf decoding, running cases. Node 20, no
// dependencies.
import { start, waitReady, request, sink, closeSink, sleep, tmpdir, pickPorts, inUse } from '../support/pipelines.mjs';
import fs from 'node:fs';
export function snappy(b) {
  let i = 0,
    n = 0,
    s = 0;
  for (;;) {
    const c = b[i++];
    n += (c & 127) * 2 ** s;
    if (c < 128) break;
    s += 7;
  }
  const o = Buffer.alloc(n);
  let p = 0;
  while (i < b.length) {
    const t = b[i++];
    let len, off;
    if ((t & 3) === 0) {
      len = t >> 2;
      if (len >= 60) {
        const k = len - 59;
        len = b.readUIntLE(i, k);
        i += k;
      }
      len++;
      b.copy(o, p, i, i + len);
      i += len;
      p += len;
      continue;
    }
    if ((t & 3) === 1) {
      len = ((t >> 2) & 7) + 4;
      off = ((t >> 5) << 8) | b[i++];
    } else if ((t & 3) === 2) {
      len = (t >> 2) + 1;
      off = b.readUInt16LE(i);
      i += 2;
    } else {
      len = (t >> 2) + 1;
      off = b.readUInt32LE(i);
      i += 4;
    }
    for (let k = 0; k < len; k++) {
      o[p] = o[p - off];
      p++;
    }
  }
  if (p !== n) throw new Error('snappy length');
  return o;
}
function fields(b) {
  const r = [];
  let i = 0;
  const vi = () => {
    let v = 0n,
      s = 0n;
    for (;;) {
      const c = b[i++];
      v |= BigInt(c & 127) << s;
      if (c < 128) return v;
      s += 7n;
    }
  };
  while (i < b.length) {
    const k = Number(vi()),
      f = k >> 3,
      w = k & 7;
    if (w === 0) r.push([f, vi()]);
    else if (w === 1) {
      r.push([f, b.readDoubleLE(i)]);
      i += 8;
    } else if (w === 2) {
      const l = Number(vi());
      r.push([f, b.subarray(i, i + l)]);
      i += l;
    } else if (w === 5) {
      r.push([f, b.readFloatLE(i)]);
      i += 4;
    } else throw new Error('wire');
  }
  return r;
}
const packed = (x) => {
  if (typeof x === 'bigint') return [x];
  const r = [];
  let i = 0;
  while (i < x.length) {
    let v = 0n,
      s = 0n;
    for (;;) {
      const c = x[i++];
      v |= BigInt(c & 127) << s;
      if (c < 128) break;
      s += 7n;
    }
    r.push(v);
  }
  return r;
};
const doubles = (x) => {
  if (typeof x === 'number') return [x];
  const r = [];
  for (let i = 0; i < x.length; i += 8) r.push(x.readDoubleLE(i));
  return r;
};
const zz = (v) => Number((v >> 1n) ^ -(v & 1n)),
  i64 = (v) => Number(BigInt.asIntN(64, v));
const STALE = Buffer.from('020000000000f07f', 'hex');
const dbl = (v) => {
  if (Number.isNaN(v)) {
    return 'NaN';
  }
  return v === Infinity ? '+Inf' : v === -Infinity ? '-Inf' : v;
};
function rawDouble(b, f) {
  let i = 0;
  while (i < b.length) {
    const k = b[i++];
    const w = k & 7;
    if (w === 0) {
      while (b[i++] >= 128);
    } else if (w === 1) {
      if (k >> 3 === f) return b.subarray(i, i + 8);
      i += 8;
    } else if (w === 2) {
      let l = 0,
        s = 0;
      for (;;) {
        const c = b[i++];
        l |= (c & 127) << s;
        if (c < 128) break;
        s += 7;
      }
      i += l;
    } else i += 4;
  }
  return null;
}
function value(b, f) {
  const r = rawDouble(b, f);
  if (!r) return 0;
  if (r.equals(STALE)) return 'StaleNaN';
  return dbl(r.readDoubleLE(0));
}
function hist(b) {
  const h = {};
  const spans = (x) => {
    const o = { offset: 0, length: 0 };
    for (const [f, v] of fields(x))
      if (f === 1) o.offset = zz(v);
      else if (f === 2) o.length = Number(v);
    return [o.offset, o.length];
  };
  for (const [f, v] of fields(b)) {
    if (f === 1) h.count = big(v);
    else if (f === 2) h.countFloat = v;
    else if (f === 3) h.sum = value(b, 3);
    else if (f === 4) h.schema = zz(v);
    else if (f === 5) h.zeroThreshold = v;
    else if (f === 6) h.zeroCount = Number(v);
    else if (f === 7) h.zeroCountFloat = v;
    else if (f === 8) (h.negativeSpans ??= []).push(spans(v));
    else if (f === 9) h.negativeDeltas = [...(h.negativeDeltas ?? []), ...packed(v).map(zz)];
    else if (f === 11) (h.positiveSpans ??= []).push(spans(v));
    else if (f === 12) h.positiveDeltas = [...(h.positiveDeltas ?? []), ...packed(v).map(zz)];
    else if (f === 14) h.resetHint = Number(v);
    else if (f === 15) h.timestamp = i64(v);
    else if (f === 16) h.customValues = doubles(v);
    else if (f === 17) h.startTimestamp = i64(v);
  }
  for (const k of ['zeroCount', 'schema', 'sum', 'count']) h[k] ??= 0;
  return h;
}
const lbl = (b) => {
  let n = '',
    v = '';
  for (const [f, x] of fields(b))
    if (f === 1) n = x.toString();
    else if (f === 2) v = x.toString();
  return [n, v];
};
const big = (v) => (v > 9007199254740991n ? String(v) : Number(v));
const dups = (a) => new Set(a.map((x) => x[0])).size !== a.length;
const obj = (a) => Object.fromEntries([...a].sort((x, y) => (x[0] < y[0] ? -1 : 1)));
const isSorted = (a) => a.every((x, i) => !i || Buffer.compare(Buffer.from(a[i - 1][0]), Buffer.from(x[0])) < 0);
const TYPES = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset'];
export function decodeV1(b) {
  const r = { timeseries: [], labelsSorted: true };
  for (const [f, v] of fields(b)) {
    if (f === 1) {
      const t = { labels: [] };
      for (const [g, x] of fields(v)) {
        if (g === 1) t.labels.push(lbl(x));
        else if (g === 2) {
          const s = [value(x, 1), 0];
          for (const [q, y] of fields(x)) if (q === 2) s[1] = i64(y);
          (t.samples ??= []).push(s);
        } else if (g === 3) {
          const e = { labels: {}, value: value(x, 2), timestamp: 0 };
          const l = [];
          for (const [q, y] of fields(x))
            if (q === 1) l.push(lbl(y));
            else if (q === 3) e.timestamp = i64(y);
          e.labels = obj(l);
          (t.exemplars ??= []).push(e);
        } else if (g === 4) (t.histograms ??= []).push(hist(x));
      }
      if (!isSorted(t.labels)) r.labelsSorted = false;
      if (dups(t.labels)) t.duplicateLabels = t.labels.filter((x) => t.labels.filter((y) => y[0] === x[0]).length > 1);
      t.labels = obj(t.labels);
      r.timeseries.push(t);
    } else if (f === 3) {
      const m = { type: 'unknown', family: '' };
      for (const [g, x] of fields(v))
        if (g === 1) m.type = TYPES[Number(x)] ?? Number(x);
        else if (g === 2) m.family = x.toString();
        else if (g === 4) m.help = x.toString();
        else if (g === 5) m.unit = x.toString();
      (r.metadata ??= []).push(m);
    }
  }
  return norm(r);
}
export function decodeV2(b) {
  const sym = [];
  for (const [f, v] of fields(b)) if (f === 4) sym.push(v.toString());
  const r = { timeseries: [], labelsSorted: true };
  const refs = (x) => {
    const p = packed(x).map(Number),
      o = [];
    for (let i = 0; i + 1 < p.length; i += 2) o.push([sym[p[i]], sym[p[i + 1]]]);
    return o;
  };
  for (const [f, v] of fields(b))
    if (f === 5) {
      const t = { labels: [] };
      for (const [g, x] of fields(v)) {
        if (g === 1) t.labels.push(...refs(x));
        else if (g === 2) {
          const s = [value(x, 1), 0];
          for (const [q, y] of fields(x))
            if (q === 2) s[1] = i64(y);
            else if (q === 3) s[2] = i64(y);
          (t.samples ??= []).push(s);
        } else if (g === 3) (t.histograms ??= []).push(hist(x));
        else if (g === 4) {
          const e = { labels: {}, value: value(x, 2), timestamp: 0 };
          for (const [q, y] of fields(x))
            if (q === 1) e.labels = obj(refs(y));
            else if (q === 3) e.timestamp = i64(y);
          (t.exemplars ??= []).push(e);
        } else if (g === 5) {
          t.metadata = { type: 'unknown' };
          for (const [q, y] of fields(x))
            if (q === 1) t.metadata.type = TYPES[Number(y)] ?? Number(y);
            else if (q === 3) t.metadata.help = sym[Number(y)];
            else if (q === 4) t.metadata.unit = sym[Number(y)];
        } else if (g === 6) t.createdTimestamp = i64(x);
      }
      if (!isSorted(t.labels)) r.labelsSorted = false;
      t.labels = obj(t.labels);
      r.timeseries.push(t);
    }
  return norm(r);
}
function norm(r) {
  const key = (t) => JSON.stringify(t.labels);
  r.timeseries.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  r.metadata?.sort((a, b) => (a.family < b.family ? -1 : 1));
  return r;
}
const svc = (lv) => ({
  telemetry: { logs: { level: lv, encoding: 'json' }, metrics: { level: 'none' } },
  pipelines: {},
});
// exemplar labels come in no fixed order: sort them
export const exSort = (l) => {
  const k = l.indexOf(' # {');
  if (k < 0) return l;
  const e = l.indexOf('} ', k);
  const body = l.slice(k + 4, e);
  const parts = body.match(/("(?:[^"\\]|\\.)*"|[^=,]+)="(?:[^"\\]|\\.)*"/g) ?? [];
  return l.slice(0, k + 4) + parts.sort().join(',') + l.slice(e);
};
// scrape cases: {id, config, pushes:[OTLP...], wait_ms?, accept?}; exporter endpoint is filled in
export async function runScrape(cmd, cases, { base, chunk = 40, deadline = Infinity, expect } = {}) {
  const dir = tmpdir(),
    out = new Map();
  cases.forEach((c, i) => {
    c.n = i;
  });
  const queue = [];
  for (let i = 0; i < cases.length; i += chunk) queue.push(cases.slice(i, i + chunk));
  while (queue.length) {
    const list = queue.shift();
    if (Date.now() > deadline) {
      for (const c of list) out.set(c.id, { notRun: true });
      continue;
    }
    const cfg = { receivers: {}, exporters: {}, service: svc('error') };
    const pp = await pickPorts(list.length * 2, base, 295),
      P = (i) => pp[i],
      Q = (i) => pp[list.length + i];
    list.forEach((c, i) => {
      const n = `c${c.n}`;
      cfg.receivers[`otlp/${n}`] = { protocols: { http: { endpoint: `127.0.0.1:${P(i)}` } } };
      cfg.exporters[`prometheus/${n}`] = { endpoint: `127.0.0.1:${Q(i)}`, ...c.config };
      cfg.service.pipelines[`metrics/${n}`] = { receivers: [`otlp/${n}`], exporters: [`prometheus/${n}`] };
    });
    const h = start(cmd, cfg, dir);
    if (!(await waitReady(h, [...list.map((_, i) => P(i)), ...list.map((_, i) => Q(i))]))) {
      await h.stop();
      if (inUse(h.log) && (list.tries = (list.tries ?? 0) + 1) < 6) queue.unshift(list);
      else if (list.length === 1) out.set(list[0].id, { configError: h.log.replaceAll(dir, '$DIR') || 'exited' });
      else {
        const bad = new Set([...h.log.matchAll(/\b[a-z_]+\/c(\d+)\b/g)].map((m) => Number(m[1])));
        const named = list.filter((k) => bad.has(k.n));
        if (named.length && named.length < list.length) {
          for (const k of named) queue.unshift([k]);
          queue.unshift(list.filter((k) => !bad.has(k.n)));
        } else {
          const m = list.length >> 1;
          queue.unshift(list.slice(0, m), list.slice(m));
        }
      }
      continue;
    }
    for (const [i, c] of list.entries()) {
      const r = { push: [] };
      try {
        for (const p of c.pushes) {
          const q = await request(P(i), '/v1/metrics', {
            body: JSON.stringify(p),
            headers: { 'content-type': 'application/json' },
          });
          r.push.push(q.status);
        }
        r.n = i;
      } catch (e) {
        r.error = String(e.message);
      }
      out.set(c.id, r);
    }
    const t0 = Date.now();
    for (const [i, c] of [...list.entries()].sort((a, b) => (a[1].wait_ms ?? 0) - (b[1].wait_ms ?? 0))) {
      const r = out.get(c.id);
      if (c.wait_ms) await sleep(Math.max(0, t0 + c.wait_ms - Date.now()));
      try {
        for (let k = 0; k < 5; k++) {
          const q = await request(Q(i), '/metrics', { method: 'GET', headers: c.accept ? { accept: c.accept } : {} });
          r.status = q.status;
          r.contentType = q.headers['content-type'];
          r.lines = q.body.split('\n').filter(Boolean).map(exSort);
          if (!expect || expect(c, r)) break;
          await sleep(80);
        }
      } catch (e) {
        r.error = String(e.message);
      }
    }
    await h.stop();
    for (const c of list) {
      const ls = h.log.split('\n').filter((l) => l.includes(`/c${c.n}"`));
      if (ls.length)
        out.get(c.id).logs = ls.map((l) => {
          try {
            const j = JSON.parse(l);
            return { level: j.level, msg: j.msg, ...(j.error ? { error: j.error } : {}) };
          } catch {
            return l;
          }
        });
    }
  }
  fs.rmSync(dir, { recursive: true, force: true });
  return out;
}
// remote-write cases: {id, config, pushes, responses?:[status...], expectRequests?, gates?}
export async function runRemoteWrite(cmd, cases, { base, deadline = Infinity, settle = 500, want } = {}) {
  const dir = tmpdir(),
    out = new Map();
  cases.forEach((c, i) => {
    c.n = i;
    c.left = [...(c.responses ?? [])];
  });
  const [port] = await pickPorts(1, base);
  const byN = new Map(cases.map((c) => [c.n, c]));
  for (const c of cases) out.set(c.id, { requests: [] });
  const srv = await sink(port, (q, body, r) => {
    const c = byN.get(Number(/^\/c(\d+)/.exec(q.url)?.[1]));
    if (!c) {
      r.writeHead(404);
      r.end();
      return;
    }
    const e = { method: q.method, headers: {} };
    for (const k of [
      'content-encoding',
      'content-type',
      'x-prometheus-remote-write-version',
      'user-agent',
      'x-custom',
      'authorization',
    ])
      if (q.headers[k] !== undefined) e.headers[k] = q.headers[k];
    const st = c.left.shift() ?? 200;
    e.response = st;
    try {
      const raw = snappy(body);
      e.body = /v2\.Request/.test(q.headers['content-type']) ? decodeV2(raw) : decodeV1(raw);
      e.bytes = raw.length;
    } catch (x) {
      e.undecodable = String(x.message);
    }
    out.get(c.id).requests.push(e);
    r.writeHead(st, st === 429 ? { 'retry-after': '1' } : {});
    r.end(st >= 400 ? 'no' : '');
  });
  const groups = {};
  for (const c of cases) (groups[(c.gates ?? []).join(',')] ??= []).push(c);
  const queue = Object.entries(groups).map(([g, l]) => [g, l]);
  while (queue.length) {
    const [gates, list] = queue.shift();
    if (Date.now() > deadline) {
      for (const c of list) out.set(c.id, { notRun: true, requests: [] });
      continue;
    }
    const cfg = { receivers: {}, exporters: {}, service: svc('info') };
    const pp = await pickPorts(list.length, port + 1, 295 - (port - base)),
      P = (i) => pp[i];
    list.forEach((c, i) => {
      const n = `c${c.n}`;
      cfg.receivers[`otlp/${n}`] = { protocols: { http: { endpoint: `127.0.0.1:${P(i)}` } } };
      cfg.exporters[`prometheus_remote_write/${n}`] = { endpoint: `http://127.0.0.1:${port}/${n}`, ...c.config };
      cfg.service.pipelines[`metrics/${n}`] = { receivers: [`otlp/${n}`], exporters: [`prometheus_remote_write/${n}`] };
    });
    const full = gates ? [...(Array.isArray(cmd) ? cmd : cmd.trim().split(/\s+/)), `--feature-gates=${gates}`] : cmd;
    const h = start(full, cfg, dir);
    if (
      !(await waitReady(
        h,
        list.map((_, i) => P(i)),
      ))
    ) {
      await h.stop();
      if (inUse(h.log) && (list.tries = (list.tries ?? 0) + 1) < 6) queue.unshift([gates, list]);
      else if (list.length === 1)
        out.set(list[0].id, { configError: h.log.replaceAll(dir, '$DIR') || 'exited', requests: [] });
      else {
        const bad = new Set([...h.log.matchAll(/\b[a-z_]+\/c(\d+)\b/g)].map((m) => Number(m[1])));
        const named = list.filter((k) => bad.has(k.n));
        if (named.length && named.length < list.length) {
          for (const k of named) queue.unshift([gates, [k]]);
          queue.unshift([gates, list.filter((k) => !bad.has(k.n))]);
        } else {
          const m = list.length >> 1;
          queue.unshift([gates, list.slice(0, m)], [gates, list.slice(m)]);
        }
      }
      continue;
    }
    for (const [i, c] of list.entries()) {
      const r = out.get(c.id);
      r.push = [];
      for (const p of c.pushes) {
        try {
          r.push.push(
            (
              await request(P(i), '/v1/metrics', {
                body: JSON.stringify(p),
                headers: { 'content-type': 'application/json' },
              })
            ).status,
          );
        } catch (e) {
          r.push.push(String(e.message));
        }
        if (c.pause_ms) await sleep(c.pause_ms);
      }
    }
    await sleep(settle);
    const end = Date.now() + 2500;
    while (Date.now() < end && list.some((c) => (want ? want(c) : (c.min ?? 0)) > out.get(c.id).requests.length))
      await sleep(50);
    const slow = Math.max(0, ...list.map((c) => c.wait_ms ?? 0));
    if (slow) await sleep(slow);
    await h.stop();
    for (const c of list) {
      const ls = h.log.split('\n').filter((l) => l.includes(`/c${c.n}"`) && /"level":"(warn|error)"/.test(l));
      if (ls.length)
        out.get(c.id).logs = ls.map((l) => {
          try {
            const j = JSON.parse(l);
            return { level: j.level, msg: j.msg, ...(j.error ? { error: j.error } : {}) };
          } catch {
            return l;
          }
        });
    }
  }
  await closeSink(srv);
  fs.rmSync(dir, { recursive: true, force: true });
  return out;
}
