import { afterEach, expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { freePorts } from '../../../test/support/program.js';
import type { SpansOfName } from '../../component/recent-spans.js';
import type { ServiceView } from '../../component/service-view.js';
import { definition } from './index.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function started(
  view: Partial<ServiceView>,
  settings: object = {},
): Promise<(path: string, headers?: Record<string, string>) => Promise<[number, string, string | null]>> {
  const [port = 0] = await freePorts(1);
  const { context } = heldWorld();
  const extension = await definition.create(definition.config.parse({ endpoint: `127.0.0.1:${port}`, ...settings }), context);
  await extension.start?.(hostWith({}, view));
  open.push(() => extension.shutdown?.(AbortSignal.timeout(1000)));
  return async (path, headers = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close', ...headers } });
    return [answer.status, await answer.text(), answer.headers.get('content-type')];
  };
}

const html = 'text/html; charset=utf-8';

test('every page shows the running configuration, with names escaped', async () => {
  const ask = await started({
    pipelines: [
      {
        ...{ id: 'traces/<b>', signal: 'traces', receivers: ['otlp', 'forward'], processors: ['batch'], exporters: ['otlp_grpc'] },
        connectors: ['forward'],
      },
    ],
    extensions: ['zpages'],
    gates: [{ id: 'a.gate', enabled: true, stage: 'Alpha', description: 'Does a thing.', from: 'v0.1.0' }],
  });
  expect((await ask('/debug/servicez'))[2]).toBe(html);
  const [, pipelines] = await ask('/debug/pipelinez?pipelinenamez=%3Cscript%3E');
  expect(pipelines).toContain('traces/&lt;b&gt;');
  expect(pipelines).toContain('otlp, forward (connector)');
  expect(pipelines).not.toContain('<script>');
  expect((await ask('/debug/extensionz'))[1]).toContain('<td>zpages</td>');
  expect((await ask('/debug/featurez'))[1]).toContain('<td>a.gate</td><td>true</td>');
  for (const path of ['/', '/debug', '/debug/tracez', '/debug/expvarz', '/debug/servicez/']) expect((await ask(path))[0]).toBe(404);
});

test('the ledger is a page for people and JSON for programs', async () => {
  const rows = [
    { kind: 'receiver', id: 'otlp', signal: 'traces', accepted: 5, refused: { queue_full: 2 } },
    {
      kind: 'component',
      id: 'otlp_grpc',
      signal: 'traces',
      in: 5,
      created: 0,
      out: 3,
      dropped: { shutdown: 1 },
      returned: {},
      held: { queue: 1 },
      balanced: true,
    },
  ] as const;
  const ask = await started({ ledger: () => rows });
  expect((await ask('/debug/ledgerz'))[1]).toContain('<td>shutdown 1</td><td></td><td>queue 1</td><td>true</td>');
  const [, json, type] = await ask('/debug/ledgerz?format=json');
  expect(type).toBe('application/json');
  expect(JSON.parse(json)).toEqual(rows);
  expect((await ask('/debug/ledgerz', { accept: 'application/json' }))[1]).toBe(json);
});

test('own spans by how long they took, while tracing is on', async () => {
  const span = {
    ...{ context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true, state: '' }, parent: undefined, name: 'work' },
    ...{
      kind: 'internal' as const,
      startMs: 1000,
      endMs: 1005,
      attributes: { exporter: 'otlp' },
      events: [],
      links: [],
      failure: undefined,
    },
    dropped: { attributes: 0, events: 0, links: 0 },
  } as const;
  const of: SpansOfName = { running: 1, counts: [0, 0, 0, 1, 0, 0, 0, 0, 0], latest: [[], [], [], [span]], errors: 0, latestErrors: [] };
  const ask = await started({ spans: new Map([['work', of]]) }, { expvar: { enabled: true } });
  expect((await ask('/debug/tracez'))[1]).toContain('zspanname=work&amp;ztype=1&amp;zsubtype=3');
  expect((await ask('/debug/tracez?zspanname=work&ztype=1&zsubtype=3'))[1]).toContain('a'.repeat(32));
  expect((await ask('/debug/tracez?zspanname=nothing&ztype=2'))[0]).toBe(200);
  expect(JSON.parse((await ask('/debug/expvarz'))[1])).toHaveProperty('memstats');
});

test('a request without valid credentials gets 401', async () => {
  const [port = 0] = await freePorts(1);
  const { context } = heldWorld();
  const extension = await definition.create(
    definition.config.parse({ endpoint: `127.0.0.1:${port}`, auth: { authenticator: 'lock' } }),
    context,
  );
  const lock = {
    authenticate: (headers: ReadonlyMap<string, readonly string[]>) =>
      headers.get('authorization')?.[0] === 'yes' ? Promise.resolve(new Map()) : Promise.reject(new Error('no')),
  };
  await extension.start?.(hostWith({ lock: { offers: { server_auth: lock } } }));
  open.push(() => extension.shutdown?.(AbortSignal.timeout(1000)));
  const ask = (headers: Record<string, string>): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/debug/servicez`, { headers: { connection: 'close', ...headers } });
  expect((await ask({})).status).toBe(401);
  expect((await ask({ authorization: 'yes' })).status).toBe(200);
});
