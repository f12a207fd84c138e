import { formatDuration } from '../../component/schema/duration.js';
import { choice, duration, group, int, list, text, type Schema } from '../../component/schema/schema.js';
import { sourceOf } from './identity.js';

export type WriterAction = 'report' | 'tag' | 'first' | 'reject';

/** The Collector has no such processor. Times in milliseconds. */
export interface Config {
  readonly action: WriterAction;
  readonly identify_by: readonly string[];
  readonly resource_attributes: readonly string[];
  readonly attribute: string;
  readonly silence: number;
  readonly tolerance: number;
  readonly report_interval: number;
  readonly max_stale: number;
  readonly max_streams: number;
  readonly max_bytes: number;
}

const positive = (ms: number): string | undefined =>
  ms <= 0 ? `must be a positive duration, not ${formatDuration(ms)}` : undefined;
const natural = (value: number): string | undefined => (value < 0 ? `must not be below 0, not ${value}` : undefined);
const notEmpty = (value: string): string | undefined => (value === '' ? 'must not be empty' : undefined);

export const config: Schema<Config> = group<Config>(
  {
    action: choice(['report', 'tag', 'first', 'reject'], 'report', {
      about:
        '`report`: all points pass. `tag`: those of a second writer are given an attribute. `first`: those of a ' +
        'second writer are dropped. `reject`: they are dropped, and their sender receives an error.',
    }),
    identify_by: list(
      text('', { about: 'A source.' }, (source) =>
        sourceOf(source) === undefined
          ? `"${source}" is none of "peer", "connection", "receiver", "metadata.KEY" and "resource.KEY"`
          : undefined,
      ),
      ['peer'],
      {
        about:
          'What tells writers apart: `peer` (the host of the sender), `connection` (its host and port), ' +
          '`receiver` (the receiver or connector of the pipeline), `metadata.KEY` (a header), `resource.KEY` (an ' +
          'attribute). Empty: the points alone.',
      },
    ),
    resource_attributes: list(text('', { about: 'A key.' }, notEmpty), [], {
      about: 'The attributes by which the backend tells resources apart, where these are not all. Empty: all.',
    }),
    attribute: text('writer', { about: 'The attribute that `tag` adds to points of a second writer.' }, notEmpty),
    silence: duration(
      '5m',
      {
        about:
          'After so long without a point of its owner another writer has the stream. Longer than the longest ' +
          'interval of a sender.',
      },
      positive,
    ),
    tolerance: duration(
      '1s',
      { about: 'Clocks and start times of writers may differ by this. Shorter than the intervals of senders.' },
      (ms) => (ms < 0 ? `must not be below 0, not ${formatDuration(ms)}` : undefined),
    ),
    report_interval: duration(
      '1m',
      { about: 'The log has one line for each finding in this time, and ten in all.' },
      positive,
    ),
    max_stale: duration(
      '1h',
      { about: 'After so long without a point a stream is forgotten. Not shorter than `silence`.' },
      positive,
    ),
    max_streams: int(
      0,
      {
        about:
          'Streams that are known at once; points of others pass unchecked. 0: as many as `max_bytes` has room for.',
      },
      natural,
    ),
    max_bytes: int(0, { about: 'Memory of all streams. 0: a sixteenth of the memory limit.', unit: 'bytes' }, natural),
  },
  ({ silence, max_stale }, report) => {
    if (max_stale < silence)
      report(
        `must not be shorter than silence (${formatDuration(silence)}), not ${formatDuration(max_stale)}`,
        ['max_stale'],
        undefined,
        'A stream that is forgotten has no owner that could fall silent: set `max_stale` to several times `silence`.',
      );
  },
);
