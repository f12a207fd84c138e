// Runs one host_metrics case against a program and returns the normalised result.
import fs from 'node:fs';
import path from 'node:path';
import { startSink, startProgram, until, sleep, sortKv, tempDir, subst } from '../support/harness.mjs';
import { writeTree } from './trees.mjs';

export const canReplaceProc = () => {
  if (process.getuid() !== 0) return false;
  return fs.existsSync('/usr/bin/unshare') && fs.existsSync('/dev/shm');
};
const NS = [
  'unshare',
  '-m',
  'sh',
  '-c',
  'mkdir "$FAKEPROC/$$" && ' +
    'echo "$$ (self) S 0 1 1 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 100 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0" ' +
    '> "$FAKEPROC/$$/stat" && mount --bind "$FAKEPROC" /proc && exec "$@"',
  'sh',
];

export function buildConfig(c, dir, port, replaced) {
  const type = c.type ?? 'host_metrics';
  const recv = structuredClone(c.receivers ?? { [type]: c.receiver });
  if (c.replaceProc && replaced)
    for (const r of Object.values(recv)) {
      delete r.root_path;
      r.initial_delay = '600ms';
    }
  return subst(
    {
      receivers: recv,
      exporters: {
        otlp_grpc: {
          endpoint: `127.0.0.1:${port}`,
          compression: 'none',
          tls: { insecure: true },
          sending_queue: { enabled: false },
          retry_on_failure: { enabled: false },
        },
      },
      service: {
        telemetry: { metrics: { level: 'none' }, logs: { encoding: 'json' } },
        pipelines: { metrics: { receivers: Object.keys(recv), exporters: ['otlp_grpc'] } },
      },
    },
    { $DIR: dir },
  );
}
export const secondsOf = (n) => Number(BigInt(n) / 1000000n) / 1000;

function starts(ns, boots, t0, t1) {
  const s = secondsOf(ns);
  if (s >= t0 - 1 && s <= t1 + 1) return '$start';
  for (const b of boots) {
    const d = s - b;
    if (Math.abs(d) <= 3) return '$boot';
  }
  return s;
}
export function normalise(rms, ctx) {
  const out = [];
  for (const rm of rms)
    for (const sm of rm.scopeMetrics ?? []) {
      const metrics = sm.metrics
        .map((m) => {
          const kind = m.sum ? 'sum' : 'gauge';
          const body = m[kind];
          const dataPoints = (body.dataPoints ?? [])
            .map((d) => {
              const p = { attributes: sortKv(d.attributes ?? []) };
              if (d.asInt !== undefined) p.asInt = d.asInt;
              else p.asDouble = d.asDouble;
              if (d.startTimeUnixNano) p.startTimeUnixNano = starts(d.startTimeUnixNano, ctx.boots, ctx.t0, ctx.t1);
              if (d.flags) p.flags = d.flags;
              const t = secondsOf(d.timeUnixNano ?? 0);
              if (t < ctx.t0 - 1 || t > ctx.t1 + 1) p.timeUnixNano = 'NOT NOW: ' + d.timeUnixNano;
              return p;
            })
            .sort((a, b) => (JSON.stringify(a.attributes) < JSON.stringify(b.attributes) ? -1 : 1));
          return {
            name: m.name,
            unit: m.unit,
            description: m.description,
            [kind]: {
              ...(kind === 'sum'
                ? { aggregationTemporality: body.aggregationTemporality, isMonotonic: body.isMonotonic ?? false }
                : {}),
              dataPoints,
            },
          };
        })
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      out.push({
        resource: sortKv(rm.resource?.attributes ?? []),
        schemaUrl: rm.schemaUrl,
        scope: { name: sm.scope?.name, ...(sm.scope?.attributes ? { attributes: sm.scope.attributes } : {}) },
        metrics,
      });
    }
  return out.sort((a, b) =>
    a.scope.name + JSON.stringify(a.resource) < b.scope.name + JSON.stringify(b.resource) ? -1 : 1,
  );
}

// Only the Collector itself needs its /proc replaced; other programs get the fixture through root_path.
const wanted = (command) =>
  process.env.GOLDEN_REPLACE_PROC ? process.env.GOLDEN_REPLACE_PROC === '1' : command.some((w) => /otelcol/.test(w));

export async function replay(c, { command, port, folder, keep }) {
  const replaceable = canReplaceProc() && wanted(command);
  const dir = c.replaceProc && replaceable ? fs.mkdtempSync('/dev/shm/golden-') : tempDir();
  const root = path.join(dir, 'root');
  fs.mkdirSync(root);
  const tree = (t) => writeTree(/\n/.test(t) ? t : fs.readFileSync(path.join(folder, t), 'utf8'), root);
  try {
    for (const t of c.trees ?? []) tree(t);
    const cfg = path.join(dir, 'config.yaml');
    fs.writeFileSync(cfg, JSON.stringify(buildConfig(c, root, port, c.replaceProc && replaceable)));
    const env = {
      ...subst(c.env ?? {}, { $DIR: root }),
      ...(c.replaceProc ? { FAKEPROC: path.join(root, 'proc') } : {}),
    };
    const sink = await startSink(port);
    const t0 = Date.now() / 1000;
    const upBefore = Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    const run = startProgram(
      c.replaceProc && replaceable ? [...NS, ...command] : command,
      [...(c.args ?? []), '--config', cfg],
      { env },
    );
    if (c.replaceProc && replaceable) {
      await until(() => /Everything is ready/.test(run.stderr) || run.code !== null, 450);
      fs.rmSync(path.join(root, 'proc', String(run.child.pid)), { recursive: true, force: true });
    }
    const want = c.scrapes ?? 1;
    const collections = () => sink.requests.length;
    if (c.exits) await Promise.race([run.exited, sleep(6000)]);
    else if (want === 0) await sleep(900);
    else
      for (let i = 0; i < want; i++) {
        await until(() => collections() > i || run.code !== null, 6000);
        if (c.after?.[i]) {
          for (const t of [c.after[i]].flat()) tree(t);
        }
      }
    await run.stop();
    await sink.close();
    const t1 = Date.now() / 1000;
    const boots = [t0 - upBefore];
    for (const p of ['proc/uptime', 'proc/stat']) {
      try {
        const s = fs.readFileSync(path.join(root, p), 'utf8');
        boots.push(p.endsWith('stat') ? Number(/btime (\d+)/.exec(s)[1]) : t0 - Number(s.split(' ')[0]));
      } catch {}
    }
    const scrapes = sink.requests
      .slice(0, Math.max(want, 0))
      .map((q) => normalise(q.json.resourceMetrics ?? [], { boots, t0, t1 }));
    return {
      code: run.code,
      stderr: run.stderr.replaceAll(root, '$DIR').replaceAll(dir, '$DIR/..'),
      scrapes,
      boots,
      requests: sink.requests,
    };
  } finally {
    if (!keep) fs.rmSync(dir, { recursive: true, force: true });
  }
}
// error and warning lines of a JSON-encoded Collector log
export function logLines(stderr) {
  const out = [];
  for (const l of stderr.split('\n')) {
    try {
      const j = JSON.parse(l);
      if (j.level !== 'info' && j.level !== 'debug') {
        const { level, msg, error, scraper } = j;
        out.push({ level, msg, ...(scraper ? { scraper } : {}), ...(error ? { error } : {}), ...extra(j) });
      }
    } catch {}
  }
  return out;
}
const extra = (j) =>
  Object.fromEntries(
    Object.entries(j).filter(
      ([k]) =>
        ![
          'level',
          'ts',
          'caller',
          'msg',
          'error',
          'scraper',
          'resource',
          'stacktrace',
          'otelcol.component.id',
          'otelcol.component.kind',
          'otelcol.signal',
        ].includes(k),
    ),
  );

// JSON with short values on one line
export function pretty(x, indent = '', width = 200) {
  const flat = JSON.stringify(x);
  if (flat === undefined) return 'null';
  if (flat.length + indent.length <= width || x === null || typeof x !== 'object')
    return flat.replaceAll('":', '": ').replaceAll(/,"/g, ', "') === flat ? flat : spaced(x);
  const inner = indent + '  ';
  if (Array.isArray(x)) return '[\n' + x.map((e) => inner + pretty(e, inner, width)).join(',\n') + '\n' + indent + ']';
  return (
    '{\n' +
    Object.entries(x)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => inner + JSON.stringify(k) + ': ' + pretty(v, inner, width))
      .join(',\n') +
    '\n' +
    indent +
    '}'
  );
}
function spaced(x) {
  if (x === null || typeof x !== 'object') return JSON.stringify(x);
  if (Array.isArray(x)) return '[' + x.map(spaced).join(', ') + ']';
  return (
    '{' +
    Object.entries(x)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => JSON.stringify(k) + ': ' + spaced(v))
      .join(', ') +
    '}'
  );
}
