// Brings exported data to a normal form and compares it with what was recorded.
import { bitmap, ids, passed } from './trace-ids.mjs';

// ---------------------------------------------------------------- normal forms
const valueKey = (v) => JSON.stringify(v);
const sortAttrs = (a) => [...(a ?? [])].sort((x, y) => (x.key < y.key ? -1 : x.key > y.key ? 1 : 0));
const ENUM = {
  kind: {
    SPAN_KIND_UNSPECIFIED: 0,
    SPAN_KIND_INTERNAL: 1,
    SPAN_KIND_SERVER: 2,
    SPAN_KIND_CLIENT: 3,
    SPAN_KIND_PRODUCER: 4,
    SPAN_KIND_CONSUMER: 5,
  },
  code: { STATUS_CODE_UNSET: 0, STATUS_CODE_OK: 1, STATUS_CODE_ERROR: 2 },
  aggregationTemporality: {
    AGGREGATION_TEMPORALITY_UNSPECIFIED: 0,
    AGGREGATION_TEMPORALITY_DELTA: 1,
    AGGREGATION_TEMPORALITY_CUMULATIVE: 2,
  },
};
const INTS = new Set([
  'intValue',
  'asInt',
  'count',
  'zeroCount',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'timeUnixNano',
  'observedTimeUnixNano',
]);
// drops what means the same as absence, orders attributes, makes 64-bit integers strings and enumerations numbers
export function canon(x, key) {
  if (Array.isArray(x)) {
    if (/[aA]ttributes$/.test(key ?? '')) return sortAttrs(x).map((e) => canon(e));
    if (key === 'bucketCounts') return x.map(String);
    return x.map((e) => canon(e));
  }
  if (x && typeof x === 'object') {
    const o = {};
    for (const k of Object.keys(x).sort()) {
      let v = canon(x[k], k);
      if (ENUM[k] && typeof v === 'string' && v in ENUM[k]) v = ENUM[k][v];
      if (INTS.has(k) && typeof v === 'number') v = String(v);
      if (k === 'value' && key === undefined && 'key' in x) {
        o[k] = v;
        continue;
      }
      const keepZero = [
        'intValue',
        'doubleValue',
        'boolValue',
        'stringValue',
        'asInt',
        'asDouble',
        'bytesValue',
        'arrayValue',
        'kvlistValue',
      ].includes(k);
      if (
        !keepZero &&
        (v === '' ||
          v === 0 ||
          v === '0' ||
          v === false ||
          v === null ||
          v === undefined ||
          (Array.isArray(v) && v.length === 0) ||
          (typeof v === 'object' && !Array.isArray(v) && v !== null && Object.keys(v).length === 0))
      )
        continue;
      o[k] = v;
    }
    return o;
  }
  if (typeof x === 'string' && /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(x)) return '$UUID';
  return x;
}

const SIGNALS = {
  traces: { top: 'resourceSpans', mid: 'scopeSpans', items: 'spans' },
  logs: { top: 'resourceLogs', mid: 'scopeLogs', items: 'logRecords' },
  metrics: { top: 'resourceMetrics', mid: 'scopeMetrics', items: 'metrics' },
};
// one record per span, log record or data point, with its resource and scope: grouping and order do not matter
export function flatten(body) {
  const rows = [];
  for (const [signal, s] of Object.entries(SIGNALS)) {
    for (const r of body[s.top] ?? []) {
      for (const m of r[s.mid] ?? []) {
        for (const item of m[s.items] ?? []) {
          const head = {
            resource: r.resource ?? {},
            resourceSchemaUrl: r.schemaUrl ?? '',
            scope: m.scope ?? {},
            scopeSchemaUrl: m.schemaUrl ?? '',
          };
          if (signal !== 'metrics') {
            rows.push(canon({ ...head, item }));
            continue;
          }
          for (const t of ['sum', 'gauge', 'histogram', 'exponentialHistogram', 'summary']) {
            if (!item[t]) continue;
            const { dataPoints, ...rest } = item[t];
            for (const point of dataPoints ?? []) {
              const p = { ...point };
              if (p.exemplars)
                p.exemplars = [...p.exemplars]
                  .map((e) => canon(e))
                  .sort((a, b) => (valueKey(a) < valueKey(b) ? -1 : 1));
              rows.push(
                canon({
                  ...head,
                  metric: { name: item.name, unit: item.unit, description: item.description, type: t, ...rest },
                  point: p,
                }),
              );
            }
          }
        }
      }
    }
  }
  return rows;
}

export const traceSummary = (exports) => {
  const n = new Map();
  for (const e of exports)
    for (const r of e.body.resourceSpans ?? [])
      for (const m of r.scopeSpans ?? [])
        for (const s of m.spans ?? []) n.set(s.traceId ?? '', (n.get(s.traceId ?? '') ?? 0) + 1);
  return Object.fromEntries([...n].sort((a, b) => (a[0] < b[0] ? -1 : 1)));
};

// clock readings become labels: the last event before them (P start of the program, Sn n-th send, Fn n-th export
// received), then the number of the cluster (readings less than 60 ms apart) within that interval
export function timeLabels(events, bodies) {
  let f = 0;
  const marks = events
    .map((e) => ({ at: e.at, tag: e.tag === 'F' ? `F${++f}` : e.tag }))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  const start = marks[0].at;
  const found = new Set();
  const scan = (x) => {
    if (Array.isArray(x)) x.forEach(scan);
    else if (x && typeof x === 'object') {
      for (const [k, v] of Object.entries(x)) {
        if (k.endsWith('imeUnixNano') && BigInt(v) >= start) found.add(BigInt(v));
        else scan(v);
      }
    }
  };
  bodies.forEach(scan);
  const labels = new Map();
  let lastTag = null;
  let lastAt = 0n;
  let n = 0;
  for (const t of [...found].sort((a, b) => (a < b ? -1 : 1))) {
    let tag = marks[0].tag;
    for (const m of marks) if (m.at <= t) tag = m.tag;
    if (tag !== lastTag) n = 0;
    else if (t - lastAt > 60_000_000n) n += 1;
    labels.set(String(t), `${tag}.${n}`);
    lastTag = tag;
    lastAt = t;
  }
  return labels;
}
export function relabel(x, labels) {
  if (Array.isArray(x)) return x.map((e) => relabel(e, labels));
  if (x && typeof x === 'object') {
    return Object.fromEntries(
      Object.entries(x).map(([k, v]) => [
        k,
        k.endsWith('imeUnixNano') && labels.has(String(v)) ? labels.get(String(v)) : relabel(v, labels),
      ]),
    );
  }
  return x;
}

// what a run gave, in the form that the case files store under `expect`
export function observe(k, r) {
  const o = {};
  const phases = r.phases.slice(0, k.phases.length);
  const after = r.phases[k.phases.length] ?? [];
  if (r.statuses.some((s) => s !== 200)) o.statuses = r.statuses;
  if (k.view === 'summary') {
    o.phases = phases.map(traceSummary);
    if (k.shutdown) o.shutdown = traceSummary(after);
  } else if (k.view === 'counts') {
    // how many traces and spans of each group of trace ids: which ones is left to chance
    o.phases = phases.map((p) => {
      const t = Object.entries(traceSummary(p)).map(([id, n]) => [Number.parseInt(id, 16), n]);
      return Object.fromEntries(
        Object.entries(k.groups).map(([g, [lo, hi]]) => {
          const mine = t.filter(([id]) => id >= lo && id <= hi);
          return [g, { traces: mine.length, spans: mine.reduce((a, [, n]) => a + n, 0) }];
        }),
      );
    });
  } else if (k.view === 'bitmap') {
    // one bit per line of the id file, first line = highest bit of the first hex digit
    o.phases = phases.map((p) => {
      const got = passed(p);
      return bitmap(ids(k.ids).map((id, i) => got.has(id) || got.has(String(i))));
    });
  } else if (k.view === 'attr') {
    // the values of one attribute of the log records that passed
    const vals = (p) =>
      p
        .flatMap((e) => flatten(e.body))
        .map((row) => Object.values(row.item.attributes?.find((a) => a.key === k.attr)?.value ?? { x: null })[0])
        .sort();
    o.phases = phases.map(vals);
  } else if (k.view === 'full') {
    const labels = timeLabels(
      r.events,
      [...phases, after].flat().map((e) => e.body),
    );
    const all = (p) => p.map((e) => relabel(e.body, labels));
    o.phases = phases.map(all);
    if (k.shutdown) o.shutdown = all(after);
  }
  if (k.scrape) {
    const keep = new RegExp(k.scrape);
    o.metrics = [
      ...new Set(
        (r.scrape ?? '').split('\n').filter((l) => l && !l.startsWith('#') && keep.test(l) && !/_bucket\{/.test(l)),
      ),
    ]
      .map((l) =>
        l
          .replace(/(otel_scope_[a-z_]+|service_instance_id)="[^"]*",?/g, '')
          .replace(/,\}/, '}')
          .replace('{}', ''),
      )
      .map((l) => (/(_latency|_age)_sum|execution_time_sum/.test(l) ? l.replace(/ [^ ]+$/, ' $TIME') : l))
      .map((l) => (/count_bytes_sampled/.test(l) ? l.replace(/ [^ ]+$/, ' $BYTES') : l))
      .map((l) => (/timer_latency_count/.test(l) ? l.replace(/ [^ ]+$/, ' $TICKS') : l))
      .sort((a, b) => (a < b ? -1 : 1));
  }
  return o;
}

const rowsOf = (phase, perExport) => {
  const lists = perExport ? phase.map((b) => flatten(b)) : [phase.flatMap((b) => flatten(b))];
  // An export without points counts for nothing.
  return lists.map((rows) => rows.map(valueKey).sort()).filter((rows) => rows.length > 0 || !perExport);
};
export function compare(k, expect, got) {
  const bad = [];
  const eq = (a, b, what) => {
    if (JSON.stringify(a) !== JSON.stringify(b)) bad.push(`${what}: expected ${short(a)} got ${short(b)}`);
  };
  const diff = (a, b, what) => {
    const m = a.filter((x) => !b.includes(x));
    const x = b.filter((y) => !a.includes(y));
    if (m.length || x.length || a.length !== b.length)
      bad.push(
        `${what}: missing ${m.length} ${short(m[0])} ` +
          `unexpected ${x.length} ${short(x[0])} (of ${a.length}/${b.length})`,
      );
  };
  eq(expect.statuses ?? [], got.statuses ?? [], 'HTTP statuses');
  const names = expect.phases ? expect.phases.map((_, i) => i) : [];
  const pair = names.map((i) => [expect.phases[i], got.phases?.[i] ?? [], `phase ${i + 1}`]);
  if (expect.shutdown) pair.push([expect.shutdown, got.shutdown ?? [], 'shutdown']);
  for (const [e, g, what] of pair) {
    if (k.view === 'full') {
      const perExport = k.kind === 'connector' && k.component === 'span_metrics';
      const er = rowsOf(e, perExport);
      const gr = rowsOf(g, perExport);
      if (er.length !== gr.length) bad.push(`${what}: expected ${er.length} exports got ${gr.length}`);
      er.forEach((rows, i) => diff(rows, gr[i] ?? [], perExport ? `${what} export ${i + 1}` : what));
    } else if (Array.isArray(e)) diff(e, g, what);
    else eq(e, g, what);
  }
  if (expect.metrics) {
    // further metrics are welcome, further series or other values of the recorded ones are not
    const names = new Set(expect.metrics.map((l) => l.split(/[{ ]/)[0]));
    diff(
      expect.metrics,
      (got.metrics ?? []).filter((l) => names.has(l.split(/[{ ]/)[0])),
      'metrics',
    );
  }
  return bad;
}
export const short = (x) => {
  const s = JSON.stringify(x) ?? '';
  return s.length > 420 ? `${s.slice(0, 420)}...` : s;
};
