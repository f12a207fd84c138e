// Runs one resource_detection case: start the program, send OTLP/JSON through it, collect what comes out.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { startSink, startProgram, until, sleep, sortKv, tempDir, subst } from '../support/harness.mjs';

export function buildConfig(c, dir, ports) {
  const type = c.type ?? 'resource_detection';
  const signal = c.signal ?? 'logs';
  const procs = c.processors ?? { [type]: c.processor };
  return subst(
    {
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${ports.otlp}` } } } },
      processors: procs,
      exporters: {
        otlp_grpc: {
          endpoint: `127.0.0.1:${ports.sink}`,
          compression: 'none',
          tls: { insecure: true },
          sending_queue: { enabled: false },
          retry_on_failure: { enabled: false },
        },
      },
      service: {
        telemetry: { metrics: { level: 'none' }, logs: { encoding: 'json', level: 'info' } },
        pipelines: { [signal]: { receivers: ['otlp'], processors: Object.keys(procs), exporters: ['otlp_grpc'] } },
      },
    },
    { $DIR: dir, $META: `127.0.0.1:${ports.meta}` },
  );
}
const WRAP = {
  logs: (r) => ({
    resourceLogs: r.map((x) => ({
      resource: { attributes: x.attributes ?? [] },
      ...(x.schemaUrl ? { schemaUrl: x.schemaUrl } : {}),
      scopeLogs: [{ logRecords: [{ timeUnixNano: '1', body: { stringValue: 'x' } }] }],
    })),
  }),
  traces: (r) => ({
    resourceSpans: r.map((x) => ({
      resource: { attributes: x.attributes ?? [] },
      ...(x.schemaUrl ? { schemaUrl: x.schemaUrl } : {}),
      scopeSpans: [
        {
          spans: [
            {
              traceId: '0102030405060708090a0b0c0d0e0f10',
              spanId: '0102030405060708',
              name: 's',
              startTimeUnixNano: '1',
              endTimeUnixNano: '2',
            },
          ],
        },
      ],
    })),
  }),
  metrics: (r) => ({
    resourceMetrics: r.map((x) => ({
      resource: { attributes: x.attributes ?? [] },
      ...(x.schemaUrl ? { schemaUrl: x.schemaUrl } : {}),
      scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [{ timeUnixNano: '1', asInt: '1' }] } }] }],
    })),
  }),
};
const PATHS = { logs: '/v1/logs', traces: '/v1/traces', metrics: '/v1/metrics' };

function metaServer(port, routes, asked) {
  const table = { ...routes };
  const server = http.createServer((q, s) => {
    let body = '';
    q.on('data', (d) => {
      body += d;
    });
    q.on('end', () => {
      asked.push({
        request: `${q.method} ${q.url}`,
        ...(q.headers['metadata-flavor'] ? { 'metadata-flavor': q.headers['metadata-flavor'] } : {}),
        ...(q.headers['x-aws-ec2-metadata-token']
          ? { 'x-aws-ec2-metadata-token': q.headers['x-aws-ec2-metadata-token'] }
          : {}),
        ...(q.headers.metadata ? { metadata: q.headers.metadata } : {}),
      });
      const r = table[`${q.method} ${q.url}`] ?? table[`${q.method} ${q.url.split('?')[0]}`] ?? table['*'];
      if (r === undefined) {
        s.writeHead(404, { 'metadata-flavor': 'Google' });
        s.end('not found');
        return;
      }
      if (r.hang) return;
      s.writeHead(r.status ?? 200, {
        'metadata-flavor': 'Google',
        'x-aws-ec2-metadata-token-ttl-seconds': '21600',
        'content-type': typeof r.body === 'object' ? 'application/json' : 'text/plain',
        ...r.headers,
      });
      s.end(typeof r.body === 'object' ? JSON.stringify(r.body) : (r.body ?? ''));
    });
  });
  server.on('connection', (k) => k.on('error', () => {}));
  return new Promise((ok, bad) => {
    server.once('error', bad);
    server.listen(port, '127.0.0.1', () =>
      ok({
        table,
        close: () =>
          new Promise((z) => {
            server.closeAllConnections();
            server.close(z);
          }),
      }),
    );
  });
}
export async function replay(c, { command, base }) {
  const ports = { sink: base, otlp: base + 1, meta: base + 2 };
  const dir = tempDir();
  const asked = [];
  const sink = await startSink(ports.sink);
  const meta = c.metadata ? await metaServer(ports.meta, c.metadata, asked) : null;
  let run;
  try {
    for (const [k, v] of Object.entries(c.files ?? {})) {
      fs.mkdirSync(path.dirname(path.join(dir, k)), { recursive: true });
      fs.writeFileSync(path.join(dir, k), v);
    }
    const cfg = path.join(dir, 'config.yaml');
    fs.writeFileSync(cfg, JSON.stringify(buildConfig(c, dir, ports)));
    const env = subst({ AWS_EC2_METADATA_DISABLED: '', ...c.env }, { $DIR: dir, $META: `127.0.0.1:${ports.meta}` });
    if (env.AWS_EC2_METADATA_DISABLED === '') delete env.AWS_EC2_METADATA_DISABLED;
    const began = Date.now();
    run = startProgram(command, [...(c.args ?? []), '--config', cfg], { env });
    const post = async (body) => {
      try {
        const r = await fetch(`http://127.0.0.1:${ports.otlp}${PATHS[c.signal ?? 'logs']}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        return r.status;
      } catch {
        return 0;
      }
    };
    const send = async (resources) => {
      const n = sink.requests.length;
      let status = 0;
      await until(() => run.code !== null || sink.requests.length > n, 0);
      // It passes data on or ends: the bound is for neither, on a busy machine.
      const end = Date.now() + 20_000;
      while (run.code === null && Date.now() < end) {
        status = await post(WRAP[c.signal ?? 'logs'](resources));
        if (status === 200) break;
        await sleep(100);
      }
      await until(() => sink.requests.length > n || run.code !== null, 1500);
      return status;
    };
    const outputs = [];
    const collect = (q) => {
      const j = q.json;
      for (const r of j.resourceLogs ?? j.resourceSpans ?? j.resourceMetrics ?? [])
        outputs.push({
          attributes: sortKv(r.resource?.attributes ?? []),
          ...(r.schemaUrl ? { schemaUrl: r.schemaUrl } : {}),
        });
    };
    let startedAfter;
    if (c.exits) {
      await until(() => run.code !== null, 8000);
    } else
      for (const s of c.send ?? [[{}]]) {
        if (s.wait) {
          await sleep(s.wait);
          continue;
        }
        if (s.metadata) {
          Object.assign(meta.table, s.metadata);
          continue;
        }
        const n = sink.requests.length;
        const status = await send(s);
        startedAfter ??= Date.now() - began;
        if (sink.requests.length === n) outputs.push({ nothing: status });
        for (const q of sink.requests.slice(n)) collect(q);
      }
    await run.stop();
    await sleep(10);
    return {
      outputs,
      code: run.code,
      stderr: run.stderr.replaceAll(dir, '$DIR').replaceAll(`127.0.0.1:${ports.meta}`, '$META'),
      asked,
      startedAfter,
    };
  } finally {
    if (run && run.code === null) await run.stop('SIGKILL');
    await sink.close();
    if (meta) await meta.close();
    fs.rmSync(dir, { recursive: true, force: true });
  }
}
export function logLines(stderr) {
  const out = [];
  const seen = new Set();
  for (const l of stderr.split('\n')) {
    let j;
    try {
      j = JSON.parse(l);
    } catch {
      if (l.startsWith('Error: ')) out.push({ fatal: l });
      continue;
    }
    const mine = j['otelcol.component.id']?.includes('resource') || /detect/.test(j.msg);
    if (!mine && (j.level === 'info' || j.level === 'debug')) continue;
    const e = Object.fromEntries(
      Object.entries(j).filter(
        ([k]) =>
          ![
            'ts',
            'caller',
            'stacktrace',
            'otelcol.component.id',
            'otelcol.component.kind',
            'otelcol.signal',
            'otelcol.pipeline.id',
          ].includes(k) && !(k === 'resource' && j.resource?.['service.instance.id']),
      ),
    );
    const k = JSON.stringify(e).replace(/\d{3,}/g, '#');
    if (seen.has(k)) continue;
    seen.add(k);
    out.push(e);
  }
  return out;
}
