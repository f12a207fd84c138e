import { duration, flag, group, int, type Schema } from '../../component/schema/schema.js';

/** docs/spec/gateway.md#group-by-trace. Times in milliseconds. */
export interface Config {
  readonly wait_duration: number;
  readonly num_traces: number;
  readonly num_workers: number;
  readonly discard_orphans: boolean;
  readonly store_on_disk: boolean;
  readonly max_pending_bytes: number;
}

const positive = (value: number): string | undefined => (value < 1 ? `must be at least 1, not ${value}` : undefined);

/** The lists of traces by their tick have a place for each tick of the wait. */
const longestWaitMs = 1000 * 3_600_000;

export const config: Schema<Config> = group<Config>(
  {
    wait_duration: duration(
      '1s',
      { about: 'From the first span of a trace until the trace leaves; at most 1000h.' },
      (ms) => (ms > longestWaitMs ? 'must not be longer than 1000h' : undefined),
    ),
    num_traces: int(1_000_000, { about: 'Traces that wait at once.' }, positive),
    num_workers: int(
      1,
      { about: 'Accepted: one loop does the work of a process. `--workers` spreads traces over processes.' },
      positive,
    ),
    discard_orphans: flag(false, {
      about: 'Drops traces without a root span. Not supported, as in the Collector.',
    }),
    store_on_disk: flag(false, { about: 'Keeps spans on disk. Not supported, as in the Collector.' }),
    max_pending_bytes: int(
      0,
      {
        about:
          'Memory of the spans that wait. At this bound the oldest trace of the largest service leaves early. ' +
          '0: a quarter of the memory limit. Kanmon only.',
        unit: 'bytes',
      },
      (value) => (value < 0 ? `must not be below 0, not ${value}` : undefined),
    ),
  },
  (value, report) => {
    if (value.store_on_disk) report(`option 'disk storage' not supported in this release`, ['store_on_disk']);
    if (value.discard_orphans) report(`option 'discard orphans' not supported in this release`, ['discard_orphans']);
  },
);
