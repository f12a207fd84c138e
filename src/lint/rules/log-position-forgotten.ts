import { collecting } from '../model/collecting.js';
import type { Rule } from '../rule.js';

export const logPositionForgotten: Rule = {
  id: 'log-position-forgotten',
  severity: 'warning',
  title: 'The position in log files is forgotten at a restart',
  *check(deployment) {
    for (const receiver of collecting(deployment, 'files'))
      if (!receiver.config.at('storage').isSet) {
        const fromStart = receiver.config.at('start_at').textOr('end') === 'beginning';
        yield {
          at: receiver,
          message:
            'remembers what it has read in memory alone: after a restart ' +
            (fromStart ? 'all files are sent again' : 'lines that were written meanwhile are missing'),
          remedy: 'Configure the `file_storage` extension on a disk that stays, and name it as `storage`.',
        };
      }
  },
};
