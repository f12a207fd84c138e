import { actionList, type ActionConfig } from '../../attributes/action-config.js';
import { group, type Schema } from '../../component/schema/schema.js';

/** docs/spec/agent.md#attributes-and-resource. */
export interface Config {
  readonly attributes: readonly ActionConfig[];
}

export const config: Schema<Config> = group<Config>(
  { attributes: actionList({ about: 'The changes, in their order; at least one.' }) },
  ({ attributes }, report) => {
    if (attributes.length === 0) report('missing required field "attributes"');
  },
);
