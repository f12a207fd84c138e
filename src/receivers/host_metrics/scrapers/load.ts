import { flag } from '../../../component/schema/schema.js';
import type { HostMetric } from '../metrics/host-metric.js';
import { hostScraper, type HostScraper } from './host-scraper.js';

interface Options {
  readonly cpu_average: boolean;
}

type Averages = readonly [one: number, five: number, fifteen: number];

const metric = (minutes: number, text: string, which: 0 | 1 | 2): HostMetric<Averages> => ({
  name: `system.cpu.load_average.${minutes}m`,
  unit: '{thread}',
  description: `Average CPU Load over ${text}.`,
  kind: 'gauge',
  number: 'double',
  attributes: [],
  on: true,
  points: (averages, to) => to.add(averages[which]),
});

export const loadScraper: HostScraper = hostScraper<Options, Averages>({
  name: 'load',
  options: { cpu_average: flag(false, { about: 'Divide by the number of logical CPUs.' }) },
  metrics: [metric(1, '1 minute', 0), metric(5, '5 minutes', 1), metric(15, '15 minutes', 2)],
  reading({ cpu_average: perCpu }, { host }) {
    return () => {
      const [one, five, fifteen] = host.files.parse(host.paths.proc('loadavg'), (columns): Averages => {
        const number = (): number => {
          const value = columns.nextColumn() ? columns.decimal() : undefined;
          if (value === undefined) throw new Error(`an average is no number: ${JSON.stringify(columns.text())}`);
          return value;
        };
        columns.nextLine();
        return [number(), number(), number()];
      });
      const cpus = perCpu ? host.logicalCpus : 1;
      return [one / cpus, five / cpus, fifteen / cpus];
    };
  },
});
