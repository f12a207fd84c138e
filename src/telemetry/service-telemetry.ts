import type { BuildInfo } from '../component/define.js';
import type { Clock, Random } from '../component/clock.js';
import { faults } from '../component/fault.js';
import type { Logger, Meter } from '../component/telemetry.js';
import type { Tracer } from '../component/tracer.js';
import type { Batch } from '../otlp/batch.js';
import type { TelemetryConfig } from './config.js';
import type { Line } from './log/console.js';
import { openLog, type Log } from './log/logger.js';
import { observeOutputs } from './output/metrics.js';
import { observeProcess } from './process.js';
import type { PushParts } from './push/destination.js';
import type { Records } from './push/records.js';
import type { OwnOrigin } from './push/values.js';
import { Registry, type MetricFamily } from './registry.js';
import type { Families } from './families.js';
import { readerOf } from './reader-of.js';
import { serviceResource } from './resource.js';
import type { RecentSpans } from './tracing/recent.js';
import type { FinishedSpan } from '../component/recent-spans.js';
import { noPropagator, OwnTracer, type Propagator } from './tracing/tracer.js';
import { fewOpenFiles, openFilesLimit } from '../net/open-files.js';
import { Views } from './views.js';

export interface ServiceTelemetry {
  readonly logger: Logger;
  readonly meter: Meter;
  readonly registry: Registry;
  /** Undefined while tracing is off. */
  readonly tracer: Tracer | undefined;
  /** The latest own spans; undefined while tracing is off. */
  readonly recent: RecentSpans | undefined;
  /** The attributes of this program in its own telemetry. */
  readonly resource: Readonly<Record<string, string>>;
  /** Begins to listen for scrapes and to send metrics. Rejects with `failed to create meter provider: ...`. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The part of this process: the only one, a worker, whose metrics the primary collects, or the primary, which exposes
 * the `families` of all workers.
 */
export type TelemetryRole =
  | { readonly kind: 'alone' }
  | { readonly kind: 'worker'; readonly number: number }
  | { readonly kind: 'primary'; families(own: Registry): Promise<Iterable<MetricFamily>> };

const scopeName = 'kanmon';
/** Limit for the last export when the program ends, milliseconds. */
const graceMs = 3000;

/**
 * Opens the program's own log, metrics and spans. Rejects when a part of the configuration cannot work, with the
 * Collector's message where it has one (docs/spec/core.md#telemetry-config). Code of destinations and pages is loaded
 * when one is configured: together they would be a quarter of what a start loads.
 */
export async function createTelemetry(
  config: TelemetryConfig,
  build: BuildInfo,
  clock: Clock,
  random: Random,
  role: TelemetryRole = { kind: 'alone' },
): Promise<ServiceTelemetry> {
  const resource = serviceResource(config.resource, build);
  const origin: OwnOrigin = { resource: resource.attributes, scope: { name: scopeName, version: build.version } };
  let shipped: readonly Records<Line>[] = [];
  const ship =
    config.logs.processors.length === 0 ? undefined : (line: Line) => shipped.forEach((records) => records.add(line));
  const logs =
    role.kind === 'worker'
      ? { ...config.logs, initial_fields: { ...config.logs.initial_fields, worker: role.number } }
      : config.logs;
  const log = openLog(logs, resource.attributes, clock, ship);
  const { logger } = log;
  faults.use(logger);
  warnOfFewFiles(logger, role);
  const parts: PushParts = { logger: log.local, clock, random, buildInfo: build };
  const opened: { close(graceMs: number): Promise<void> }[] = [];
  try {
    if (ship) shipped = await named('logger', () => shipping(config, origin, parts));
    if (resource.inline.length > 0)
      logger.warn(
        'Using legacy service.telemetry.resource inline map format; prefer service.telemetry.resource.attributes ' +
          '(array of maps with `name` and `value` keys)',
        { legacy_resource_attributes: resource.inline },
      );
    const { level, views } = config.metrics;
    if (level === 'none') logger.info('Internal metrics telemetry disabled');
    const registry = new Registry(
      level,
      await named('meter provider', () => new Views(views ?? [], scopeName, build.version)),
    );
    const readers =
      level === 'none' || role.kind === 'worker'
        ? []
        : await named('meter provider', () => (config.metrics.readers ?? []).map(readerOf));
    const tracer = await named('tracer provider', () => tracing(config, origin, parts, opened));
    if (!tracer) logger.info('Internal trace telemetry disabled');
    const meter = registry.meter(scopeName);
    const families: Families = () =>
      role.kind === 'primary' ? role.families(registry) : Promise.resolve(registry.families.values());
    return {
      logger,
      meter,
      registry,
      tracer,
      recent: tracer?.recent,
      resource: resource.attributes,
      async listen() {
        observeProcess(meter);
        observeOutputs(meter);
        for (const reader of readers) {
          if ('host' in reader) {
            const { openPrometheusReader } = await import('./pull-reader.js');
            opened.push(await openPrometheusReader(reader, families, resource.attributes, build.version));
          } else {
            const { openPeriodicReader } = await import('./push/open.js');
            opened.push(await named('meter provider', () => openPeriodicReader(reader, families, origin, parts)));
          }
        }
      },
      close: () => closeAll(opened, shipped, log),
    };
  } catch (error) {
    logger.error('error found during service initialization', { error: (error as Error).message });
    await closeAll(opened, shipped, log);
    throw error;
  }
}

async function shipping(config: TelemetryConfig, origin: OwnOrigin, parts: PushParts): Promise<Records<Line>[]> {
  const [{ openProcessors }, { logBatch }] = await Promise.all([
    import('./push/open.js'),
    import('./push/log-records.js'),
  ]);
  const encode = (lines: readonly Line[]): Batch => logBatch(origin, lines);
  return openProcessors<Line>(config.logs.processors, 'logs', encode, parts);
}

async function tracing(
  config: TelemetryConfig,
  origin: OwnOrigin,
  parts: PushParts,
  opened: { close(graceMs: number): Promise<void> }[],
): Promise<OwnTracer | undefined> {
  const { traces } = config;
  if (traces.level === 'none' || traces.processors.length === 0) return undefined;
  const [{ openProcessors }, { spanBatch }] = await Promise.all([import('./push/open.js'), import('./push/spans.js')]);
  const encode = (spans: readonly FinishedSpan[]): Batch => spanBatch(origin, spans);
  const records: Records<FinishedSpan>[] = [];
  const ended = (span: FinishedSpan): void => records.forEach((each) => each.add(span));
  const tracer = new OwnTracer(traces, {
    clock: parts.clock,
    propagator: await propagation(traces.propagators),
    ended,
  });
  records.push(...(await openProcessors<FinishedSpan>(traces.processors, 'traces', encode, parts)));
  opened.push(...records);
  return tracer;
}

/** The library is loaded only when a propagator is configured, so that it costs nothing otherwise. */
async function propagation(names: readonly string[]): Promise<Propagator> {
  if (names.length === 0) return noPropagator;
  const { propagatorOf } = await import('./tracing/propagators.js');
  return propagatorOf(names);
}

/** Closes the log last, because the others log their faults. */
async function closeAll(
  opened: readonly { close(graceMs: number): Promise<void> }[],
  shipped: readonly Records<Line>[],
  log: Log,
): Promise<void> {
  await Promise.all(opened.map((each) => each.close(graceMs)));
  await Promise.all(shipped.map((each) => each.close(graceMs)));
  log.close();
}

async function named<T>(what: string, make: () => T | Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    throw new Error(`failed to create ${what}: ${(error as Error).message}`, { cause: error });
  }
}

/** Workers have the limit of the process that leads them. */
function warnOfFewFiles(logger: Logger, role: TelemetryRole): void {
  const limit = openFilesLimit();
  if (limit === undefined || limit >= fewOpenFiles || role.kind === 'worker') return;
  logger.warn('Few files and sockets may be open at once: connections above that are closed. Raise the limit', {
    open_files_limit: limit,
    wanted: fewOpenFiles,
  });
}
