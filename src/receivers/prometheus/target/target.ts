import { createHash } from 'node:crypto';
import type { LabelMap } from '../parse/metric.js';
import type { JobSettings } from '../options/settings.js';
import { promDuration, promDurationText } from '../options/units.js';
import { addressFault } from '../options/discovery.js';
import { relabel } from '../relabel/rule.js';

/** A target as a discovery finds it. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** A target that is scraped. */
export interface ScrapedTarget {
  /** The same for the same target, also in another configuration. */
  readonly identity: string;
  readonly url: string;
  /** The labels that its samples get. */
  readonly labels: LabelMap;
  /** `url.scheme` of its resource. */
  readonly scheme: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/**
 * The target with this address and these labels, after relabelling; undefined when that drops it. Throws what is wrong
 * with it.
 */
export function targetOf(
  address: string,
  found: Readonly<Record<string, string>>,
  settings: JobSettings,
): ScrapedTarget | undefined {
  const { config } = settings;
  const labels: LabelMap = new Map(Object.entries(found));
  labels.set('__address__', address);
  const preset: Readonly<Record<string, string>> = {
    job: settings.name,
    __scrape_interval__: promDurationText(settings.intervalMs),
    __scrape_timeout__: promDurationText(settings.timeoutMs),
    __metrics_path__: config.metrics_path,
    __scheme__: config.scheme,
  };
  for (const [name, value] of Object.entries(preset)) if ((labels.get(name) ?? '') === '') labels.set(name, value);
  for (const [name, [first]] of Object.entries(config.params))
    if (first !== undefined && !labels.has(`__param_${name}`)) labels.set(`__param_${name}`, first);
  const scheme = labels.get('__scheme__') ?? '';
  if (!relabel(labels, settings.relabelTargets)) return undefined;
  const host = labels.get('__address__') ?? '';
  if (host === '') throw new Error('no address');
  const wrong = addressFault(host);
  if (wrong !== undefined) throw new Error(wrong);
  const intervalMs = promDuration(labels.get('__scrape_interval__') ?? '') ?? 0;
  const timeoutMs = promDuration(labels.get('__scrape_timeout__') ?? '') ?? 0;
  if (intervalMs === 0) throw new Error('scrape interval cannot be 0');
  if (timeoutMs === 0) throw new Error('scrape timeout cannot be 0');
  if (timeoutMs > intervalMs) throw new Error('scrape timeout cannot be greater than scrape interval');
  const url = urlOf(labels, config.params);
  if (!labels.has('instance')) labels.set('instance', host);
  const own: LabelMap = new Map(
    [...labels].filter(([name]) => !name.startsWith('__')).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return { identity: JSON.stringify([settings.name, url, [...own]]), url, labels: own, scheme, intervalMs, timeoutMs };
}

function urlOf(labels: LabelMap, params: Readonly<Record<string, readonly string[]>>): string {
  const scheme = labels.get('__scheme__') ?? '';
  if (scheme !== 'http' && scheme !== 'https') throw new Error(`unsupported scheme ${JSON.stringify(scheme)}`);
  const path = labels.get('__metrics_path__') ?? '';
  const base = `${scheme}://${labels.get('__address__')}`;
  if (!URL.canParse(base)) throw new Error(`${JSON.stringify(labels.get('__address__'))} is not a valid address`);
  const url = new URL(base);
  url.pathname = path.startsWith('/') ? path : `/${path}`;
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(params)) {
    const given = labels.get(`__param_${name}`) ?? '';
    values.forEach((value, i) => {
      if (i > 0 || given !== '') query.append(name, i === 0 ? given : value);
    });
  }
  for (const [label, value] of labels) {
    const name = label.startsWith('__param_') ? label.slice('__param_'.length) : '';
    if (name !== '' && value !== '' && !(name in params)) query.append(name, value);
  }
  url.search = query.toString();
  return url.href;
}

/**
 * Milliseconds until the first scrape of a target: each has its own moment of the interval, also after a restart, so
 * that all together are spread over it.
 */
export function firstScrapeMs(identity: string, intervalMs: number, unixMs: number): number {
  const hash = createHash('md5').update(identity).digest().readUInt32BE(0);
  const moment = (hash / 2 ** 32) * intervalMs;
  const passed = unixMs % intervalMs;
  return moment >= passed ? moment - passed : moment + intervalMs - passed;
}
