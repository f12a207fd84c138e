import { duration, flag, group, int, type Schema } from '../../component/schema/schema.js';

/** docs/spec/agent.md#metric-processors. Times in milliseconds. */
export interface Config {
  readonly interval: number;
  readonly pass_through: { readonly gauge: boolean; readonly summary: boolean };
  readonly max_bytes: number;
}

export const config: Schema<Config> = group<Config>({
  interval: duration('60s', { about: 'How often the last point of each stream is handed on.' }, (ms) =>
    ms <= 0 ? 'invalid interval value' : undefined,
  ),
  pass_through: group<Config['pass_through']>({
    gauge: flag(false, { about: 'Hands points of gauges on as they come.' }),
    summary: flag(false, { about: 'Hands points of summaries on as they come.' }),
  }),
  max_bytes: int(
    0,
    {
      about:
        'Memory of the points that are kept; those that find no room are handed on as they come. 0: a sixteenth of ' +
        'the memory limit. Kanmon only.',
      unit: 'bytes',
    },
    (bytes) => (bytes < 0 ? `must not be below 0, not ${bytes}` : undefined),
  ),
});
