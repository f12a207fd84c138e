import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { closeMs, defaultDrainSeconds, overrunMs } from '../../src/workers/run.js';
import { makeClient, startBackend } from '../support/backend.js';
import { encodeSpans } from '../support/otlp.js';
import { testWith } from '../support/peers.js';
import { freePorts, startProgram, until } from '../support/program.js';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => fs.readFileSync(path.join(root, file), 'utf8');
const oneSpan = (id: string): Buffer => encodeSpans([{ traceId: id.repeat(16), spanId: id.repeat(8) }]);

async function healthOf(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.status ?? 0;
}

/** The value of an instruction such as ENTRYPOINT in the last stage of the container file. */
function instruction(word: string): string {
  const lines = read('deploy/container/Containerfile').split('\n');
  return lines.findLast((line) => line.startsWith(`${word} `))?.slice(word.length + 1) ?? '';
}

testWith('setpriv')('the container’s command runs as its user, without capabilities, on a read-only root', async () => {
  const [uid = '', gid = ''] = instruction('USER').split(':');
  const command = (JSON.parse(instruction('ENTRYPOINT')) as string[])
    .concat(JSON.parse(instruction('CMD')) as string[])
    .map((part) =>
      part
        .replace(/^\/kanmon\//, `${root}/`)
        .replace('/etc/kanmon/config.yaml', `${root}/deploy/container/gateway.yaml`),
    );
  const asRoot = process.getuid?.() === 0;
  const user = asRoot
    ? `setpriv --reuid ${uid} --regid ${gid} --clear-groups --no-new-privs --bounding-set=-all`
    : 'setpriv --no-new-privs';
  const [grpc = 0, http = 0, health = 0, metrics = 0] = await freePorts(4);
  const backend = await startBackend();
  const inside = `mount -o remount,bind,ro / && exec ${user} "$@"`;
  const child = spawn(
    'unshare',
    [...(asRoot ? [] : ['--map-root-user']), '--mount', 'sh', '-c', inside, 'sh', ...command],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        ...{
          GRPC_PORT: String(grpc),
          HTTP_PORT: String(http),
          HEALTH_PORT: String(health),
          METRICS_PORT: String(metrics),
        },
        BACKEND: `127.0.0.1:${backend.port}`,
      },
    },
  );
  let log = '';
  child.stderr.on('data', (data: Buffer) => (log += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  try {
    await until(
      `the gateway to be healthy: ${log}`,
      async () => child.exitCode !== null || (await healthOf(health)) === 200,
    );
    expect(child.exitCode, log).toBe(null);
    const status = fs.readFileSync(`/proc/${child.pid}/status`, 'utf8');
    if (asRoot) {
      expect(status).toMatch(new RegExp(`^Uid:\\s+${uid}\\s`, 'm'));
      expect(status).toMatch(/^CapEff:\s+0+$/m);
      expect(status).toMatch(/^CapBnd:\s+0+$/m);
    }
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    const client = makeClient(grpc);
    expect(await client.send(oneSpan('0a'))).toBe(0);
    client.close();
    await until('the span to arrive', () => backend.accepted.size === 1);
  } finally {
    child.kill('SIGTERM');
    expect(await ended, log).toBe(0);
    await backend.close();
  }
  expect(log).toContain('The ledger balances');
});

testWith('systemd-analyze')('systemd reads the unit without a complaint', () => {
  const said = execFileSync('systemd-analyze', ['verify', path.join(root, 'deploy/systemd/kanmon.service')], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
  expect(said).toBe('');
});

test('the unit and compose give the process longer to stop than it needs to drain', () => {
  const most = defaultDrainSeconds + (overrunMs + closeMs) / 1000;
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(read('deploy/systemd/kanmon.service'))?.[1])).toBeGreaterThan(most);
  expect(Number(/stop_grace_period: (\d+)s/.exec(read('deploy/container/compose.yaml'))?.[1])).toBeGreaterThan(most);
});

test('the examples of one gateway and of two tiers carry a span to the backend', async () => {
  const ports = await freePorts(11);
  const [oneGrpc, oneHttp, oneHealth, onePages, oneMetrics, firstGrpc, firstHttp, firstHealth, firstMetrics] =
    ports.map(String);
  const [secondGrpc, secondHealth, secondMetrics] = [...ports.slice(9), ...(await freePorts(1))].map(String);
  const backend = await startBackend();
  const BACKEND = `127.0.0.1:${backend.port}`;
  const env = (values: Readonly<Record<string, string | undefined>>): { env: Record<string, string> } => ({
    env: values as Record<string, string>,
  });
  const programs = [
    await startProgram(
      read('examples/gateway.yaml'),
      env({
        GRPC_PORT: oneGrpc,
        HTTP_PORT: oneHttp,
        HEALTH_PORT: oneHealth,
        ZPAGES_PORT: onePages,
        METRICS_PORT: oneMetrics,
        BACKEND,
      }),
    ),
    await startProgram(
      read('examples/two-tiers/tier-2.yaml'),
      env({ GRPC_PORT: secondGrpc, HEALTH_PORT: secondHealth, METRICS_PORT: secondMetrics, BACKEND }),
    ),
    await startProgram(
      read('examples/two-tiers/tier-1.yaml'),
      env({
        ...{ GRPC_PORT: firstGrpc, HTTP_PORT: firstHttp, HEALTH_PORT: firstHealth, METRICS_PORT: firstMetrics },
        ...{ TIER_2: '127.0.0.1', TIER_2_PORT: secondGrpc },
      }),
    ),
  ];
  try {
    for (const [port, id] of [
      [oneGrpc, '0b'],
      [firstGrpc, '0c'],
    ] as const) {
      const client = makeClient(Number(port));
      await until(`the gateway at ${port} to take a span`, async () => (await client.send(oneSpan(id))) === 0);
      client.close();
    }
    expect([...backend.traces].sort()).toEqual(['0b'.repeat(16), '0c'.repeat(16)]);
    expect(await healthOf(Number(firstHealth))).toBe(200);
    const rows = (await (await fetch(`http://127.0.0.1:${onePages}/debug/ledgerz?format=json`)).json()) as {
      kind: string;
      accepted?: number;
    }[];
    expect(rows.find((row) => row.kind === 'receiver')?.accepted).toBe(1);
  } finally {
    for (const program of programs.toReversed()) expect(await program.stop()).toBe(0);
    await backend.close();
  }
});
