import net from 'node:net';
import { expect, test } from 'vitest';
import { makeClient } from '../support/backend.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until } from '../support/program.js';

const body = encodeSpans([{ traceId: '01'.repeat(16), spanId: '02'.repeat(8) }]);

test.each([[[]], [['--workers', '2']]])(
  'more connections than files may be open, %j: it goes on, says so, and heals',
  async (args) => {
    const [grpc = 0, http = 0, health = 0] = await freePorts(3);
    const program = await startProgram(
      `
receivers:
  otlp: {protocols: {grpc: {endpoint: '127.0.0.1:${grpc}'}, http: {endpoint: '127.0.0.1:${http}'}}}
exporters: {nop: {}}
processors: {memory_limiter: {check_interval: 50ms, limit_mib: 4000}}
extensions: {health_check: {endpoint: '127.0.0.1:${health}'}}
service:
  extensions: [health_check]
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], processors: [memory_limiter], exporters: [nop]}}
`,
      { limits: 'ulimit -n 160', args, env: { KANMON_MEMORY_LIMIT_MIB: '512' } },
    );
    expect(program.output()).toContain('Few files and sockets may be open at once');
    const before = makeClient(grpc);
    expect(await before.send(body)).toBe(0);
    const idle = Array.from({ length: 400 }, (_, i) => {
      const socket = net.connect(i % 2 === 0 ? grpc : http, '127.0.0.1');
      socket.on('error', () => {});
      return socket.resume();
    });
    await until('connections to be closed', () => idle.filter((socket) => socket.closed).length > 100);
    expect(await before.send(body)).toBe(0);
    expect((await fetch(`http://127.0.0.1:${health}/`)).status).toBe(200);
    for (const socket of idle) socket.destroy();
    await until('a new connection to be served', async () => {
      const client = makeClient(grpc);
      const status = await client.send(body);
      client.close();
      return status === 0;
    });
    before.close();
    expect(await program.stop()).toBe(0);
    expect(program.output().split('no file descriptors are left').length).toBeLessThan(10);
    expect(program.output()).not.toContain('EMFILE');
  },
);
