import type { MetadataPart, ExpositionType } from '../parse/sink.js';

/** The description of a metric family. It is one object for as long as the family is known, and changes in place. */
export interface Metadata {
  type: ExpositionType;
  help: string;
  unit: string;
  /** The numbers of the lines that last set each part. */
  readonly lines: Partial<Record<MetadataPart, number>>;
  /** The scrape in which a line of it was last seen. */
  seen: number;
}

/** The part of a point that a sample is. */
export type Role = 'value' | 'count' | 'sum' | 'created' | 'bucket' | 'native';

/** The metric and the place in its points that samples of one name belong to. */
export interface Resolved {
  /** The name of the metric in OTLP. */
  readonly family: string;
  readonly metadata: Metadata;
  readonly role: Role;
}

const described = (help: string, unit = ''): Metadata => ({ type: 'gauge', help, unit, lines: {}, seen: 0 });

/** The metrics of the scrape itself, as the Collector describes them. */
export const ownFamilies: ReadonlyMap<string, Metadata> = new Map([
  ['up', described('The scraping was successful')],
  ['scrape_duration_seconds', described('Duration of the scrape', 'seconds')],
  ['scrape_samples_scraped', described('The number of samples the target exposed')],
  ['scrape_series_added', described('The approximate number of new series in this scrape')],
  [
    'scrape_samples_post_metric_relabeling',
    described('The number of samples remaining after metric relabeling was applied'),
  ],
  ['scrape_body_size_bytes', described('Length of the scrape response in bytes')],
  ['scrape_sample_limit', described('Sample limit of the scrape')],
  ['scrape_timeout_seconds', described('Timeout of the scrape')],
]);

/** The parts of a point that have a suffix of their own, by the type of the family. */
const suffixes: Readonly<Partial<Record<ExpositionType, Readonly<Record<string, Role>>>>> = {
  counter: { _total: 'value', _created: 'created' },
  histogram: { _bucket: 'bucket', _count: 'count', _sum: 'sum', _created: 'created' },
  gaugehistogram: { _bucket: 'bucket', _gcount: 'count', _gsum: 'sum' },
  summary: { _count: 'count', _sum: 'sum', _created: 'created' },
  info: { _info: 'value' },
};

/** Scrapes for which a description outlives its last line, as in Prometheus. */
const keptScrapes = 10;

/** The families that a target has described. */
export class DescribedFamilies {
  readonly #all: Map<string, Metadata> = new Map();
  /** Names of metrics that had no description when their first sample came. */
  readonly #unknown: Set<string> = new Set();
  /** Bytes of the texts. */
  #size = 0;

  /** Bytes of memory, about. */
  get memory(): number {
    return this.#size * 2 + (this.#all.size + this.#unknown.size) * 200;
  }

  /** Sets a part of a description; true when samples that were resolved before may belong to another metric now. */
  describe(name: string, part: MetadataPart, text: string, line: number, scrape: number): boolean {
    let metadata = this.#all.get(name);
    const isNew = metadata === undefined;
    if (metadata === undefined) {
      metadata = { type: 'unknown', help: '', unit: '', lines: {}, seen: scrape };
      this.#all.set(name, metadata);
      this.#size += name.length;
    }
    metadata.seen = scrape;
    metadata.lines[part] = line;
    if (part !== 'type') {
      this.#size += text.length - metadata[part].length;
      metadata[part] = text;
      return isNew && this.#wasUnknown(name);
    }
    const before = metadata.type;
    metadata.type = text as ExpositionType;
    return isNew ? this.#wasUnknown(name) : before !== text && (before !== 'unknown' || this.#wasUnknown(name));
  }

  get(name: string): Metadata | undefined {
    return this.#all.get(name);
  }

  /** The metric that samples of this name belong to; undefined for those that no metric of OTLP can hold. */
  resolve(name: string): Resolved | undefined {
    const own = ownFamilies.get(name);
    if (own) return { family: name, metadata: own, role: 'value' };
    const exact = this.#all.get(name);
    if (exact) return this.#exact(name, exact);
    const at = name.lastIndexOf('_');
    const base = name.slice(0, Math.max(0, at));
    const metadata = this.#all.get(base);
    const role = metadata && suffixes[metadata.type]?.[name.slice(at)];
    if (metadata && role) {
      if (metadata.type === 'gaugehistogram') return undefined;
      const ownName = metadata.type === 'counter';
      return { family: !ownName ? base : role === 'created' ? `${base}_total` : name, metadata, role };
    }
    return this.#withoutDescription(name);
  }

  /** Forgets the families that were not described for some scrapes. To be called when all samples are resolved anew. */
  forget(scrape: number): void {
    for (const [name, metadata] of this.#all) {
      if (scrape - metadata.seen <= keptScrapes) continue;
      this.#all.delete(name);
      this.#size -= name.length + metadata.help.length + metadata.unit.length;
    }
    // Samples without a description are resolved anew then.
    this.#unknown.clear();
  }

  #exact(name: string, metadata: Metadata): Resolved | undefined {
    const { type } = metadata;
    if (type === 'gaugehistogram' || type === 'histogram') return undefined;
    if (type === 'unknown') this.#unknown.add(name);
    return { family: name, metadata, role: type === 'summary' ? 'bucket' : 'value' };
  }

  #withoutDescription(name: string): Resolved {
    this.#unknown.add(name);
    return {
      family: name,
      metadata: { type: 'unknown', help: '', unit: '', lines: {}, seen: 0 },
      role: 'value',
    };
  }

  #wasUnknown(family: string): boolean {
    if (this.#unknown.size === 0) return false;
    if (this.#unknown.has(family)) return true;
    for (const group of Object.values(suffixes))
      for (const suffix of Object.keys(group)) if (this.#unknown.has(family + suffix)) return true;
    return false;
  }
}
