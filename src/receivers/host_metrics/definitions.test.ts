import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hostScrapers } from './scrapers/all.js';

interface Recorded {
  readonly scraper: string;
  readonly name: string;
  readonly unit: string;
  readonly type: string;
  readonly number: string;
  readonly attributes: readonly string[];
  readonly defaultAttributes?: readonly string[];
  readonly description: string;
  readonly enabledByDefault: boolean;
}

const file = path.resolve(import.meta.dirname, '../../../test/recorded/host_metrics/metrics.json');
const recorded = JSON.parse(fs.readFileSync(file, 'utf8')) as readonly Recorded[];
/** The list does not say what the cases show: that this metric has one attribute as well. */
const usualOf = ({ name, attributes, defaultAttributes }: Recorded): readonly string[] =>
  name === 'system.cpu.utilization' ? ['state'] : (defaultAttributes ?? attributes);

const types = { gauge: 'gauge', sum: 'non-monotonic sum', counter: 'monotonic sum' };

test.each(hostScrapers)('the metrics of $name are those of the Collector', ({ name, table }) => {
  const own = table
    .filter(({ elsewhere }) => elsewhere === undefined)
    .map((facts) => ({
      name: facts.name,
      unit: facts.unit,
      type: types[facts.kind],
      number: facts.number,
      attributes: facts.attributes.toSorted(),
      usual: (facts.usual ?? facts.attributes).toSorted(),
      description: facts.description,
      on: facts.on,
    }));
  const theirs = recorded
    .filter(({ scraper }) => scraper === name)
    .map((facts) => ({
      name: facts.name,
      unit: facts.unit,
      type: facts.type,
      number: facts.number,
      attributes: facts.attributes.toSorted(),
      usual: usualOf(facts).toSorted(),
      description: facts.description,
      on: facts.enabledByDefault,
    }));
  const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);
  expect(own.toSorted(byName)).toEqual(theirs.toSorted(byName));
});

test('no scraper of the recording is missing', () => {
  expect(hostScrapers.map(({ name }) => name).toSorted()).toEqual(
    [...new Set(recorded.map(({ scraper }) => scraper))].toSorted(),
  );
});
