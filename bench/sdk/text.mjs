// The recorded expositions of the Collector, written again by the SDK's Prometheus exporter: which families come out
// the same.
import fs from 'node:fs';
import path from 'node:path';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';

const recorded = path.resolve(import.meta.dirname, '../../test/recorded/telemetry');

export async function run() {
  const seen = { equal: [], 'a line # UNIT more': [], 'other name': [], 'other text': [] };
  const folder = path.join(recorded, 'exposition');
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith('.prom'))) {
    const expected = familiesOf(fs.readFileSync(path.join(folder, file), 'utf8'));
    const written = familiesOf(await writtenBySdk(expected));
    for (const [name, family] of expected) {
      const other = written.get(name);
      const kind = !other
        ? 'other name'
        : same(family, other)
          ? 'equal'
          : same(family, withoutUnit(other))
            ? 'a line # UNIT more'
            : 'other text';
      seen[kind].push(`${file} ${name}`);
    }
  }
  for (const [kind, all] of Object.entries(seen))
    console.log(`${kind}: ${all.length} families${all.length > 0 ? `, such as ${all[0]}` : ''}`);
}

/**
 * Name -> help, type and lines without their values; `target_info` and `promhttp` are left out, which the SDK writes
 * otherwise.
 */
function familiesOf(text) {
  const all = new Map();
  let family;
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [, kind, name, rest] = /^# (HELP|TYPE|UNIT) (\S+) ?(.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      family = { help: rest, type: '', lines: [] };
      if (!/^(target_info|promhttp)/.test(name)) all.set(name, family);
    } else if (kind === 'TYPE') family.type = rest;
    else family.lines.push(kind === 'UNIT' ? line : line.replace(/ \S+$/, ''));
  }
  return all;
}

/** The order of lines within a family is not compared. */
function same(a, b) {
  return a.help === b.help && a.type === b.type && a.lines.toSorted().join('\n') === b.lines.toSorted().join('\n');
}

function withoutUnit(family) {
  return { ...family, lines: family.lines.filter((line) => !line.startsWith('# UNIT')) };
}

/** The same families and series through the SDK's instruments, with the units that the Collector's own OTLP names. */
async function writtenBySdk(families) {
  const reader = new Reader();
  const meter = new MeterProvider({ readers: [reader], resource: resourceFromAttributes({}) }).getMeter('kanmon');
  for (const [name, { help, type, lines }] of families) {
    const about = { description: help, unit: units.get(name) ?? '' };
    const instrument =
      type === 'counter'
        ? meter.createCounter(name, about)
        : type === 'gauge'
          ? meter.createGauge(name, about)
          : undefined;
    const bounds = lines
      .map((line) => Number(/le="([\d.e+-]+)"/.exec(line)?.[1]))
      .filter((bound) => !Number.isNaN(bound));
    const histogram =
      instrument ??
      meter.createHistogram(name, { ...about, advice: { explicitBucketBoundaries: [...new Set(bounds)] } });
    for (const line of lines) {
      const labels = Object.fromEntries([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
      if (type === 'counter') instrument.add(1, labels);
      else if (type === 'gauge') instrument.record(1, labels);
      else if (line.startsWith(`${name}_sum`)) histogram.record(1, labels);
    }
  }
  const { resourceMetrics } = await reader.collect();
  return new PrometheusSerializer('', false, undefined, true, true).serialize(resourceMetrics);
}

const units = new Map(
  JSON.parse(fs.readFileSync(path.join(recorded, 'self-otlp.json'), 'utf8')).detailed.metrics.map(({ name, unit }) => [
    name.replaceAll('.', '_'),
    unit,
  ]),
);

class Reader extends MetricReader {
  async onShutdown() {}
  async onForceFlush() {}
}
