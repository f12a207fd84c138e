import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fencedBlocks } from '../support/documents.js';
import { OwnNetwork } from '../support/own-network.js';
import { freePorts, startProgram, until, type Program } from '../support/program.js';

const examples = path.resolve(import.meta.dirname, '../../examples/agents');

/** The attributes of the resources in a file of OTLP/JSON lines. */
function resourcesIn(file: string): Record<string, unknown>[] {
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  return text
    .split('\n')
    .slice(0, -1) // Behind the last end of a line a line may be on its way.
    .flatMap((line) => Object.values(JSON.parse(line) as Record<string, Row[]>).flat())
    .map(({ resource }) =>
      Object.fromEntries((resource?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]])),
    );
}

interface Row {
  readonly resource?: { readonly attributes?: readonly { readonly key: string; readonly value: object }[] };
}

test('the example of agents and gateways: all of an application arrives with the name of its host', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-agents-'));
  const ports = (await freePorts(12)).map(String);
  const programs: Program[] = [];
  fs.mkdirSync(path.join(folder, 'app'));
  fs.writeFileSync(path.join(folder, 'app', 'shop.log'), 'a line\n');
  const start = async (file: string, env: Record<string, string>): Promise<void> => {
    const [health = '', metrics = ''] = ports.splice(0, 2);
    const yaml = fs.readFileSync(path.join(examples, file), 'utf8');
    programs.push(await startProgram(yaml, { env: { HEALTH_PORT: health, METRICS_PORT: metrics, ...env } }));
  };
  const [tier2 = '', page = '', gateway = '', gatewayHttp = '', agentGrpc = '', agentHttp = ''] = ports.splice(0, 6);
  try {
    await start('tier-2.yaml', { GRPC_PORT: tier2, PAGE_PORT: page, FOLDER: folder, DECISION_WAIT: '100ms' });
    await start('gateway.yaml', {
      GRPC_PORT: gateway,
      HTTP_PORT: gatewayHttp,
      TIER_2: '127.0.0.1',
      TIER_2_PORT: tier2,
    });
    await start('agent.yaml', {
      GRPC_PORT: agentGrpc,
      HTTP_PORT: agentHttp,
      GATEWAY: `127.0.0.1:${gateway}`,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      STATE: path.join(folder, 'state'),
      LOGS: path.join(folder, 'app'),
      INTERVAL: '1s',
    });
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
    const now = `${Date.now()}000000`;
    const span = {
      traceId: '5b8aa5a2d2c872e8321cf37308d69df2',
      spanId: '051581bf3cb55c13',
      name: 'buy',
      startTimeUnixNano: now,
      endTimeUnixNano: now,
      status: { code: 2 },
    };
    const point = { asInt: '7', timeUnixNano: now };
    const bodies = {
      traces: { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] },
      logs: { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [{ body: { stringValue: 'hello' } }] }] }] },
      metrics: {
        resourceMetrics: [
          { resource, scopeMetrics: [{ metrics: [{ name: 'carts', gauge: { dataPoints: [point] } }] }] },
        ],
      },
    };
    for (const [signal, body] of Object.entries(bodies)) {
      const reply = await fetch(`http://127.0.0.1:${agentHttp}/v1/${signal}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect([signal, reply.status]).toEqual([signal, 200]);
    }
    const expected = {
      'service.name': 'shop',
      'host.name': os.hostname(),
      'os.type': 'linux',
      'deployment.environment.name': 'test',
    };
    for (const name of ['traces', 'logs']) {
      const file = path.join(folder, `${name}.json`);
      const ofShop = (): Record<string, unknown>[] =>
        resourcesIn(file).filter((resource) => resource['service.name'] === 'shop');
      await until(`${name} in their file`, () => ofShop().length > 0);
      expect(ofShop()).toEqual([expect.objectContaining(expected)]);
    }
    const logs = path.join(folder, 'logs.json');
    await until('the line of the log file', () => fs.readFileSync(logs, 'utf8').includes('a line'));
    let shown = '';
    await until('the metric on the page', async () => {
      shown = await fetch(`http://127.0.0.1:${page}/metrics`).then((reply) => reply.text());
      return shown.includes('carts') && shown.includes('system_memory_usage');
    });
    expect(shown).toMatch(new RegExp(`^carts\\{.*host_name="${os.hostname()}".*\\} 7$`, 'm'));
  } finally {
    for (const program of programs.toReversed()) await program.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

test('the commands of the document show what it says', async () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const [block] = fencedBlocks(root, 'docs/agents-and-gateways.md').filter(({ language }) => language === 'sh');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-agents-'));
  const network = await OwnNetwork.open();
  // The build that the tests run is there already.
  const script = block?.text.replace('npm ci && npm run build\n', '').replaceAll('/tmp/kanmon-agents', folder) ?? '';
  const [file, args] = network.within(['bash', '-c', script]);
  const shell = spawn(file, args, { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    let output = '';
    for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    const code = await new Promise<number | null>((resolve) => shell.once('close', resolve));
    expect([code, output]).toEqual([0, expect.stringContaining('system_memory_usage_bytes{')]);
    const lines = resourcesIn(path.join(folder, 'logs.json'));
    expect(lines).toEqual([
      expect.objectContaining({ 'service.name': 'shop', 'host.name': os.hostname() }),
      expect.objectContaining({ 'host.name': os.hostname() }),
    ]);
  } finally {
    if (shell.exitCode === null && shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL');
    network.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
