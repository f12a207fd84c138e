import { afterEach, expect, test } from 'vitest';
import { heldWorld } from '../../../test/support/held-world.js';
import { hostWith } from '../../../test/support/host.js';
import { freePorts } from '../../../test/support/program.js';
import type { Extension } from '../../component/define.js';
import type { Lifecycle, Host } from '../../component/lifecycle.js';
import type { PipelineView, ServiceView } from '../../component/service-view.js';
import { Instances } from '../../pipeline/instances.js';
import { definition } from './index.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const pipeline = (id: string): PipelineView => ({
  ...{ id, signal: 'traces', receivers: ['otlp'], processors: [], exporters: ['otlp_grpc'], connectors: [] },
});

interface Reporter {
  report: Host['report'];
}

/** A component that reports what a test says. */
function reporter(): Reporter & Lifecycle {
  const component: Reporter & Lifecycle = {
    report: () => {},
    start(host) {
      component.report = (event) => host.report(event);
    },
  };
  return component;
}

interface World {
  readonly extension: Extension;
  readonly exporter: Reporter;
  readonly receiver: Reporter;
  readonly lines: readonly { readonly message: string }[];
  /** The status and the body that a probe gets. */
  ask(query?: string): Promise<[number, unknown]>;
  pass(ms: number): Promise<void>;
  /** Starts the components of `traces/a`, in the order of a service. */
  startComponents(): Promise<void>;
  stopExporter(): Promise<void>;
}

/** The extension beside the components of `traces/a`, which run with the states that a service gives them. */
async function started(settings: object, pipelines: readonly PipelineView[] = [pipeline('traces/a')]): Promise<World> {
  const [port = 0] = await freePorts(1);
  const { context, clock, lines } = heldWorld();
  const http = { endpoint: `127.0.0.1:${port}` };
  const extension = await definition.create(definition.config.parse({ use_v2: true, http, ...settings }), context);
  const exporter = reporter();
  const receiver = reporter();
  const nodes = {
    health: {
      kind: 'extension',
      id: 'health_check',
      name: 'extension health_check',
      pipelines: [],
      once: true,
      component: extension,
    },
    exporter: {
      kind: 'exporter',
      id: 'otlp_grpc',
      name: 'exporter otlp_grpc',
      pipelines: ['traces/a'],
      once: false,
      component: exporter,
    },
    receiver: {
      kind: 'receiver',
      id: 'otlp',
      name: 'receiver otlp',
      pipelines: ['traces/a'],
      once: false,
      component: receiver,
    },
  } as const;
  const startedMs = clock.unixMs();
  const instances = new Instances({
    graph: { extensions: [nodes.health], nodes: [nodes.exporter, nodes.receiver] },
    ...{ clock, logger: context.logger, fatal: () => {} },
    view: (live): ServiceView => ({ ...hostWith().inspect(), startedMs, pipelines, ...live }),
  });
  await instances.start(nodes.health);
  open.push(() => instances.stop(nodes.health, new AbortController().signal));
  return {
    ...{ extension, exporter, receiver, lines },
    pass: (ms) => clock.pass(ms),
    async startComponents() {
      await instances.start(nodes.exporter);
      await instances.start(nodes.receiver);
    },
    stopExporter: () => instances.stop(nodes.exporter, new AbortController().signal),
    async ask(query = '/status') {
      const answer = await fetch(`http://127.0.0.1:${port}${query}`, { headers: { connection: 'close' } });
      const body = await answer.text();
      return [answer.status, answer.headers.get('content-type') === 'application/json' ? JSON.parse(body) : body];
    },
  };
}

async function running(componentHealth: object | undefined): Promise<World> {
  const world = await started(componentHealth === undefined ? {} : { component_health: componentHealth });
  await world.startComponents();
  world.extension.ready?.();
  return world;
}

const level = (status: string, more: object = {}) => expect.objectContaining({ status, ...more });
const recoverable = (text: string) => ({ status: 'recoverable_error', error: new Error(text) }) as const;
const permanent = (text: string) => ({ status: 'permanent_error', error: new Error(text) }) as const;

test('the body is that of the Collector: the whole, one pipeline, all extensions, every component', async () => {
  const { ask, exporter, pass } = await running(undefined);
  await pass(500);
  exporter.report(recoverable('unavailable'));
  const start = { start_time: '2023-11-14T22:13:21.000Z' };
  const fine = { healthy: true, status: 'StatusOK', status_time: '2023-11-14T22:13:21.000Z', attributes: {} };
  const error = {
    ...{ healthy: true, status: 'StatusRecoverableError', error: 'unavailable' },
    ...{ status_time: '2023-11-14T22:13:21.500Z', attributes: {} },
  };
  const members = { 'exporter:otlp_grpc': error, 'receiver:otlp': fine };
  const extensions = { 'extension:health_check': fine };
  expect(await ask()).toEqual([200, { ...start, ...error }]);
  expect(await ask('/status?verbose')).toEqual([
    200,
    {
      ...{ ...start, ...error },
      components: {
        extensions: { ...fine, components: extensions },
        'pipeline:traces/a': { ...error, components: members },
      },
    },
  ]);
  expect(await ask('/status?pipeline=traces/a&verbose=true')).toEqual([
    200,
    { ...start, ...error, components: members },
  ]);
  expect(await ask('/status?pipeline=traces/a&verbose=false')).toEqual([200, { ...start, ...error }]);
  expect(await ask('/status?pipeline=extensions&verbose')).toEqual([
    200,
    { ...start, ...fine, components: extensions },
  ]);
  expect(await ask('/status?pipeline=logs')).toEqual([404, '']);
  expect(await ask('/')).toEqual([404, '404 page not found\n']);
});

test('503 until all pipelines run and once a shutdown begins, whatever single components have come to', async () => {
  const { ask, extension, startComponents, exporter, stopExporter } = await started({});
  expect(await ask()).toEqual([503, level('StatusStarting')]);
  await startComponents();
  expect(await ask('/status?pipeline=traces/a')).toEqual([503, level('StatusStarting')]);
  extension.ready?.();
  expect(await ask()).toEqual([200, level('StatusOK')]);
  extension.notReady?.();
  expect(await ask()).toEqual([503, level('StatusStopping')]);
  await stopExporter();
  expect(await ask('/status?pipeline=traces/a')).toEqual([503, level('StatusStopping')]);
  exporter.report({ status: 'ok' });
  expect(await ask()).toEqual([503, level('StatusStopping')]);
});

test('a recoverable error that counts is unhealthy once it has lasted, until the recovery', async () => {
  const { ask, pass, exporter } = await running({ include_recoverable_errors: true, recovery_duration: '2s' });
  exporter.report(recoverable('1'));
  await pass(1999);
  expect(await ask()).toEqual([200, level('StatusRecoverableError', { healthy: true, error: '1' })]);
  exporter.report(recoverable('2'));
  await pass(1);
  expect(await ask()).toEqual([500, level('StatusRecoverableError', { healthy: false, error: '2' })]);
  exporter.report({ status: 'ok' });
  expect(await ask()).toEqual([200, level('StatusOK', { healthy: true })]);
  exporter.report(recoverable('3'));
  await pass(1999);
  expect((await ask())[0]).toBe(200);
});

test('without a recovery_duration a recoverable error that counts is unhealthy at once', async () => {
  const { ask, exporter } = await running({ include_recoverable_errors: true });
  exporter.report(recoverable('1'));
  expect((await ask())[0]).toBe(500);
});

test('recovery is counted from the first of several errors, which is shown', async () => {
  const { ask, pass, exporter, receiver } = await running({
    include_recoverable_errors: true,
    recovery_duration: '2s',
  });
  receiver.report(recoverable('first'));
  await pass(1500);
  exporter.report(recoverable('second'));
  await pass(500);
  expect(await ask()).toEqual([500, level('StatusRecoverableError', { error: 'first' })]);
  receiver.report({ status: 'ok' });
  expect(await ask()).toEqual([200, level('StatusRecoverableError', { error: 'second' })]);
});

test.each([
  [undefined, 200, true],
  [{ include_permanent_errors: false }, 200, true],
  [{ include_permanent_errors: true }, 500, false],
])('a permanent error stays, with component_health %j', async (health, status, healthy) => {
  const { ask, exporter, lines } = await running(health);
  exporter.report(permanent('broken'));
  exporter.report({ status: 'ok' });
  expect(await ask()).toEqual([status, level('StatusPermanentError', { healthy, error: 'broken' })]);
  expect(lines.map(({ message }) => message)).toContain('Component has an error that stays');
});

test('of different errors the one that counts decides', async () => {
  const only = await running({ include_recoverable_errors: true, recovery_duration: '1h' });
  only.receiver.report(permanent('p'));
  only.exporter.report(recoverable('r'));
  expect(await only.ask()).toEqual([200, level('StatusRecoverableError', { error: 'r' })]);
  const both = await running({ include_recoverable_errors: true, include_permanent_errors: true });
  both.receiver.report(permanent('p'));
  both.exporter.report(recoverable('r'));
  expect(await both.ask()).toEqual([500, level('StatusPermanentError', { error: 'p' })]);
});

test.each([
  [undefined, true],
  [{}, false],
])('a fatal error is 500, with component_health %j', async (health, healthy) => {
  const { ask, exporter } = await running(health);
  exporter.report({ status: 'fatal_error', error: new Error('x') });
  expect(await ask()).toEqual([500, level('StatusFatalError', { healthy, error: 'x' })]);
});

test('a pipeline is not ok while no process runs it, or one of its components', async () => {
  const partial = { ...pipeline('traces/a'), processors: ['tail_sampling'] };
  const part = await started({}, [partial]);
  await part.startComponents();
  part.extension.ready?.();
  expect(await part.ask()).toEqual([503, level('StatusStarting')]);
  const { ask, extension, startComponents } = await started({}, [pipeline('traces/a'), pipeline('traces/dead')]);
  await startComponents();
  extension.ready?.();
  expect(await ask('/status?pipeline=traces/a')).toEqual([200, level('StatusOK')]);
  expect(await ask('/status?pipeline=traces/dead')).toEqual([503, level('StatusNone')]);
  expect(await ask()).toEqual([503, level('StatusStarting')]);
});

test('without http::status the server has nothing to show', async () => {
  const [port = 0] = await freePorts(1);
  const { ask } = await started({ http: { endpoint: `127.0.0.1:${port}`, status: { enabled: false } } });
  await expect(ask()).rejects.toThrow();
  expect((await fetch(`http://127.0.0.1:${port}/status`)).status).toBe(404);
});

test('component_health without use_v2 changes nothing, which is logged', async () => {
  const { lines } = await started({
    use_v2: false,
    http: undefined,
    ...{ endpoint: '127.0.0.1:0', component_health: {} },
  });
  expect(lines.map(({ message }) => message)).toContain('component_health has no effect without use_v2: true');
});

test.each([
  [{ use_v2: true }, 'use_v2 needs `http`'],
  [{ use_v2: true, http: {}, grpc: { endpoint: 'localhost:13132' } }, 'grpc is not supported'],
  [{ use_v2: true, http: { config: { enabled: true } } }, 'http::config is not supported'],
  [{ use_v2: true, http: { status: { path: 'status' } } }, 'path must start with /'],
  [{ use_v2: true, http: { status: { verbose: true } } }, 'verbose'],
  [{ http: {} }, 'only with `use_v2: true`'],
])('%j is refused', (settings, words) => {
  expect(() => definition.config.parse(settings)).toThrow(words);
});
