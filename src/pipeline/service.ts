import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { abortAfter, type Clock, type Random } from '../component/clock.js';
import type { BuildInfo } from '../component/define.js';
import type { ByteBudget } from '../component/budget.js';
import type { Logger, Meter } from '../component/telemetry.js';
import type { Succession } from '../component/succession.js';
import type { Tracer } from '../component/tracer.js';
import type { CheckedConfig } from '../config/checked.js';
import { shownError } from '../config/shown-error.js';
import { Books } from '../telemetry/ledger.js';
import type { Registry } from '../telemetry/registry.js';
import { silentLogger, silentMeter } from '../telemetry/silent.js';
import { createTelemetry, type ServiceTelemetry, type TelemetryRole } from '../telemetry/service-telemetry.js';
import { buildGraph, type Graph, type Node } from './graph.js';
import { Instances } from './instances.js';
import { OnceGate } from './once-gate.js';
import type { StatusBoard } from './status-board.js';
import { stopOrder } from './stop-order.js';
import { serviceView } from './view.js';
import type { WorkerLinks } from './worker-links.js';

/** How long the components of a start that failed may take to end, milliseconds. */
const endFailedStartMs = 5000;

/** The state that outlives a reload: the books, the budget of the queues, the clock. */
export interface ProcessState {
  readonly books: Books;
  readonly budget: ByteBudget;
  readonly succession: Succession;
  readonly clock: Clock;
  readonly random: Random;
  readonly buildInfo: BuildInfo;
  /** One line at start about the memory that queues may take. */
  readonly memory: Readonly<Record<string, unknown>>;
  /** The way to the other workers; undefined when this process is alone. */
  readonly worker?: WorkerLinks;
  /** Set while the configuration before runs what runs `once`; resolves when that has stopped. */
  readonly onceIsFree?: Promise<void> | undefined;
}

/** One configuration, running. The lifecycle law is written in component/lifecycle.ts. */
export class Service {
  readonly logger: Logger;
  /** Settles with the error of a component that can't go on. */
  readonly failed: Promise<Error>;
  /**
   * Components that run in one of several workers only are started too, which may be later than `start` resolves.
   * Rejects when it can't be.
   */
  onceStarted: Promise<void> = Promise.resolve();
  /** Resolves when no component that runs `once` runs any more, or is never started. */
  readonly onceStopped: Promise<void>;
  #reportOnceStopped: () => void = () => {};
  readonly #telemetry: ServiceTelemetry;
  readonly #config: CheckedConfig;
  readonly #graph: Graph;
  readonly #process: ProcessState;
  readonly #instances: Instances;
  #stopping: Promise<Error[]> | undefined;
  #closing: Promise<void> | undefined;
  #left = false;

  private constructor(config: CheckedConfig, telemetry: ServiceTelemetry, graph: Graph, state: ProcessState) {
    this.logger = telemetry.logger;
    this.#telemetry = telemetry;
    this.#config = config;
    this.#graph = graph;
    this.#process = state;
    this.onceStopped = new Promise((resolve) => (this.#reportOnceStopped = resolve));
    let fail: (error: Error) => void = () => {};
    this.failed = new Promise((resolve) => {
      fail = resolve;
    });
    this.#instances = new Instances({
      graph,
      clock: state.clock,
      logger: telemetry.logger,
      fatal: fail,
      view: (live) => serviceView(config, state, telemetry.recent?.names, live),
    });
  }

  /** Creates the telemetry and every component. Rejects with what could not be created; nothing is left open. */
  static async build(config: CheckedConfig, state: ProcessState): Promise<Service> {
    const { worker } = state;
    const role: TelemetryRole = worker === undefined ? { kind: 'alone' } : { kind: 'worker', number: worker.number };
    const { telemetry: own, shown } = config.service;
    const telemetry = await createTelemetry(own, state.buildInfo, state.clock, state.random, role).catch(
      (error: unknown) => Promise.reject(shownError(error, shown)),
    );
    try {
      // The books of workers are read from their files.
      if (worker === undefined) state.books.observe(telemetry.meter);
      await telemetry.listen();
      // Once, however many workers have the same configuration.
      if (worker === undefined || worker.number === 1)
        for (const { message, fields } of config.warnings) telemetry.logger.warn(message, fields);
      const graph = await buildGraph(config, environment(telemetry, state));
      return new Service(config, telemetry, graph, state);
    } catch (error) {
      telemetry.logger.error('error found during service initialization', { error });
      await telemetry.close();
      throw error;
    }
  }

  /**
   * Starts everything, downstream first. On failure it shuts down what has started and rejects with the cause. `ready`
   * is to be called next.
   */
  async start(): Promise<void> {
    const { buildInfo, memory } = this.#process;
    this.logger.info(`Starting ${buildInfo.command}...`, {
      Version: buildInfo.version,
      NumCPU: availableParallelism(),
    });
    this.logger.info('Queues and requests in progress together hold a bounded number of bytes', memory);
    this.logger.info('Starting extensions...');
    for (const node of this.#graph.extensions) await this.#startExtension(node);
    const { worker } = this.#process;
    const { nodes } = this.#graph;
    const onceIsFree = this.#process.onceIsFree;
    const later = onceIsFree ? nodes.filter(({ once }) => once) : [];
    const now = nodes.filter((node) => !later.includes(node));
    for (const node of now) if (node.kind !== 'receiver') await this.#startNode(node);
    // Nothing is received before the items of every key have a worker that they can go to.
    await worker?.joined();
    for (const node of now) if (node.kind === 'receiver') await this.#startNode(node);
    if (later.length > 0) this.onceStarted = this.#startLater(later, onceIsFree);
  }

  /** Everything runs, and the outside may send. */
  ready(): void {
    for (const { component } of this.#graph.extensions) component.ready?.();
    if (this.#process.worker === undefined) this.logger.info('Everything is ready. Begin running and processing data.');
  }

  async #startLater(nodes: readonly Node[], free: Promise<void> | undefined): Promise<void> {
    await free;
    for (const node of nodes) {
      if (this.#stopping !== undefined) return;
      try {
        await this.#instances.start(node);
      } catch (error) {
        throw this.#notStarted(node, error);
      }
    }
  }

  /** The states of all components. */
  get statuses(): Pick<StatusBoard, 'all' | 'watch'> {
    return this.#instances.board;
  }

  /** Shows the books of the process with the metrics of this service from now on. */
  showBooks(): void {
    this.#process.books.observe(this.#telemetry.meter);
  }

  /** The metrics of this process. */
  get metrics(): Registry {
    return this.#telemetry.registry;
  }

  /** Says outside that nothing more should be sent here, while everything goes on. May be called again. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    for (const { component } of [...this.#graph.extensions, ...this.#graph.nodes]) component.notReady?.();
  }

  /**
   * Stops everything, upstream first, and resolves with the errors met. A second call waits for the first. The log
   * stays open.
   */
  shutdown(deadline: AbortSignal): Promise<Error[]> {
    // Every component listens to it; Node takes more than ten listeners for a leak.
    setMaxListeners(0, deadline);
    return (this.#stopping ??= this.#shutdown(deadline));
  }

  async #shutdown(deadline: AbortSignal): Promise<Error[]> {
    this.logger.info('Starting shutdown...');
    // Balancers learn of it before any port closes.
    this.leave();
    // Receivers wait for their requests, which may wait at these.
    for (const { component } of this.#graph.nodes) if (component instanceof OnceGate) component.giveUp();
    const errors: Error[] = [];
    let once = this.#graph.nodes.filter((node) => node.once).length;
    if (once === 0) this.#onceEnded();
    for (const node of await stopOrder(this.#config, this.#graph.nodes)) {
      await this.#stopNode(node, deadline, errors);
      if (node.once && --once === 0) this.#onceEnded();
    }
    this.logger.info('Stopping extensions...');
    for (const node of this.#graph.extensions.toReversed()) await this.#stopNode(node, deadline, errors);
    this.#instances.board.close();
    return errors;
  }

  #onceEnded(): void {
    this.#process.worker?.onceStopped();
    this.#reportOnceStopped();
  }

  /** Sends what is left of the own telemetry and closes it, after `shutdown`. Nothing is logged any more. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.logger.info('Shutdown complete.');
    await this.#telemetry.close();
  }

  async #startExtension(node: Node): Promise<void> {
    const { id } = node;
    const logger = this.logger.child({ 'otelcol.component.id': id, 'otelcol.component.kind': 'extension' });
    logger.info('Extension is starting...');
    try {
      await this.#instances.start(node);
    } catch (error) {
      this.logger.error('Failed to start component', { error, type: 'Extension', id });
      const message = `failed to start extensions: failed to start extension "${id}": ${(error as Error).message}`;
      await this.#giveUpStart(new Error(message, { cause: error }));
    }
    logger.info('Extension started.');
  }

  async #startNode(node: Node): Promise<void> {
    try {
      await this.#instances.start(node);
    } catch (error) {
      return this.#giveUpStart(this.#notStarted(node, error));
    }
  }

  /** Logs that a component of a pipeline could not be started. Returns the error to reject with. */
  #notStarted({ kind, id }: Node, error: unknown): Error {
    const type = `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`;
    this.logger.error('Failed to start component', { error, type, id });
    const message = `cannot start pipelines: failed to start "${id}" ${kind}: ${(error as Error).message}`;
    return new Error(message, { cause: error });
  }

  async #giveUpStart(error: Error): Promise<never> {
    await this.shutdown(abortAfter(this.#process.clock, endFailedStartMs));
    await this.close();
    throw error;
  }

  async #stopNode(node: Node, deadline: AbortSignal, errors: Error[]): Promise<void> {
    const { kind, id } = node;
    try {
      await this.#instances.stop(node, deadline);
    } catch (error) {
      errors.push(new Error(`failed to shut down "${id}" ${kind}: ${(error as Error).message}`, { cause: error }));
      this.logger.error('Failed to shut down component', { error, type: kind, id });
    }
  }
}

/** Creates every component of a configuration and throws all of it away: the last step of `kanmon validate`. */
export async function checkBuild(config: CheckedConfig, state: ProcessState): Promise<void> {
  const { extensions, nodes } = await buildGraph(
    config,
    environment({ logger: silentLogger, meter: silentMeter, tracer: undefined }, state),
  );
  const now = AbortSignal.abort();
  for (const { component } of [...extensions, ...nodes].toReversed()) await component.shutdown?.(now);
}

function environment(
  telemetry: { logger: Logger; meter: Meter; tracer: Tracer | undefined },
  state: ProcessState,
): Parameters<typeof buildGraph>[1] {
  const { books, budget, succession, clock, random, buildInfo, worker, onceIsFree } = state;
  return {
    logger: telemetry.logger,
    meter: telemetry.meter,
    tracer: telemetry.tracer,
    ledger: books,
    clock,
    random,
    budget,
    succession,
    buildInfo,
    worker,
    onceIsFree,
  };
}
