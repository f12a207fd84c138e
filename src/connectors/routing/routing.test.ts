import { describe, expect, test } from 'vitest';
import { connectorParts, heldWorld, type HeldWorld } from '../../../test/support/held-world.js';
import { emptyContext, type Consumer, type RequestContext } from '../../component/consumer.js';
import type { Connector } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Batch } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { jsonText } from '../../otlp/json/encode.js';
import type { Signal } from '../../otlp/signal.js';
import { validate } from '../../otlp/wire/validate.js';
import { ignoreGate } from './config.js';
import { definition } from './index.js';

const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });

/** Log records by resource: their names are bodies, and the first letter of each is an attribute. */
function logs(...resources: readonly (readonly [tenant: string, ...names: string[]])[]): Batch {
  const request = {
    resourceLogs: resources.map(([tenant, ...names]) => ({
      resource: { attributes: [text('tenant', tenant), text('secret', 's')] },
      scopeLogs: [
        {
          scope: { name: 'x' },
          logRecords: names.map((name) => ({ body: { stringValue: name }, attributes: [text('k', name[0] ?? '')] })),
        },
      ],
    })),
  };
  return batchOf('logs', request);
}

function batchOf(signal: Signal, request: unknown): Batch {
  return validate(signal, jsonToProto(signal, Buffer.from(JSON.stringify(request))));
}

type Answer = 'accept' | 'refuse' | 'full';

/** A pipeline: the bodies that it got with the attributes of their resource, and its answers. */
class Output implements Consumer {
  readonly got: string[][] = [];
  readonly resources: string[] = [];
  readonly answers: Answer[] = [];
  full = false;

  reserve: Consumer['reserve'] & {} = () => {
    const error = new DeliveryError('full', { class: 'retryable', reason: 'queue_full', local: true });
    if (this.full) return { granted: false, error, refuse: () => {} };
    return { granted: true, consume: (same) => this.consume(same), release: () => {} };
  };

  consume(batch: Batch): Promise<void> {
    const json = jsonText(batch.signal, batch.bytes);
    if (this.answers.shift() === 'refuse')
      return Promise.reject(new DeliveryError('no', { class: 'retryable', reason: 'backend_refused' }));
    this.got.push([...json.matchAll(/"body":\{"stringValue":"([^"]*)"/g)].map(([, name]) => name ?? ''));
    this.resources.push(...[...json.matchAll(/"key":"(tenant|secret)"/g)].map(([, key]) => key ?? ''));
    return Promise.resolve();
  }

  get names(): string[] {
    return this.got.flat();
  }
}

interface Made {
  readonly world: HeldWorld;
  readonly connector: Connector;
  readonly outputs: Record<'a' | 'b' | 'c', Output>;
  send(batch: Batch, context?: RequestContext): Promise<void>;
}

async function made(options: object, signal: Signal = 'logs', gates = [ignoreGate]): Promise<Made> {
  const world = heldWorld({ gates: new Set(gates) });
  const outputs = { a: new Output(), b: new Output(), c: new Output() };
  const named = Object.fromEntries(Object.entries(outputs).map(([name, output]) => [`${signal}/${name}`, output]));
  const parts = connectorParts(world, [signal, signal], named);
  const connector = await definition.create(definition.config.parse(options), parts.context, parts.next);
  const send = (batch: Batch, context = emptyContext): Promise<void> => connector.consume(batch, context);
  return { world, connector, outputs, send };
}

const to = (...names: string[]): { readonly pipelines: string[] } => ({
  pipelines: names.map((name) => `logs/${name}`),
});

test('the first route that matches moves a resource, and the rest goes to the default', async () => {
  const table = [
    { condition: 'attributes["tenant"] == "acme"', ...to('a') },
    { condition: 'resource.attributes["tenant"] != nil and resource.attributes["tenant"] != "x"', ...to('b') },
  ];
  const { send, outputs, world } = await made({ table, default_pipelines: ['logs/c'] });
  await send(logs(['acme', '1', '2'], ['other', '3'], ['x', '4'], ['acme', '5']));
  expect([outputs.a.got, outputs.b.got, outputs.c.got]).toEqual([[['1', '2', '5']], [['3']], [['4']]]);
  expect(world.books).toMatchObject({ inItems: 5, outItems: 5, balance: 0 });
});

test('a batch that goes one way whole is handed on as it is', async () => {
  const { connector } = await made({ table: [{ condition: 'true', ...to('a') }] });
  const batch = logs(['x', '1']);
  const seen: Batch[] = [];
  const parts = connectorParts(heldWorld({ gates: new Set([ignoreGate]) }), ['logs', 'logs'], {
    'logs/a': { consume: (same) => Promise.resolve(void seen.push(same)) },
  });
  const options = definition.config.parse({ table: [{ condition: 'true', context: 'log', ...to('a') }] });
  const other = await definition.create(options, parts.context, parts.next);
  await other.consume(batch, emptyContext);
  expect(seen).toEqual([batch]);
  expect(connector).toBeDefined();
});

test('without default pipelines what no route moves is dropped with a reason', async () => {
  const { send, outputs, world } = await made({ table: [{ condition: 'log.attributes["k"] == "a"', ...to('a') }] });
  await send(logs(['x', 'a1', 'b1'], ['y', 'b2']));
  await send(logs(['x', 'b3']));
  expect([outputs.a.names, outputs.b.names]).toEqual([['a1'], []]);
  expect(world.books).toMatchObject({ inItems: 4, outItems: 1, droppedItems: { no_route: 3 }, balance: 0 });
});

test('a copy stays for later routes and the default', async () => {
  const table = [
    { condition: 'log.attributes["k"] == "a"', action: 'copy', ...to('a') },
    { condition: 'resource.attributes["tenant"] == "x"', ...to('b') },
  ];
  const { send, outputs, world } = await made({ table, default_pipelines: ['logs/c'] });
  await send(logs(['x', 'a1', 'b1'], ['y', 'a2', 'b2']));
  expect([outputs.a.names, outputs.b.names, outputs.c.names]).toEqual([
    ['a1', 'a2'],
    ['a1', 'b1'],
    ['a2', 'b2'],
  ]);
  expect(world.books).toMatchObject({ inItems: 6, outItems: 6, balance: 0 });
});

test('what goes to the same pipelines is sent once', async () => {
  const table = [
    { condition: 'log.attributes["k"] == "a"', ...to('a', 'b') },
    { condition: 'log.attributes["k"] == "b"', ...to('b', 'a') },
  ];
  const { send, outputs } = await made({ table, default_pipelines: ['logs/b', 'logs/a'] });
  await send(logs(['x', 'a1', 'b1', 'c1']));
  expect([outputs.a.got, outputs.b.got]).toEqual([[['a1', 'b1', 'c1']], [['a1', 'b1', 'c1']]]);
});

describe('a statement that changes', () => {
  const deleting = { statement: 'delete_key(resource.attributes, "secret") where log.attributes["k"] == "a"' };

  test('changes only what takes its route', async () => {
    const { send, outputs } = await made({ table: [{ ...deleting, ...to('a') }], default_pipelines: ['logs/b'] });
    await send(logs(['x', 'a1', 'b1'], ['y', 'b2']));
    expect([outputs.a.names, outputs.b.names]).toEqual([['a1'], ['b1', 'b2']]);
    expect([outputs.a.resources, outputs.b.resources]).toEqual([['tenant'], ['tenant', 'secret', 'tenant', 'secret']]);
  });

  test('decides before it changes, and by patterns too', async () => {
    const statement = 'delete_matching_keys(attributes, "^ten") where attributes["tenant"] == "x"';
    const { send, outputs } = await made({ table: [{ statement, ...to('a') }], default_pipelines: ['logs/b'] });
    await send(logs(['x', '1', '2'], ['y', '3']));
    expect([outputs.a.names, outputs.b.names]).toEqual([['1', '2'], ['3']]);
    expect(outputs.a.resources).toEqual(['secret']);
    await send(logs(['x', '4']));
    expect(outputs.a.names).toEqual(['1', '2', '4']);
  });

  test('leaves what it copies as it is for later routes', async () => {
    const table = [
      { ...deleting, action: 'copy', ...to('a') },
      { condition: 'resource.attributes["secret"] != nil', ...to('b') },
    ];
    const { send, outputs } = await made({ table });
    await send(logs(['x', 'a1', 'b1']));
    expect([outputs.a.names, outputs.b.names]).toEqual([['a1'], ['a1', 'b1']]);
    expect([outputs.a.resources, outputs.b.resources]).toEqual([['tenant'], ['tenant', 'secret']]);
  });

  test('that fails leaves the item to later routes', async () => {
    const table = [
      { statement: 'delete_key(log.body, "x") where log.attributes["k"] != "c"', ...to('a') },
      { condition: 'log.attributes["k"] == "b"', ...to('b') },
    ];
    const { send, outputs, world } = await made({ table, default_pipelines: ['logs/c'] });
    await send(logs(['x', 'a1', 'b1', 'c1']));
    expect([outputs.a.names, outputs.b.names, outputs.c.names]).toEqual([[], ['b1'], ['a1', 'c1']]);
    expect(world.lines.filter(({ message }) => message === 'failed to evaluate a route')).toHaveLength(2);
    expect(world.books).toMatchObject({ inItems: 3, outItems: 3, balance: 0 });
  });

  test('may be route alone', async () => {
    const { send, outputs } = await made({
      table: [
        { statement: 'route() where log.body == "1"', ...to('a') },
        { context: 'log', statement: 'route()', ...to('b') },
      ],
    });
    await send(logs(['x', '1', '2']));
    expect([outputs.a.names, outputs.b.names]).toEqual([['1'], ['2']]);
  });
});

describe('a condition that fails', () => {
  const table = [{ context: 'log', condition: 'ParseJSON(body)["x"] == 1', ...to('a') }];

  test.each(['ignore', 'silent'])('does not match with %s', async (mode) => {
    const { send, outputs, world } = await made({ table, default_pipelines: ['logs/b'], error_mode: mode });
    await send(logs(['x', '1', '2']));
    expect([outputs.a.names, outputs.b.names]).toEqual([[], ['1', '2']]);
    expect(world.lines).toHaveLength(mode === 'ignore' ? 2 : 0);
  });

  test('refuses the request by default without the gate', async () => {
    const { send } = await made({ table, default_pipelines: ['logs/b'] }, 'logs', []);
    await expect(send(logs(['x', '1']))).rejects.toMatchObject({ reason: 'statement_failed' });
  });

  test('refuses the request with propagate', async () => {
    const { send, outputs, world } = await made({ table, default_pipelines: ['logs/b'], error_mode: 'propagate' });
    await expect(send(logs(['x', '1', '2']))).rejects.toMatchObject({ class: 'retryable', reason: 'statement_failed' });
    expect(outputs.b.names).toEqual([]);
    expect(world.books).toMatchObject({ returnedItems: { statement_failed: 2 }, balance: 0 });
  });
});

describe('the sender of a request', () => {
  const from = (...tenants: readonly string[]): RequestContext => ({ metadata: new Map([['x-tenant', tenants]]) });

  test.each(['request["X-Tenant"] == "acme"', 'otelcol.client.metadata["X-Tenant"][0] == "acme"'])(
    'is known to %s',
    async (condition) => {
      const route = { condition, ...(condition.startsWith('request') && { context: 'request' }), ...to('a') };
      const { send, outputs } = await made({ table: [route], default_pipelines: ['logs/b'] });
      await send(logs(['x', '1']), from('acme'));
      await send(logs(['x', '2']), from('other'));
      await send(logs(['x', '3']));
      expect([outputs.a.names, outputs.b.names]).toEqual([['1'], ['2', '3']]);
    },
  );

  test('another value than a given one is one', async () => {
    const { send, outputs } = await made({
      table: [{ context: 'request', condition: 'request["x-tenant"] != "acme"', ...to('a') }],
      default_pipelines: ['logs/b'],
    });
    await send(logs(['x', '1']), from('acme'));
    await send(logs(['x', '2']), from('acme', 'other'));
    await send(logs(['x', '3']));
    expect([outputs.a.names, outputs.b.names]).toEqual([['2'], ['1', '3']]);
  });
});

test('data points part ways, and metrics go whole', async () => {
  const point = (core: string): object => ({ asInt: '1', attributes: [text('core', core)] });
  const metric = (name: string, ...cores: string[]): object => ({ name, gauge: { dataPoints: cores.map(point) } });
  const batch = batchOf('metrics', {
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [metric('cpu', '0', '1', '0'), metric('mem', '0'), metric('io', '1')] }] },
    ],
  });
  const table = [
    { condition: 'metric.name == "mem"', pipelines: ['metrics/a'] },
    { condition: 'datapoint.attributes["core"] == "0"', pipelines: ['metrics/b'] },
  ];
  const seen: Record<string, unknown[]> = { a: [], b: [], c: [] };
  const output = (name: string): Consumer => ({
    consume: (part) =>
      Promise.resolve(void seen[name]?.push(part.itemCount, jsonText('metrics', part.bytes).match(/"name":"\w+"/g))),
  });
  const named = { 'metrics/a': output('a'), 'metrics/b': output('b'), 'metrics/c': output('c') };
  const parts = connectorParts(heldWorld({ gates: new Set([ignoreGate]) }), ['metrics', 'metrics'], named);
  const options = definition.config.parse({ table, default_pipelines: ['metrics/c'] });
  await (await definition.create(options, parts.context, parts.next)).consume(batch, emptyContext);
  expect(seen).toEqual({
    a: [1, ['"name":"mem"']],
    b: [2, ['"name":"cpu"']],
    c: [2, ['"name":"cpu"', '"name":"io"']],
  });
});

describe('when a pipeline refuses', () => {
  const byKey = ['a', 'b'].map((k) => ({ condition: `log.attributes["k"] == "${k}"`, ...to(k) }));

  test('no other one is handed anything when it has no room', async () => {
    const { send, outputs, world } = await made({ table: byKey, default_pipelines: ['logs/c'] });
    outputs.b.full = true;
    await expect(send(logs(['x', 'a1', 'b1', 'c1']))).rejects.toMatchObject({ reason: 'queue_full' });
    expect([outputs.a.names, outputs.c.names]).toEqual([[], []]);
    expect(world.books).toMatchObject({ inItems: 3, returnedItems: { queue_full: 3 }, balance: 0 });
    outputs.b.full = false;
    await send(logs(['x', 'a1', 'b1', 'c1']));
    expect([outputs.a.names, outputs.b.names, outputs.c.names]).toEqual([['a1'], ['b1'], ['c1']]);
  });

  test('what it refused remains, and goes to it alone when it is sent again', async () => {
    const { send, outputs, world } = await made({ table: byKey });
    outputs.b.answers.push('refuse');
    const error = await send(logs(['x', 'a1', 'b1', 'c1'])).catch((thrown: unknown) => thrown);
    if (!(error instanceof DeliveryError) || !error.remaining) throw new Error('nothing remains');
    expect([error.remaining.itemCount, error.delivered]).toEqual([1, -1]);
    await send(error.remaining);
    expect([outputs.a.names, outputs.b.names]).toEqual([['a1'], ['b1']]);
    expect(world.books).toMatchObject({
      returnedItems: { backend_refused: 1 },
      droppedItems: { no_route: 1 },
      balance: 0,
    });
  });

  test('copies are resumed where they were refused', async () => {
    const table = [{ condition: 'log.body != ""', action: 'copy', ...to('a') }];
    const { send, outputs, world } = await made({ table, default_pipelines: ['logs/b'] });
    outputs.a.answers.push('refuse');
    const error = await send(logs(['x', '1', '2'])).catch((thrown: unknown) => thrown);
    if (!(error instanceof DeliveryError)) throw new Error('nothing was refused');
    expect([error.remaining, error.delivered]).toEqual([undefined, 2]);
    await error.resume?.(emptyContext);
    expect([outputs.a.names, outputs.b.names]).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
    expect(world.books).toMatchObject({ inItems: 6, outItems: 4, returnedItems: { backend_refused: 2 }, balance: 0 });
  });

  test('room is reserved for all groups or none', async () => {
    const { connector, outputs, world } = await made({ table: byKey });
    const batch = logs(['x', 'a1', 'b1']);
    const room = connector.reserve?.(batch, emptyContext);
    if (room?.granted !== true) throw new Error('no room');
    await room.consume(batch, emptyContext);
    expect([outputs.a.names, outputs.b.names]).toEqual([['a1'], ['b1']]);
    outputs.b.full = true;
    const none = connector.reserve?.(logs(['x', 'a2', 'b2']), emptyContext);
    if (none?.granted !== false) throw new Error('there is room');
    none.refuse(none.error);
    expect(outputs.a.names).toEqual(['a1']);
    expect(world.books).toMatchObject({ inItems: 4, outItems: 2, returnedItems: { queue_full: 2 }, balance: 0 });
  });
});

describe('a table', () => {
  test.each<[object, string]>([
    [{}, 'invalid routing table: the routing table is empty'],
    [{ table: [{ condition: 'true' }] }, 'invalid route: no pipelines defined'],
    [{ table: [{ ...to('a') }] }, 'invalid route: no condition or statement provided'],
    [{ table: [{ condition: 'true', statement: 'route()', ...to('a') }] }, 'both condition and statement provided'],
    [{ table: [{ context: 'request', condition: 'request["a"] > "b"', ...to('a') }] }, 'condition must have format'],
    [{ table: [{ context: 'request', statement: 'route()', ...to('a') }] }, "requires a 'condition'"],
    [{ table: [{ context: 'scope', condition: 'true', ...to('a') }] }, 'invalid context'],
    [{ table: [{ condition: 'log.nosuch == 1', ...to('a') }] }, 'nosuch'],
    [{ table: [{ statement: 'set(log.body, "x")', ...to('a') }] }, 'set'],
    [{ table: [{ condition: 'true', action: 'drop', ...to('a') }] }, 'drop'],
    [{ table: [{ condition: 'true', ...to('a') }], error_mode: 'other' }, 'unknown error mode other'],
  ])('%j is refused', (options, message) => {
    expect(definition.config.safeParse(options).error?.message).toContain(JSON.stringify(message).slice(1, -1));
  });

  test('has contexts of its signal only', async () => {
    const options = { table: [{ condition: 'span.name == "a"', ...to('a') }] };
    await expect(made(options)).rejects.toThrow('the context "span" is not one of logs');
  });

  test('has each condition once: the first counts', async () => {
    const table = [
      { condition: 'log.body == "1"', ...to('a') },
      { condition: 'log.body == "1"', ...to('b') },
    ];
    const { send, outputs, world } = await made({ table });
    await send(logs(['x', '1']));
    expect([outputs.a.names, outputs.b.names]).toEqual([['1'], []]);
    expect(world.lines).toHaveLength(1);
  });
});
