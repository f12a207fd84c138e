import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { childrenOf, freePorts, runCommand, startProgram, until } from '../support/program.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function accepts(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  const connected = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'close').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return connected;
}

/** The status of grpc.health.v1.Health/Check: 1 is SERVING, 2 NOT_SERVING. */
async function healthOf(port: number): Promise<number | undefined> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  const call = session.request({
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  call.on('error', () => {});
  call.end(Buffer.alloc(5));
  const answer: Buffer[] = [];
  call.on('data', (bytes: Buffer) => answer.push(bytes));
  await once(call, 'close');
  session.destroy();
  return Buffer.concat(answer)[6];
}

test.each([[[]], [['--workers', '2']]])(
  'after SIGTERM the health check says no while connections are accepted, until a second signal or the end (%j)',
  async (args: readonly string[]) => {
    const [otlp, health] = (await freePorts(2)) as [number, number];
    const program = await startProgram(
      `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${otlp}"}}}}
exporters: {nop: }
extensions: {health_check: {endpoint: "127.0.0.1:${health}"}}
service:
  extensions: [health_check]
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [nop]}}
`,
      // Longer than the test: it ends by the second signal.
      { args: [...args, '--shutdown-delay', '10m'] },
    );
    stops.push(() => program.stop('SIGKILL'));
    const status = async (): Promise<number> => (await fetch(`http://127.0.0.1:${health}/`)).status;
    expect(await status()).toBe(200);
    expect(await healthOf(otlp)).toBe(1);
    program.child.kill('SIGTERM');
    await until('the health check to say no', async () => (await status()) === 503);
    await until('NOT_SERVING', async () => (await healthOf(otlp)) === 2);
    expect(await accepts(otlp)).toBe(true);
    const before = args.length > 0 ? childrenOf(program.child.pid) : [];
    for (const pid of before) process.kill(pid, 'SIGKILL');
    // A worker that takes the place of one that died knows that the program leaves.
    await until('new workers', () => {
      const now = childrenOf(program.child.pid);
      return now.filter((pid) => !before.includes(pid)).length >= before.length;
    });
    await until('NOT_SERVING of all', async () => {
      const all = await Promise.all(Array.from({ length: 10 }, () => healthOf(otlp).catch(() => 0)));
      return all.every((each) => each === 2);
    });
    expect(program.output().match(/Connections are still accepted/g)).toHaveLength(1);
    expect(await program.stop()).toBe(0);
    expect(await accepts(otlp)).toBe(false);
  },
);

test('a delay that is over ends the program with what it holds', async () => {
  const program = await startProgram(
    'receivers: {nop: }\nexporters: {nop: }\nservice: {telemetry: {metrics: {level: none}}, ' +
      'pipelines: {traces: {receivers: [nop], exporters: [nop]}}}\n',
    { args: ['--shutdown-delay', '50ms'] },
  );
  stops.push(() => program.stop('SIGKILL'));
  expect(await program.stop()).toBe(0);
  expect(program.output()).toMatch(/Connections are still accepted[^]*Starting shutdown[^]*Shutdown complete/);
});

test('without a delay no connection is accepted any more after SIGTERM', async () => {
  const [port] = (await freePorts(1)) as [number];
  const program = await startProgram(
    `receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:${port}"}}}}\nexporters: {nop: }\n` +
      'service: {telemetry: {metrics: {level: none}}, pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}\n',
  );
  stops.push(() => program.stop('SIGKILL'));
  expect(await accepts(port)).toBe(true);
  expect(await program.stop()).toBe(0);
  expect(program.output()).not.toContain('Connections are still accepted');
  expect(program.output()).toContain('Shutdown complete');
});

test('a delay that is no duration is refused', async () => {
  const { code, stderr } = await runCommand(['--config', 'x.yaml', '--shutdown-delay', 'soon']);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'Error: invalid argument "soon" for "--shutdown-delay" flag: give a duration such as 25s\n',
  });
});
