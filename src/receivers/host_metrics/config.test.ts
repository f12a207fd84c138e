import { expect, test } from 'vitest';
import { config } from './config.js';

function faults(given: unknown): string[] {
  return (config.safeParse(given).error?.issues ?? []).map((issue) => {
    const what = issue.code === 'unrecognized_keys' ? `unknown ${issue.keys.join()}` : issue.message;
    return `${issue.path.join('.')}: ${what}`;
  });
}

const scraper = (name: string, options: unknown): unknown => ({ scrapers: { [name]: options } });

test('a scraper without options has those of its table', () => {
  const { scrapers, collection_interval, initial_delay, timeout, root_path, metadata_collection_interval } =
    config.parse({ scrapers: { cpu: null, process: {} } });
  expect({ collection_interval, initial_delay, timeout, root_path, metadata_collection_interval }).toEqual({
    collection_interval: 60_000,
    initial_delay: 1000,
    timeout: 0,
    root_path: '',
    metadata_collection_interval: 300_000,
  });
  expect(scrapers['memory']).toBeUndefined();
  expect(scrapers['cpu']?.metrics['system.cpu.time']).toEqual({
    enabled: true,
    attributes: ['state'],
    aggregation_strategy: 'sum',
  });
  expect(scrapers['cpu']?.metrics['system.cpu.utilization']).toEqual({
    enabled: false,
    attributes: ['state'],
    aggregation_strategy: 'avg',
  });
  expect(scrapers['process']).toMatchObject({
    scrape_process_delay: 0,
    mute_process_all_errors: false,
    resource_attributes: { 'process.owner': { enabled: true }, 'process.cgroup': { enabled: false } },
  });
});

test.each<[unknown, string]>([
  [{}, 'scrapers: must specify at least one scraper when using host_metrics receiver'],
  [{ scrapers: null }, 'scrapers: must specify at least one scraper when using host_metrics receiver'],
  [{ scrapers: { cpus: {} } }, 'scrapers: unknown cpus'],
  [scraper('cpu', { enabled: true }), 'scrapers.cpu: unknown enabled'],
  [scraper('load', { average: true }), 'scrapers.load: unknown average'],
  [
    scraper('memory', { metrics: { 'system.memory.usages': {} } }),
    'scrapers.memory.metrics: unknown system.memory.usages',
  ],
  [
    scraper('disk', { metrics: { 'system.disk.io': { attributes: ['disk'] } } }),
    "scrapers.disk.metrics.system.disk.io.attributes.0: metric system.disk.io doesn't have an attribute disk, valid " +
      'attributes: [device, direction]',
  ],
  [
    scraper('load', { metrics: { 'system.cpu.load_average.1m': { aggregation_strategy: 'median' } } }),
    'scrapers.load.metrics.system.cpu.load_average.1m.aggregation_strategy: invalid aggregation strategy "median", ' +
      'valid strategies: [sum, avg, min, max]',
  ],
  [
    scraper('disk', { include: { devices: ['sda'] } }),
    "scrapers.disk.include: unrecognized match_type: '', valid types are: [regexp strict]",
  ],
  [
    scraper('network', { exclude: { interfaces: ['lo'], match_type: 'glob' } }),
    "scrapers.network.exclude.match_type: unrecognized match_type: 'glob', valid types are: [regexp strict]",
  ],
  [
    scraper('process', { include: { names: ['a', '('], match_type: 'regexp' } }),
    'scrapers.process.include.names.1: error parsing regexp: missing closing ): `(`',
  ],
  [
    scraper('process', { scrape_process_delay: 'soon' }),
    'scrapers.process.scrape_process_delay: time: invalid duration "soon"',
  ],
  [
    scraper('process', { resource_attributes: { 'process.user': {} } }),
    'scrapers.process.resource_attributes: unknown process.user',
  ],
  [
    { ...(scraper('cpu', {}) as object), collection_interval: '0s' },
    'collection_interval: "collection_interval": requires positive value',
  ],
  [
    { ...(scraper('cpu', {}) as object), metadata_collection_interval: '-1s' },
    'metadata_collection_interval: must not be negative',
  ],
  [{ ...(scraper('cpu', {}) as object), interval: '1s' }, ': unknown interval'],
])('%j is refused with a reason', (given, fault) => {
  expect(faults(given)[0]).toBe(fault);
});

test.each<unknown>([
  { ...(scraper('cpu', null) as object), initial_delay: '-1s', collection_interval: 10 },
  scraper('disk', { include: { match_type: 'strict' } }),
  scraper('filesystem', {
    exclude_fs_types: { fs_types: ['^tmp'], match_type: 'regexp', regexp: { cacheenabled: true } },
  }),
  scraper('cpu', { metrics: { 'system.cpu.time': { attributes: [], aggregation_strategy: 'max' } } }),
])('%j is accepted', (given) => {
  expect(faults(given)).toEqual([]);
});
