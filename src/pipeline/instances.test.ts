import { expect, test } from 'vitest';
import { heldWorld } from '../../test/support/held-world.js';
import type { Host, Lifecycle } from '../component/lifecycle.js';
import type { Page } from '../component/page.js';
import type { ServiceView } from '../component/service-view.js';
import type { Node } from './graph.js';
import { Instances } from './instances.js';

const page = (path: string): Page => ({ path, title: 'A', about: 'a', content: () => ({ json: path }) });

/** Components of a service, and what they see of it. */
function service(components: Readonly<Record<string, Lifecycle>>): {
  instances: Instances;
  nodes: Readonly<Record<string, Node>>;
  seen(): { pages: string[]; states: string[] };
  fatal: string[];
} {
  const { clock, context } = heldWorld();
  const fatal: string[] = [];
  const nodes = Object.fromEntries(
    Object.entries(components).map(([id, component]) => [
      id,
      { kind: 'exporter', id, name: `exporter traces ${id}`, pipelines: ['traces'], component, once: false } as const,
    ]),
  );
  let live: Pick<ServiceView, 'pages' | 'status'> | undefined;
  const instances = new Instances({
    graph: { extensions: [], nodes: Object.values(nodes) },
    clock,
    logger: context.logger,
    fatal: (error) => fatal.push(error.message),
    view: (parts) => {
      live = parts;
      return {
        buildInfo: context.buildInfo,
        startedMs: 0,
        pipelines: [],
        extensions: [],
        gates: [],
        ledger: () => [],
        spans: undefined,
        ...parts,
      };
    },
  });
  const seen = () => ({
    pages: live?.pages().map(({ path }) => path) ?? [],
    states: live?.status().map(({ id, state }) => `${id} ${state.status}`) ?? [],
  });
  return { instances, nodes, seen, fatal };
}

test('a component is shown with its state and its pages from its start to its end', async () => {
  let host: Host | undefined;
  const { instances, nodes, seen } = service({
    a: {
      start(given) {
        host = given;
        host.addPage(page('exporter/a/one'));
        host.report({ status: 'recoverable_error', error: new Error('not yet') });
      },
    },
    b: { start: () => Promise.reject(new Error('no')) },
    c: { shutdown: () => Promise.reject(new Error('stuck')) },
  });
  expect(seen()).toEqual({ pages: [], states: ['a none', 'b none', 'c none'] });
  await instances.start(nodes['a']!);
  await expect(instances.start(nodes['b']!)).rejects.toThrow('no');
  await instances.start(nodes['c']!);
  const remove = host?.addPage(page('exporter/a/two'));
  expect(seen()).toEqual({
    pages: ['exporter/a/one', 'exporter/a/two'],
    states: ['a recoverable_error', 'b permanent_error', 'c ok'],
  });
  remove?.();
  remove?.();
  expect(seen().pages).toEqual(['exporter/a/one']);
  const deadline = new AbortController().signal;
  await instances.stop(nodes['a']!, deadline);
  await instances.stop(nodes['b']!, deadline);
  await expect(instances.stop(nodes['c']!, deadline)).rejects.toThrow('stuck');
  expect(seen()).toEqual({ pages: [], states: ['a stopped', 'b stopped', 'c permanent_error'] });
});

test('two pages at one path, and a path that no request can name, are refused', async () => {
  const { instances, nodes } = service({
    a: { start: (host) => void host.addPage(page('exporter/a/one')) },
    b: { start: (host) => void host.addPage(page('exporter/a/one')) },
    c: { start: (host) => void host.addPage(page('/what?')) },
  });
  await instances.start(nodes['a']!);
  await expect(instances.start(nodes['b']!)).rejects.toThrow('there is a page /debug/exporter/a/one already');
  await expect(instances.start(nodes['c']!)).rejects.toThrow(`"/what?" can't be the path of a page`);
});

test('a fatal error of a component ends the service', async () => {
  const { instances, nodes, fatal, seen } = service({
    a: { start: (host) => host.report({ status: 'fatal_error', error: new Error('gone') }) },
  });
  await instances.start(nodes['a']!);
  expect(fatal).toEqual(['gone']);
  expect(seen().states).toEqual(['a fatal_error']);
});
