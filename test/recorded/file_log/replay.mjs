// Runs one file_log case against a program and returns the normalised records.
import fs from 'node:fs';
import path from 'node:path';
import { startSink, startProgram, until, sleep, sortKv, tempDir, subst, fileStep } from '../support/harness.mjs';

export function buildConfig(c, dir, port) {
  const type = c.type ?? 'file_log';
  const extensions = c.extensions;
  return subst(
    {
      receivers: { [type]: c.receiver },
      ...(extensions ? { extensions } : {}),
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
        ...(extensions ? { extensions: Object.keys(extensions) } : {}),
        telemetry: { metrics: { level: 'none' }, logs: { encoding: 'json', level: c.logLevel ?? 'warn' } },
        pipelines: { logs: { receivers: [type], exporters: ['otlp_grpc'] } },
      },
    },
    { $DIR: dir },
  );
}
const yearless = (ns) => new Date(Number(BigInt(ns) / 1000000n)).toISOString().slice(4);
export function normalise(requests, c, t0, t1, dir) {
  const out = [];
  for (const q of requests) {
    if (q.refused) continue;
    for (const rl of q.json.resourceLogs ?? [])
      for (const sl of rl.scopeLogs ?? [])
        for (const r of sl.logRecords ?? []) {
          const n = {};
          if (rl.resource?.attributes?.length) n.resource = sortKv(rl.resource.attributes);
          if (sl.scope?.name || sl.scope?.version || sl.scope?.attributes) n.scope = sl.scope;
          if (r.timeUnixNano && r.timeUnixNano !== '0') {
            const s = Number(BigInt(r.timeUnixNano) / 1000000000n);
            n.timeUnixNano =
              s >= t0 - 2 && s <= t1 + 2
                ? '$now'
                : c.yearless
                  ? '$yearless' + yearless(r.timeUnixNano)
                  : r.timeUnixNano;
          }
          const o = Number(BigInt(r.observedTimeUnixNano ?? 0) / 1000000000n);
          if (o < t0 - 2 || o > t1 + 2) n.observedTimeUnixNano = r.observedTimeUnixNano ?? '0';
          if (r.severityNumber) n.severityNumber = r.severityNumber;
          if (r.severityText) n.severityText = r.severityText;
          if (r.body) n.body = sortKv(r.body);
          if (r.attributes?.length) n.attributes = sortKv(r.attributes);
          for (const k of ['traceId', 'spanId', 'flags', 'eventName', 'droppedAttributesCount']) if (r[k]) n[k] = r[k];
          out.push(JSON.parse(JSON.stringify(n).replaceAll(dir, '$DIR')));
        }
  }
  if (c.unordered) out.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return out;
}
const count = (sink) =>
  sink.requests
    .filter((q) => !q.refused)
    .reduce(
      (n, q) =>
        n +
        (q.json.resourceLogs ?? []).reduce(
          (m, rl) => m + rl.scopeLogs.reduce((k, sl) => k + (sl.logRecords?.length ?? 0), 0),
          0,
        ),
      0,
    );

/** Longer than anything takes that comes: several programs start at once, and the machine may be busy. */
const longestMs = 15_000;
/** Until the first poll is surely over, also of several programs that start at once on a busy machine. */
const firstPollMs = 5000;

export async function replay(c, { command, port, want, settle = 450 }) {
  const dir = fs.realpathSync(tempDir());
  const t0 = Date.now() / 1000;
  const notes = [];
  const write = (name, v) => fileStep({ write: name, ...(typeof v === 'string' ? { text: v } : v) }, dir);
  const sink = await startSink(port);
  const stderr = [];
  let run;
  let code;
  try {
    for (const [k, v] of Object.entries(c.files ?? {})) write(k, v);
    for (const s of c.before ?? []) fileStep(s, dir);
    const cfg = path.join(dir, 'config.yaml');
    fs.writeFileSync(cfg, JSON.stringify(buildConfig(c, dir, port)));
    const start = async () => {
      run = startProgram(command, [...(c.args ?? []), '--config', cfg], { cwd: dir, env: { TZ: 'UTC', ...c.env } });
    };
    const stop = async (sig) => {
      code = await run.stop(sig);
      stderr.push(run.stderr);
    };
    await start();
    let got = 0;
    for (const s of c.steps ?? []) {
      if (s.wait) await sleep(s.wait);
      else if (s.await !== undefined) {
        if (!(await until(() => count(sink) >= s.await || run.code !== null, s.timeout ?? longestMs)))
          notes.push(`await ${s.await} timed out with ${count(sink)}`);
      } else if (s.refused !== undefined) {
        if (!(await until(() => sink.requests.filter((q) => q.refused).length >= s.refused, longestMs)))
          notes.push(`refused ${s.refused} timed out`);
      } else if (s.sink) sink.mode = s.sink;
      else if (s.ready) await sleep(firstPollMs);
      else if (s.restart) {
        await stop(s.signal);
        for (const x of s.while ?? []) fileStep(x, dir);
        await start();
      } else if (!fileStep(s, dir)) throw new Error('unknown step ' + JSON.stringify(s));
    }
    if (want !== undefined) {
      await until(() => count(sink) >= want || run.code !== null, longestMs);
      await sleep(c.settle ? Math.min(c.settle, 900) : want === 0 ? 500 : 150);
    } else {
      let last = Date.now();
      got = count(sink);
      const end = Date.now() + 8000;
      const quiet = c.settle ?? settle;
      await until(() => {
        const n = count(sink);
        if (n !== got) {
          got = n;
          last = Date.now();
        }
        return (
          run.code !== null || ((n > 0 || Date.now() - last > 900) && Date.now() - last > quiet) || Date.now() > end
        );
      }, 9000);
    }
    const atEnd = count(sink);
    await stop();
    const t1 = Date.now() / 1000;
    const left = c.listAfter
      ? fs
          .readdirSync(dir)
          .filter((f) => f !== 'config.yaml')
          .sort()
      : undefined;
    const afterStop = count(sink) - atEnd;
    if (afterStop) notes.push(`${afterStop} records came during shutdown`);
    return {
      records: normalise(sink.requests, c, t0, t1, dir),
      refused: sink.requests.filter((q) => q.refused).length,
      stderr: stderr.join('').replaceAll(dir, '$DIR'),
      code,
      notes,
      left,
      afterStop,
    };
  } finally {
    if (run && run.code === null) await run.stop('SIGKILL');
    await sink.close();
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
      continue;
    }
    if (j.level === 'info' || (j.level === 'debug' && !/Failed to process|skip/.test(j.msg))) continue;
    const e = Object.fromEntries(
      Object.entries(j).filter(
        ([k]) =>
          ![
            'ts',
            'caller',
            'resource',
            'stacktrace',
            'otelcol.component.id',
            'otelcol.component.kind',
            'otelcol.signal',
          ].includes(k),
      ),
    );
    const k = JSON.stringify(e).replace(/\d{4,}/g, '#');
    if (seen.has(k)) continue;
    seen.add(k);
    out.push(e);
  }
  return out;
}
