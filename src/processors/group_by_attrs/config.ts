import { group, list, text, type Schema } from '../../component/schema/schema.js';

/** docs/spec/agent.md#metric-processors. */
export interface Config {
  readonly keys: readonly string[];
}

export const config: Schema<Config> = group<Config>(
  {
    keys: list(text(), [], {
      about:
        'Attributes that move from spans, log records and data points to their resource. Without any, resources and ' +
        'scopes that are alike become one.',
    }),
  },
  ({ keys }, report) =>
    keys.forEach((key, i) => {
      if (key === '') report('the name of an attribute must not be empty', ['keys', i]);
    }),
);
