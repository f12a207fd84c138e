import type { Clock } from '../../../component/clock.js';
import { group, type Schema, type Shape } from '../../../component/schema/schema.js';
import { MetricPage } from '../../../intake/scrape/metric-page.js';
import type { Scrape, Scraper } from '../../../intake/scrape/scraper.js';
import type { MetricBuilder } from '../../../otlp/build/metrics.js';
import type { ObservedHost } from '../host/observed-host.js';
import { writtenForms, type Conventions } from '../metrics/conventions.js';
import type { HostMetric, MetricFacts } from '../metrics/host-metric.js';
import { metricsOptions, type MetricsOptions } from '../metrics/metric-options.js';
import { MetricWriter, type MetricTarget } from '../metrics/metric-writer.js';
import { ScrapeFaults } from './faults.js';

const scopePrefix =
  'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver/internal/scraper/';
const schemaUrl = 'https://opentelemetry.io/schemas/1.9.0';

/** The options that every scraper has, beside its own. */
export interface ScraperOptions {
  readonly metrics: MetricsOptions;
}

/** The surroundings of a scraper. */
export interface ScraperParts {
  readonly host: ObservedHost;
  readonly clock: Clock;
  readonly conventions: Conventions;
  /** Feature gates that are on. */
  readonly gates: ReadonlySet<string>;
  /** Of this program: the version of the scopes. */
  readonly version: string;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Which metrics are switched on, by name. */
export type Wanted = (...names: readonly string[]) => boolean;

/** Reads what one scrape needs; undefined when there is nothing. Throws, or adds to `faults`, what cannot be read. */
export type Read<Reading> = (
  faults: ScrapeFaults,
  scrape: Scrape,
) => Reading | undefined | Promise<Reading | undefined>;

/** One scraper as data: its table of metrics gives options, documentation and output. */
export interface ScraperType<Options extends object, Reading> {
  readonly name: string;
  readonly options: Shape<Options>;
  readonly metrics: readonly HostMetric<Reading>[];
  /** Made once; the function is called for each scrape. */
  reading(options: Options, parts: ScraperParts, wanted: Wanted): Read<Reading>;
  /** When the points of its sums began, milliseconds since the epoch; not set: when the host was booted. */
  startMs?(parts: ScraperParts): number;
}

/** A scraper whatever its options are. */
export interface HostScraper {
  readonly name: string;
  readonly schema: Schema<ScraperOptions>;
  readonly table: readonly MetricFacts[];
  open(options: ScraperOptions, parts: ScraperParts): Scraper;
}

export function hostScraper<Options extends object, Reading>(type: ScraperType<Options, Reading>): HostScraper {
  return {
    name: type.name,
    table: type.metrics,
    schema: scraperSchema(type.options, type.metrics),
    open: (options, parts) => openScraper(type, options as ScraperOptions & Options, parts),
  };
}

/** The options of a scraper: its own, and those of its metrics. */
export function scraperSchema<Options extends object>(
  own: Shape<Options>,
  table: readonly MetricFacts[],
): Schema<ScraperOptions & Options> {
  const shape = { ...own, metrics: metricsOptions(table) } as unknown as Shape<ScraperOptions & Options>;
  return group<ScraperOptions & Options>(shape);
}

/** The scope of a scraper. */
export function openScope(builder: MetricBuilder, name: string, version: string): void {
  builder.scope(`${scopePrefix}${name}scraper`, version);
}

/** The writers of the metrics that are switched on, each with what it writes. */
export function writersOf<Reading>(
  metrics: readonly HostMetric<Reading>[],
  options: MetricsOptions,
  conventions: Conventions,
  target: MetricTarget,
): readonly (readonly [HostMetric<Reading>, MetricWriter])[] {
  return metrics
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((metric) => {
      const own = options[metric.name];
      if (own?.enabled !== true || metric.elsewhere !== undefined) return [];
      return writtenForms(metric, conventions).map(
        (form) => [metric, new MetricWriter(form, metric.attributes, own, target)] as const,
      );
    });
}

/** Tells which metrics are switched on, and warns of those that this system does not have. */
export function wantedOf(
  table: readonly MetricFacts[],
  options: MetricsOptions,
  parts: ScraperParts,
  name: string,
): Wanted {
  const on = new Set<string>();
  for (const { name: metric, elsewhere } of table) {
    if (options[metric]?.enabled !== true) continue;
    if (elsewhere === undefined) on.add(metric);
    else parts.warn('a metric is not supported on Linux and is left out', { scraper: name, metric, only: elsewhere });
  }
  return (...names) => names.some((each) => on.has(each));
}

function openScraper<Options extends object, Reading>(
  type: ScraperType<Options, Reading>,
  options: ScraperOptions & Options,
  parts: ScraperParts,
): Scraper {
  const { name } = type;
  const page = new MetricPage((builder) => {
    builder.resource(schemaUrl);
    openScope(builder, name, parts.version);
  });
  const wanted = wantedOf(type.metrics, options.metrics, parts, name);
  const writers = writersOf(type.metrics, options.metrics, parts.conventions, page);
  const read = type.reading(options, parts, wanted);
  const startMs = type.startMs?.(parts);
  const faults = new ScrapeFaults();
  return {
    name,
    async scrape(scrape) {
      if (writers.length === 0) return { batch: undefined };
      faults.clear();
      parts.host.begin(scrape);
      page.now = parts.clock.unixMs();
      page.start = startMs ?? parts.host.bootTimeMs;
      let reading: Reading | undefined;
      try {
        reading = await read(faults, scrape);
      } catch (error) {
        faults.add(error, writers.length);
      }
      if (reading !== undefined)
        for (const [metric, writer] of writers) {
          metric.points(reading, writer);
          writer.end();
        }
      const batch = await page.finish();
      return { batch, ...(faults.any && { missing: { error: faults.error, count: faults.count, kind: faults.kind } }) };
    },
  };
}
