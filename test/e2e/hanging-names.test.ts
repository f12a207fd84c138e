import { spawn, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { freePorts, until } from '../support/program.js';

const cli = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-names-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A name server of its own for one process takes a mount, which root alone may make. */
const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0;
if (!mayMount) console.log('skipped: needs to be root, for a name server of its own');

const nameServer = '127.0.0.99';
const span = { traceId: '5b8aa5a2d2c872e8321cf37308d69df2', spanId: '051581bf3cb55c13' };
const body = gzipSync(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));

(mayMount ? test : test.skip)(
  'names that no server answers for hold up neither files, codecs nor the end',
  async () => {
    // It is asked, and says nothing: each look-up hangs for 150 seconds, longer than this test may take.
    const silent = dgram.createSocket('udp4');
    let asked = 0;
    silent.on('message', () => asked++);
    silent.bind(53, nameServer);
    await once(silent, 'listening');
    fs.writeFileSync(path.join(folder, 'resolv'), `nameserver ${nameServer}\noptions timeout:30 attempts:5\n`);
    const [port = 0] = await freePorts(1);
    const file = path.join(folder, 'out.json');
    const exporters = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? `otlp_grpc/${i}` : `otlp_http/${i}`));
    const config = {
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
      exporters: {
        file: { path: file, flush_interval: '50ms' },
        ...Object.fromEntries(
          exporters.map((id, i) => [
            id,
            { endpoint: `${i % 2 === 0 ? '' : 'http://'}no-answer-${i}.test:4317`, tls: { insecure: true } },
          ]),
        ),
      },
      service: {
        telemetry: { metrics: { level: 'none' } },
        pipelines: { traces: { receivers: ['otlp'], exporters: ['file', ...exporters] } },
      },
    };
    fs.writeFileSync(path.join(folder, 'config.yaml'), JSON.stringify(config));
    const mounted = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
    const command = [process.execPath, cli, '--config', path.join(folder, 'config.yaml'), '--drain-timeout', '1s'];
    const child = spawn('unshare', ['-m', 'sh', '-c', mounted, path.join(folder, 'resolv'), ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, UV_THREADPOOL_SIZE: '4' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const closed = once(child, 'close');
    try {
      await until('the start', () => output.includes('Everything is ready') || child.exitCode !== null);
      await until('a name that hangs', () => asked > 0);
      for (let i = 0; i < 8; i++) {
        const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
          body,
        });
        expect(answer.status).toBe(200);
      }
      await until(
        'the file',
        () => fs.existsSync(file) && fs.readFileSync(file, 'utf8').trim().split('\n').length === 8,
      );
      child.kill('SIGTERM');
      // A look-up hangs still, which nothing but a signal ends.
      expect(await closed).toEqual([null, 'SIGTERM']);
      expect(output).toContain('The ledger balances');
      expect(output).toContain('Shutdown complete.');
    } finally {
      child.kill('SIGKILL');
      silent.close();
    }
  },
);
