// Runs cases that are a sequence of phases: many cases share one process, each with a receiver and an exporter of its
// own.
import { spawn } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expand } from './trace-ids.mjs';

export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const nowNs = () => BigInt(Math.floor((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
export const HOST = '127.0.0.1';

// ---------------------------------------------------------------- the sink: OTLP/HTTP JSON, one path per case
export function startSink(port) {
  const listeners = new Map();
  const server = http.createServer((req, res) => {
    const chunks = [];
    req.on('data', (c) => chunks.push(c));
    req.on('end', () => {
      const at = nowNs();
      const [, name] = req.url.split('/');
      let body = null;
      try {
        body = JSON.parse(Buffer.concat(chunks).toString() || '{}');
      } catch {
        body = { unreadable: true };
      }
      res.setHeader('content-type', 'application/json');
      res.end('{}');
      listeners.get(name)?.({ at, body, url: req.url });
    });
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, HOST, () =>
      resolve({
        on: (name, fn) => listeners.set(name, fn),
        close: () => {
          server.closeAllConnections();
          server.close();
        },
      }),
    );
  });
}

// ---------------------------------------------------------------- one program run
export function startProgram(command, args, cwd) {
  const [bin, ...rest] = command.split(/\s+/);
  const child = spawn(bin, [...rest, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const p = { child, out: '', code: null };
  child.stdout.on('data', (d) => {
    p.out += d;
  });
  child.stderr.on('data', (d) => {
    p.out += d;
  });
  p.done = new Promise((resolve) => {
    child.on('error', (e) => {
      p.out += String(e);
      p.code = 127;
      resolve(127);
    });
    child.on('close', (code) => {
      p.code ??= code ?? 1;
      resolve(p.code);
    });
  });
  p.stop = async () => {
    if (p.code !== null) return;
    child.kill('SIGTERM');
    const t = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await p.done;
    clearTimeout(t);
  };
  return p;
}

export const reach = (port) =>
  new Promise((resolve) => {
    const s = net.connect(port, HOST);
    s.on('connect', () => {
      s.destroy();
      resolve(true);
    });
    s.on('error', () => resolve(false));
  });

async function waitPorts(ports, program, limitMs) {
  const end = Date.now() + limitMs;
  for (const port of ports) {
    while (!(await reach(port))) {
      if (program.code !== null) return false;
      if (Date.now() > end) return false;
      await sleep(20);
    }
  }
  return true;
}

function post(port, signal, data) {
  const body = Buffer.from(JSON.stringify(data));
  return new Promise((resolve) => {
    const req = http.request(
      {
        host: HOST,
        port,
        path: `/v1/${signal}`,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': body.length },
      },
      (res) => {
        res.resume();
        res.on('end', () => resolve(res.statusCode));
      },
    );
    req.on('error', () => resolve(0));
    req.end(body);
  });
}

function get(port, p) {
  return new Promise((resolve) => {
    http
      .get({ host: HOST, port, path: p }, (res) => {
        let s = '';
        res.on('data', (d) => {
          s += d;
        });
        res.on('end', () => resolve(s));
      })
      .on('error', () => resolve(''));
  });
}

// ---------------------------------------------------------------- config of a group of cases
export function groupConfig(cases, ports, sinkPort, metricsPort) {
  const c = {
    receivers: {},
    processors: {},
    connectors: {},
    exporters: {},
    service: {
      telemetry: {
        logs: { level: 'error' },
        metrics: metricsPort
          ? {
              level: 'normal',
              readers: [
                {
                  pull: {
                    exporter: {
                      prometheus: {
                        host: HOST,
                        port: metricsPort,
                        without_scope_info: true,
                        without_type_suffix: true,
                        without_units: true,
                      },
                    },
                  },
                },
              ],
            }
          : { level: 'none' },
      },
      pipelines: {},
    },
  };
  cases.forEach((k, i) => {
    const id = k.unnamed ? k.component : `${k.component}/${k.name}`;
    c.receivers[`otlp/${k.name}`] = { protocols: { http: { endpoint: `${HOST}:${ports[i]}` } } };
    c.exporters[`otlp_http/${k.name}`] = {
      endpoint: `http://${HOST}:${sinkPort}/${k.name}`,
      encoding: 'json',
      compression: 'none',
      sending_queue: { enabled: false },
      retry_on_failure: { enabled: false },
    };
    if (k.kind === 'connector') {
      c.connectors[id] = k.config;
      const ins = new Set(k.phases.flatMap((p) => (p.send ?? []).flatMap((s) => Object.keys(s))));
      if (ins.size === 0) ins.add('traces');
      for (const s of ins)
        c.service.pipelines[`${s}/${k.name}-in`] = { receivers: [`otlp/${k.name}`], exporters: [id] };
      c.service.pipelines[`metrics/${k.name}-out`] = { receivers: [id], exporters: [`otlp_http/${k.name}`] };
    } else {
      c.processors[id] = k.config;
      const s = Object.keys(k.phases[0].send[0])[0].replace('_of', '');
      c.service.pipelines[`${s}/${k.name}`] = {
        receivers: [`otlp/${k.name}`],
        processors: [id],
        exporters: [`otlp_http/${k.name}`],
      };
      for (const [type, settings] of Object.entries(k.then ?? {})) {
        // further processors behind the one under test
        c.processors[`${type}/${k.name}`] = settings;
        c.service.pipelines[`${s}/${k.name}`].processors.push(`${type}/${k.name}`);
      }
    }
  });
  for (const key of ['processors', 'connectors']) if (Object.keys(c[key]).length === 0) delete c[key];
  return c;
}

// ---------------------------------------------------------------- run the phases of one case
async function runCase(k, port, sink, metricsPort, box) {
  const events = box.events;
  let current = [];
  let wake = () => {};
  sink.on(k.name, (e) => {
    events.push({ tag: 'F', at: e.at });
    current.push(e);
    wake();
  });
  const result = { phases: [], statuses: [] };
  let sends = 0;
  for (const phase of k.phases) {
    if (phase.delay_ms) await sleep(phase.delay_ms);
    for (const [i, given] of (phase.send ?? []).entries()) {
      const s = expand(given);
      if (i > 0 && phase.gap_ms) await sleep(phase.gap_ms);
      const [[signal, data]] = Object.entries(s);
      events.push({ tag: `S${++sends}`, at: nowNs() - 1_000_000n });
      result.statuses.push(await post(port, signal, data));
    }
    if (phase.flushes) {
      const end = Date.now() + phase.flushes * 1000 + 3000;
      while (current.length < phase.flushes && Date.now() < end) {
        await Promise.race([
          new Promise((r) => {
            wake = r;
          }),
          sleep(100),
        ]);
      }
      await sleep(30);
    }
    if (phase.wait_ms) await sleep(phase.wait_ms);
    result.phases.push(current);
    current = [];
  }
  if (k.scrape) result.scrape = await get(metricsPort, '/metrics');
  result.atShutdown = () => {
    current = [];
  };
  result.rest = () => current;
  return result;
}

export async function runGroup(cases, { command, base, log = () => {} }) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'golden-'));
  const sinkPort = base;
  const gates = cases[0].gates ?? [];
  const ports = cases.map((_, i) => base + 2 + i);
  const metricsPort = cases.some((k) => k.scrape) ? base + 1 : 0;
  const results = new Map();
  const file = path.join(dir, 'config.yaml');
  const sink = await startSink(sinkPort);
  let again = false;
  const args = ['--config', file, ...(gates.length ? [`--feature-gates=${gates.join(',')}`] : [])];
  const attempt = async (list) => {
    const idx = list.map((k) => ports[cases.indexOf(k)]);
    fs.writeFileSync(file, JSON.stringify(groupConfig(list, idx, sinkPort, metricsPort), null, 1));
    const boxes = new Map(list.map((k) => [k, { events: [{ tag: 'P', at: nowNs() - 2_000_000n }] }]));
    const program = startProgram(command, args, dir);
    const up = await waitPorts(idx, program, 60_000);
    if (!up) {
      await program.stop();
      return program;
    }
    await Promise.all(
      list.map(async (k) => {
        const r = await runCase(k, ports[cases.indexOf(k)], sink, metricsPort, boxes.get(k));
        r.events = boxes.get(k).events;
        results.set(k.name, r);
      }),
    );
    for (const k of list) results.get(k.name).atShutdown();
    await program.stop();
    await sleep(50);
    for (const k of list) results.get(k.name).phases.push(results.get(k.name).rest());
    results.forEach((r) => {
      r.exitCode = program.code;
    });
    return null;
  };
  try {
    let failed = await attempt(cases);
    if (failed) {
      log(
        `group of ${cases.length} did not start (${failed.out.trim().split('\n').slice(-2).join(' | ').slice(0, 300)})`,
      );
      if (cases.length > 1) {
        // leave out the cases whose own configuration is refused, and try once more
        const good = [];
        for (const k of cases) {
          fs.writeFileSync(file, JSON.stringify(groupConfig([k], [ports[cases.indexOf(k)]], sinkPort, 0)));
          const v = startProgram(command, ['validate', '--config', file, ...args.slice(2)], dir);
          if ((await v.done) === 0) good.push(k);
          else results.set(k.name, { refused: v.out.trim().split('\n').slice(-1)[0] });
        }
        if (good.length && good.length < cases.length) failed = await attempt(good);
        // Each is valid, and one of them keeps the program from starting.
        else if (good.length === cases.length) again = true;
      }
      if (!again)
        for (const k of cases)
          if (!results.has(k.name))
            results.set(k.name, { refused: failed?.out.trim().split('\n').slice(-1)[0] ?? 'did not start' });
    }
  } finally {
    sink.close();
    fs.rmSync(dir, { recursive: true, force: true });
  }
  if (again) {
    const half = Math.ceil(cases.length / 2);
    for (const part of [cases.slice(0, half), cases.slice(half)])
      for (const [n, r] of await runGroup(part, { command, base, log })) results.set(n, r);
  }
  return results;
}
