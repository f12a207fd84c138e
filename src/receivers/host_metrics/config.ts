import { statSync } from 'node:fs';
import { duration, group, section, text, type Report, type Schema } from '../../component/schema/schema.js';
import { inUse } from '../../component/schema/in-use.js';
import { scrapeShape, type ScrapeConfig } from '../../intake/scrape/config.js';
import { conventionsOf } from './metrics/conventions.js';
import { hostScrapers } from './scrapers/all.js';
import type { ScraperOptions } from './scrapers/host-scraper.js';

/** docs/spec/agent.md#host-metrics-config. Times in milliseconds. */
export interface Config extends ScrapeConfig {
  readonly root_path: string;
  /** By name; undefined for a scraper that is not asked for. */
  readonly scrapers: ScraperMap;
  readonly metadata_collection_interval: number;
}

type ScraperMap = Readonly<Record<string, ScraperOptions | undefined>>;

const scrapers: Schema<ScraperMap> = group<Record<string, ScraperOptions | undefined>>(
  Object.fromEntries(
    hostScrapers.map(({ name, schema }) => [
      name,
      section(schema, { absent: 'off', switchless: true }, { about: `The scraper \`${name}\`.` }),
    ]),
  ),
);

const options: Schema<Config> = group<Config>(
  {
    ...scrapeShape(),
    root_path: text('', { about: 'The root of the observed host, in a container; empty: the host itself.' }),
    scrapers,
    metadata_collection_interval: duration(
      '5m',
      { about: 'Time between two events about the host in a pipeline of logs; 0: one at start.' },
      (ms) => (ms < 0 ? 'must not be negative' : undefined),
    ),
  },
  (value, report) => {
    if (Object.values(value.scrapers).every((scraper) => scraper === undefined))
      report(
        'must specify at least one scraper when using host_metrics receiver',
        ['scrapers'],
        undefined,
        `Name some of ${hostScrapers.map(({ name }) => name).join(', ')}.`,
      );
  },
);

export const config: Schema<Config> = inUse(options, (value, { report, gates }) => {
  checkRoot(value.root_path, report);
  if (conventionsOf(gates) === undefined)
    report(
      'DontEmitV0SystemConventions cannot be enabled without enabling EmitV1SystemConventions',
      ['scrapers'],
      undefined,
      'Start with both feature gates, or with neither.',
    );
});

function checkRoot(root: string, report: Report): void {
  if (root === '') return;
  const refuse = (why: string): void =>
    report(`invalid root_path: stat ${root}: ${why}`, ['root_path'], undefined, 'Mount the root of the host there.');
  try {
    const found = statSync(root, { throwIfNoEntry: false });
    if (!found) refuse('no such file or directory');
    else if (!found.isDirectory()) refuse('not a directory');
  } catch (error) {
    refuse(error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
}
