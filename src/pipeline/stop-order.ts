import { networkInterfaces } from 'node:os';
import type { SendingAddress, ListeningAddress } from '../component/lifecycle.js';
import type { CheckedConfig } from '../config/checked.js';
import type { Node } from './graph.js';

/** Any address of the machine, as a listening socket shows it. */
const everywhere: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * The nodes in the order in which they stop, upstream first. An exporter that sends to a receiver of the same process
 * is upstream of it, so that the receiver takes what the exporter still holds. A receiver that is upstream of an
 * exporter which sends to it stops first all the same: such a circle has no end. Of what could stop next, components
 * that run `once` come first, because their successors wait for them.
 */
export async function stopOrder(config: CheckedConfig, nodes: readonly Node[]): Promise<readonly Node[]> {
  const above = handsTo(config, nodes);
  for (const [exporter, receivers] of await ownReceivers(nodes, above))
    for (const receiver of receivers) above.get(receiver)?.add(exporter);
  const left = new Set(nodes.toReversed());
  const order: Node[] = [];
  while (left.size > 0) {
    const free = [...left].filter((node) => !anyOf(above.get(node), left));
    // Nothing is free when several receivers feed each other in a circle through exporters.
    const next = free.find(({ once }) => once) ?? free[0] ?? firstOf(left);
    left.delete(next);
    order.push(next);
  }
  return order;
}

function anyOf(some: Iterable<Node> | undefined, left: ReadonlySet<Node>): boolean {
  for (const node of some ?? []) if (left.has(node)) return true;
  return false;
}

function firstOf(nodes: Iterable<Node>): Node {
  for (const node of nodes) return node;
  throw new Error('there is no node left');
}

/** For each node, those that hand batches to it directly. */
function handsTo({ service, connectors }: CheckedConfig, nodes: readonly Node[]): Map<Node, Set<Node>> {
  const above = new Map<Node, Set<Node>>(nodes.map((node) => [node, new Set()]));
  const named = (kind: string, ...words: readonly string[]): readonly Node[] =>
    nodes.filter(({ kind: each, name }) => each === kind && isNamed(name, words));
  for (const { id, signal, receivers, processors, exporters } of service.pipelines) {
    const steps: (readonly Node[])[] = [
      receivers.flatMap((end) =>
        connectors.has(end) ? named('connector', '*', signal, end) : named('receiver', signal, end),
      ),
      ...processors.map((step) => named('processor', id, step)),
      exporters.flatMap((end) =>
        connectors.has(end) ? named('connector', signal, '*', end) : named('exporter', signal, end),
      ),
    ];
    let before: readonly Node[] = [];
    for (const step of steps) {
      for (const node of step) for (const upstream of before) above.get(node)?.add(upstream);
      // Another worker runs a step that is not here.
      if (step.length > 0) before = step;
    }
  }
  return above;
}

/** Whether the words behind a node's kind are these; `*` is any. No ID has a space. */
function isNamed(name: string, words: readonly string[]): boolean {
  const [, ...own] = name.split(' ');
  return own.length === words.length && own.every((word, i) => words[i] === '*' || words[i] === word);
}

/** For each exporter, the receivers of this process that it sends to and is not downstream of. */
async function ownReceivers(
  nodes: readonly Node[],
  above: ReadonlyMap<Node, ReadonlySet<Node>>,
): Promise<ReadonlyMap<Node, ReadonlySet<Node>>> {
  const found = new Map<Node, Set<Node>>();
  const own = new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)));
  const feeds = async (exporter: Node, receiver: Node, to: SendingAddress, at: ListeningAddress): Promise<void> => {
    if (to.port !== at.port) return;
    const addresses = await to.addresses();
    const arrives = (address: string): boolean =>
      address === at.address || ((own.has(address) || isLoopback(address)) && everywhere.has(at.address));
    if (!addresses.some((address) => everywhere.has(address) || arrives(address))) return;
    let receivers = found.get(exporter);
    if (!receivers) found.set(exporter, (receivers = new Set()));
    receivers.add(receiver);
  };
  const running: Promise<void>[] = [];
  for (const exporter of nodes) {
    const upstream = allAbove(exporter, above);
    for (const to of exporter.component.sendsTo?.() ?? [])
      for (const receiver of nodes)
        if (!upstream.has(receiver))
          for (const at of receiver.component.listensAt?.() ?? []) running.push(feeds(exporter, receiver, to, at));
  }
  await Promise.all(running);
  return found;
}

function allAbove(node: Node, above: ReadonlyMap<Node, ReadonlySet<Node>>): ReadonlySet<Node> {
  const all = new Set<Node>();
  const add = (each: Node): void => {
    for (const next of above.get(each) ?? [])
      if (!all.has(next)) {
        all.add(next);
        add(next);
      }
  };
  add(node);
  return all;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
