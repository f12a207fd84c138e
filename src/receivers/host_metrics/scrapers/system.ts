import { hostScraper, type HostScraper } from './host-scraper.js';

export const systemScraper: HostScraper = hostScraper<object, number>({
  name: 'system',
  options: {},
  metrics: [
    {
      name: 'system.uptime',
      unit: 's',
      description: 'The time the system has been running',
      kind: 'gauge',
      number: 'double',
      attributes: [],
      on: true,
      // Whole seconds, as the Collector has them.
      points: (seconds, to) => to.add(Math.floor(seconds)),
    },
  ],
  reading(_options, { host }) {
    return () =>
      host.files.parse(host.paths.proc('uptime'), (columns) => {
        const seconds = columns.nextLine() && columns.nextColumn() ? columns.decimal() : undefined;
        if (seconds === undefined) throw new Error(`no number: ${JSON.stringify(columns.text())}`);
        return seconds;
      });
  },
});
