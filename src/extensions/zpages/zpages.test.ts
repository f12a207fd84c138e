import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { freePorts, until } from '../../../test/support/program.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { table, type Page } from '../../component/page.js';
import type { SpansOfName } from '../../component/recent-spans.js';
import type { ServiceView } from '../../component/service-view.js';
import { definition } from './index.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

type Ask = (path: string, headers?: Record<string, string>) => Promise<[number, string, string | null]>;

async function started(view: Partial<ServiceView>, settings: object = {}): Promise<Ask> {
  return (await running(view, settings)).ask;
}

async function running(
  view: Partial<ServiceView>,
  settings: object = {},
): Promise<{ ask: Ask; port: number; pass(ms: number): Promise<void> }> {
  const [port = 0] = await freePorts(1);
  const { context, clock } = heldWorld();
  const extension = await definition.create(
    definition.config.parse({ endpoint: `127.0.0.1:${port}`, ...settings }),
    context,
  );
  await extension.start?.(hostWith({}, view));
  open.push(() => extension.shutdown?.(new AbortController().signal));
  const ask: Ask = async (path, headers = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close', ...headers } });
    return [answer.status, await answer.text(), answer.headers.get('content-type')];
  };
  return { ask, port, pass: (ms) => clock.pass(ms) };
}

const html = 'text/html; charset=utf-8';

test('every page shows the running configuration, with names escaped', async () => {
  const ask = await started({
    pipelines: [
      {
        ...{
          id: 'traces/<b>',
          signal: 'traces',
          receivers: ['otlp', 'forward'],
          processors: ['batch'],
          exporters: ['otlp_grpc'],
        },
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
  for (const path of ['/', '/debug', '/debug/tracez', '/debug/expvarz', '/debug/servicez/'])
    expect((await ask(path))[0]).toBe(404);
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
  expect(type).toBe('application/json; charset=utf-8');
  expect(JSON.parse(json)).toEqual(rows);
  expect((await ask('/debug/ledgerz', { accept: 'application/json' }))[1]).toBe(json);
});

test('own spans by how long they took, while tracing is on', async () => {
  const span = {
    ...{
      context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true, state: '' },
      parent: undefined,
      name: 'work',
    },
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
  const of: SpansOfName = {
    running: 1,
    counts: [0, 0, 0, 1, 0, 0, 0, 0, 0],
    latest: [[], [], [], [span]],
    errors: 0,
    latestErrors: [],
  };
  const ask = await started({ spans: new Map([['work', of]]) }, { expvar: { enabled: true } });
  expect((await ask('/debug/tracez'))[1]).toContain('zspanname=work&amp;ztype=1&amp;zsubtype=3');
  expect((await ask('/debug/tracez?zspanname=work&ztype=1&zsubtype=3'))[1]).toContain('a'.repeat(32));
  expect((await ask('/debug/tracez?zspanname=nothing&ztype=2'))[0]).toBe(200);
  expect(JSON.parse((await ask('/debug/expvarz'))[1])).toHaveProperty('memstats');
});

test('the state of every component is a page, and JSON', async () => {
  const status = [
    {
      kind: 'exporter',
      id: 'otlp_grpc',
      pipelines: ['traces', 'traces/2'],
      state: { status: 'recoverable_error', sinceMs: 0, error: '<down>' },
    },
    { kind: 'receiver', id: 'otlp', pipelines: ['traces'], state: { status: 'none' } },
  ] as const;
  const ask = await started({ status: () => status });
  const [, html] = await ask('/debug/statusz');
  expect(html).toContain(
    '<td>traces, traces/2</td><td>recoverable_error</td><td>1970-01-01T00:00:00.000Z</td><td>&lt;down&gt;</td>',
  );
  expect(html).toContain('<td>receiver</td><td>otlp</td><td>traces</td><td>none</td><td></td><td></td>');
  expect(JSON.parse((await ask('/debug/statusz?format=json'))[1])).toEqual(status);
});

test('a page of any component is shown, listed on the first page, and gone with its component', async () => {
  const queue: Page = {
    path: 'exporter/otlp/<eu>/queue',
    title: 'Queue <1>',
    about: 'what waits',
    content: (query) => ({
      blocks: [
        { kind: 'text', text: query.get('q') ?? 'nothing' },
        table(['A'], [[{ text: '<a>', page: 'exporter/otlp/<eu>/queue', query: { q: '"\ud800&' } }]]),
        table(
          ['Many'],
          Array.from({ length: 6000 }, (_, i) => [i]),
        ),
      ],
    }),
  };
  let pages: Page[] = [queue];
  const ask = await started({ pages: () => pages });
  const [status, html] = await ask('/debug/exporter/otlp/%3Ceu%3E/queue?q=%3Cscript%3E');
  expect(status).toBe(200);
  expect(html).toContain('<h1>Queue &lt;1&gt;</h1>');
  expect(html).toContain('<p>&lt;script&gt;</p>');
  expect(html).toContain('<a href="/debug/exporter/otlp/%3Ceu%3E/queue?q=%22%EF%BF%BD%26">&lt;a&gt;</a>');
  expect(html).toContain('<td>4999</td>');
  expect(html).toContain('<td colspan="1">and 1000 more</td>');
  expect(JSON.parse((await ask('/debug/exporter/otlp/<eu>/queue?format=json'))[1])).toHaveLength(3);
  const [, list] = await ask('/debug/servicez');
  expect(list).toContain(
    '<a href="/debug/exporter/otlp/%3Ceu%3E/queue">/debug/exporter/otlp/&lt;eu&gt;/queue</a></td><td>what waits</td>',
  );
  expect(list).toContain('<a href="/debug/ledgerz">');
  pages = [];
  expect((await ask('/debug/exporter/otlp/%3Ceu%3E/queue'))[0]).toBe(404);
});

test('a page that fails, never ends, or is too large is an error of its own request', async () => {
  const page = (path: string, content: Page['content']): Page => ({ path, title: path, about: path, content });
  let taken = 0;
  const waits = (): Promise<never> => {
    taken++;
    return new Promise(() => {});
  };
  const { ask, pass } = await running({
    pages: () => [
      page('throws', () => {
        throw new Error('broken');
      }),
      page('rejects', () => Promise.reject(new Error('broken too'))),
      page('waits', waits),
      page('large', () => ({ json: 'x'.repeat(9 << 20) })),
      page('no-json', () => ({ json: 1n })),
    ],
  });
  expect(await ask('/debug/throws')).toEqual([500, 'broken\n', 'text/plain; charset=utf-8']);
  expect((await ask('/debug/rejects'))[1]).toBe('broken too\n');
  expect((await ask('/debug/large'))[0]).toBe(500);
  expect((await ask('/debug/no-json'))[0]).toBe(500);
  const waiting = Array.from({ length: 8 }, () => ask('/debug/waits'));
  // A page that is asked for before that would take the place of one of them.
  await until('all places to be taken', () => taken === 8);
  expect((await ask('/debug/servicez'))[0]).toBe(503);
  await pass(10_000);
  for (const each of await Promise.all(waiting)) expect(each.slice(0, 2)).toEqual([500, 'the page took too long\n']);
  expect((await ask('/debug/servicez'))[0]).toBe(200);
});

test.each([
  '//',
  '/debug/servicez?%',
  '/debug/servicez?a=%FF&%00&&&=&a=b%',
  '/debug/tracez?zspanname=%ED%A0%80&ztype=1&zsubtype=__proto__',
  '/debug/tracez?zspanname=work&ztype=1&zsubtype=1e999',
  '/debug/tracez?zspanname=work&zsubtype=-1',
  '/debug/pipelinez?pipelinenamez=%F0%9F%98&componentnamez=%22%3E&componentkindz=%00',
  '/debug/%ff',
  '/debug/%',
  'http://[/debug/servicez',
  'http://h/debug/servicez?x',
  '*',
  '/debug/ledgerz?format=json&format=%',
])('a stranger asks for %s, and the program goes on', async (target) => {
  const of: SpansOfName = {
    running: 1,
    counts: [0, 0, 0, 1, 0, 0, 0, 0, 0],
    latest: [[]],
    errors: 0,
    latestErrors: [],
  };
  const { ask, port } = await running({ spans: new Map([['work', of]]) });
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () =>
      socket.end(`GET ${target} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n`),
    );
    let text = '';
    socket.on('data', (data: Buffer) => (text += data.toString()));
    socket.on('end', () => resolve(text)).on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 (200|404) /);
  expect((await ask('/debug/servicez'))[0]).toBe(200);
});

test('a request without valid credentials gets 401, and 503 while they cannot be checked', async () => {
  const [port = 0] = await freePorts(1);
  const { context } = heldWorld();
  const extension = await definition.create(
    definition.config.parse({ endpoint: `127.0.0.1:${port}`, auth: { authenticator: 'lock' } }),
    context,
  );
  const lock = {
    authenticate: (headers: ReadonlyMap<string, readonly string[]>) =>
      headers.get('authorization')?.[0] === 'yes' ? Promise.resolve(new Map()) : Promise.reject(refusal),
  };
  let refusal = new Error('no');
  await extension.start?.(hostWith({ lock: { offers: { server_auth: lock } } }));
  open.push(() => extension.shutdown?.(new AbortController().signal));
  const ask = (headers: Record<string, string>): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/debug/servicez`, { headers: { connection: 'close', ...headers } });
  expect((await ask({})).status).toBe(401);
  expect((await ask({ authorization: 'yes' })).status).toBe(200);
  refusal = new DeliveryError('wait', { class: 'retryable', reason: 'busy', local: true });
  const later = await ask({});
  expect([later.status, later.headers.get('retry-after')]).toEqual([503, '1']);
});
