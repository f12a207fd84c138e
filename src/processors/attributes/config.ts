import { actionList, type ActionConfig } from '../../attributes/action-config.js';
import { matchSection, type MatchConfig } from '../../attributes/match/match-config.js';
import { group, type Schema } from '../../component/schema/schema.js';

/** docs/spec/agent.md#attributes-and-resource. */
export interface Config {
  readonly actions: readonly ActionConfig[];
  readonly include: MatchConfig | undefined;
  readonly exclude: MatchConfig | undefined;
}

export const config: Schema<Config> = group<Config>(
  {
    actions: actionList({ about: 'The changes, in their order; at least one.' }),
    include: matchSection({ about: 'Only items that match are changed.' }),
    exclude: matchSection({ about: 'Items that match are not changed, also where `include` matches them.' }),
  },
  ({ actions }, report) => {
    if (actions.length === 0) report('missing required field "actions"');
  },
);
