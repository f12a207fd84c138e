import type { Counter, Logger, Meter } from '../../component/telemetry.js';
import type { SeriesFamily } from './series-family.js';
import { noRoom } from './resources.js';
import type { SpanSeries } from './span-series.js';
import { metrics } from './telemetry.js';

/** Between two lines of one limit, milliseconds. */
const betweenLinesMs = 60_000;
/** Series in which it is looked for the dimension that has the most values. */
const mostLookedAt = 1000;

/** The limit that a series was refused by. */
export type Limit = 'cardinality' | 'memory';
const options: Readonly<Record<Limit, string>> = {
  cardinality: 'aggregation_cardinality_limit',
  memory: 'max_series_bytes',
};

export interface OverflowParts {
  readonly series: SpanSeries;
  readonly id: string;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
}

interface Line {
  saidAt: number;
  unsaid: number;
}

/** Counts what finds no series of its own: in the overflow series of its resource, and with the dimension to blame. */
export class Overflow {
  readonly #parts: OverflowParts;
  readonly #counters: Map<number, Counter> = new Map();
  readonly #lines: Readonly<Record<Limit, Line>> = {
    cardinality: { saidAt: -Infinity, unsaid: 0 },
    memory: { saidAt: -Infinity, unsaid: 0 },
  };

  constructor(parts: OverflowParts) {
    this.#parts = parts;
  }

  /** The overflow series of a resource and family, for an item that a limit keeps from a series of its own. */
  rowFor(resource: number, family: SeriesFamily, number: number, unixMs: number, limit: Limit): number {
    const { resources } = this.#parts.series;
    let column = resources.explodedOf(resource, number);
    if (column < 0) {
      column = resource === noRoom ? family.plan.columns.length : mostValues(family, resource);
      resources.setExploded(resource, number, column);
    }
    this.#counter(family, number, column, limit).add(1);
    this.#say(resource, family, column, limit);
    const known = resources.overflowOf(resource, number);
    if (known >= 0) return known;
    const row = family.table.addApart(resource);
    family.begin(row, unixMs);
    resources.setOverflow(resource, number, row);
    return row;
  }

  #counter(family: SeriesFamily, number: number, column: number, limit: Limit): Counter {
    const place = (number * 65_536 + column) * 2 + (limit === 'memory' ? 1 : 0);
    const known = this.#counters.get(place);
    if (known) return known;
    const { meter, id } = this.#parts;
    const counter = meter.counter(metrics.overflow, {
      ...{ connector: id, metric: family.plan.kind, dimension: titleOf(family, column), limit },
    });
    this.#counters.set(place, counter);
    return counter;
  }

  /** The first time at once, later at most once a minute. */
  #say(resource: number, family: SeriesFamily, column: number, limit: Limit): void {
    const { series, logger, now } = this.#parts;
    const line = this.#lines[limit];
    if (now() - line.saidAt < betweenLinesMs) {
      line.unsaid++;
      return;
    }
    logger.warn('There are too many series: spans are counted in an overflow series', {
      ...{ limit: options[limit], dimension: titleOf(family, column), metric: family.plan.kind },
      ...(resource === noRoom ? {} : { service: series.values.textOf(series.resources.serviceOf(resource)) }),
      ...(line.unsaid > 0 ? { unlogged: line.unsaid } : {}),
    });
    line.saidAt = now();
    line.unsaid = 0;
  }
}

function titleOf({ plan: { columns } }: SeriesFamily, column: number): string {
  return columns[column]?.title ?? 'resource';
}

/** The column of a resource's series that has the most values. */
function mostValues({ table, plan: { columns } }: SeriesFamily, resource: number): number {
  const values = columns.map(() => new Set<number>());
  let left = mostLookedAt;
  for (let row = table.firstOf(resource); row >= 0 && left > 0; row = table.nextOf(row), left--)
    for (const [i, known] of values.entries()) known.add(table.shownAt(row, i));
  let most = 0;
  for (const [i, known] of values.entries()) if (known.size > (values[most]?.size ?? 0)) most = i;
  return most;
}
