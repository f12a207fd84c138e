import { offered } from '../component/capability.js';
import type { Clock } from '../component/clock.js';
import type { Host } from '../component/lifecycle.js';
import type { ServiceView } from '../component/service-view.js';
import type { Logger } from '../component/telemetry.js';
import { shownError } from '../config/shown-error.js';
import type { Graph, Node } from './graph.js';
import { PageList } from './page-list.js';
import { StatusBoard, type InstanceStatus } from './status-board.js';
import type { LiveView } from './view.js';

/** How long a component may overrun the drain deadline before it is left behind, milliseconds. */
const overrunMs = 2000;

export interface InstancesOptions {
  readonly graph: Graph;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A component can't go on, so that the service has to end. */
  fatal(error: Error): void;
  /** The view that components see, made from the states and the pages of all of them. */
  view(live: LiveView): ServiceView;
}

/**
 * The components of a graph as they run: each has a host of its own, and a status that follows its start and its end.
 */
export class Instances {
  readonly board: StatusBoard;
  readonly #clock: Clock;
  readonly #graph: Graph;
  readonly #view: ServiceView;
  readonly #statuses: Map<Node, InstanceStatus> = new Map();
  readonly #pages: PageList = new PageList();
  /** Removes the pages of a component. */
  readonly #removals: Map<Node, (() => void)[]> = new Map();

  constructor({ graph, clock, logger, fatal, view }: InstancesOptions) {
    this.board = new StatusBoard(clock, logger, fatal);
    this.#clock = clock;
    this.#graph = graph;
    this.#view = view({ status: () => this.board.all(), pages: () => this.#pages.all() });
    for (const node of [...graph.extensions, ...graph.nodes]) this.#statuses.set(node, this.board.add(node));
  }

  /**
   * Rejects when the component can't start. Its status is ok afterwards, unless it has reported something else by then.
   */
  async start(node: Node): Promise<void> {
    const status = this.#statusOf(node);
    status.set({ status: 'starting' });
    try {
      await node.component.start?.(this.#hostOf(node, status));
    } catch (failure) {
      const error = shownError(failure, node.shown);
      status.set({ status: 'permanent_error', error });
      throw error;
    }
    if (status.state.status === 'starting') status.set({ status: 'ok' });
  }

  /** Rejects when the component fails to stop, or takes longer than the deadline and a little more. */
  async stop(node: Node, deadline: AbortSignal): Promise<void> {
    const status = this.#statusOf(node);
    status.set({ status: 'stopping' });
    try {
      await Promise.race([node.component.shutdown?.(deadline), overrun(deadline, this.#clock)]);
    } catch (error) {
      status.set({ status: 'permanent_error', error: error as Error });
      throw error;
    } finally {
      for (const remove of this.#removals.get(node) ?? []) remove();
    }
    status.set({ status: 'stopped' });
  }

  #hostOf(node: Node, status: InstanceStatus): Host {
    const removals: (() => void)[] = [];
    this.#removals.set(node, removals);
    return {
      capability: (capability, id) =>
        offered(capability, id, this.#graph.extensions.find((node) => node.id === id)?.component),
      report: (event) => status.report(event),
      addPage: (page) => {
        const remove = this.#pages.add(page);
        removals.push(remove);
        return remove;
      },
      inspect: () => this.#view,
    };
  }

  #statusOf(node: Node): InstanceStatus {
    const status = this.#statuses.get(node);
    if (!status) throw new Error(`"${node.id}" is not of this service`);
    return status;
  }
}

function overrun(deadline: AbortSignal, clock: Clock): Promise<never> {
  return new Promise((_resolve, reject) => {
    const late = (): void => {
      clock.after(overrunMs, () => reject(new Error('did not stop within the deadline')));
    };
    if (deadline.aborted) late();
    else deadline.addEventListener('abort', late, { once: true });
  });
}
