// Cases over a list of trace IDs: one line of the list is one span or log record.
import fs from 'node:fs';
import path from 'node:path';

const folder = { path: '' };
/** Names the folder in which the lists of trace IDs are. */
export const setFolder = (path) => {
  folder.path = path;
};
export const ids = (file) =>
  fs
    .readFileSync(path.join(folder.path, file), 'utf8')
    .trim()
    .split('\n')
    .map((l) => l.split(' ')[0]);
export function expand(s) {
  // {"traces_of": file} and {"logs_of": file}: one span or log record for each line "ID [tracestate]"
  const [[kind, file]] = Object.entries(s);
  if (!kind.endsWith('_of')) return s;
  const lines = fs
    .readFileSync(path.join(folder.path, file), 'utf8')
    .trim()
    .split('\n')
    .map((l) => l.split(' '));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 's' } }] };
  if (kind === 'traces_of') {
    const spans = lines.map(([traceId, traceState], i) => ({
      traceId,
      spanId: (i + 1).toString(16).padStart(16, '0'),
      ...(traceState ? { traceState } : {}),
      name: 'op',
      kind: 1,
      startTimeUnixNano: '1700000000000000000',
      endTimeUnixNano: '1700000000010000000',
    }));
    return { traces: { resourceSpans: [{ resource, scopeSpans: [{ scope: {}, spans }] }] } };
  }
  const logRecords = lines.map(([traceId], i) => ({
    timeUnixNano: '1700000000000000000',
    traceId,
    body: { stringValue: String(i) },
    attributes: [{ key: 'request.id', value: { stringValue: traceId } }],
  }));
  return { logs: { resourceLogs: [{ resource, scopeLogs: [{ scope: {}, logRecords }] }] } };
}
export const passed = (exports) => {
  const got = new Set();
  for (const e of exports) {
    for (const r of e.body.resourceSpans ?? [])
      for (const m of r.scopeSpans ?? []) for (const x of m.spans ?? []) got.add(x.traceId);
    for (const r of e.body.resourceLogs ?? [])
      for (const m of r.scopeLogs ?? []) for (const x of m.logRecords ?? []) got.add(x.body.stringValue);
  }
  return got;
};
export const bitmap = (bits) => {
  let out = '';
  for (let i = 0; i < bits.length; i += 4)
    out += [0, 1, 2, 3].reduce((a, j) => a * 2 + (bits[i + j] ? 1 : 0), 0).toString(16);
  return out;
};
