import { OttlError } from '../../ottl-error.js';
import { only } from '../paths/field-choice.js';
import { attributesPath } from '../paths/maps.js';
import { intPath } from '../paths/numbers.js';
import { textPath } from '../paths/texts.js';
import { timePath } from '../paths/times.js';
import type { PathTable } from '../path-table.js';

export const spanEventPaths: PathTable = {
  name: textPath(only('Event', 'name')),
  time_unix_nano: intPath(only('Event', 'time_unix_nano')),
  time: timePath(only('Event', 'time_unix_nano')),
  attributes: attributesPath,
  dropped_attributes_count: intPath(only('Event', 'dropped_attributes_count')),
  // The Collector sets it nowhere, so that every use fails there as well.
  event_index: {
    access: ({ text }) => ({
      text,
      get: () => {
        throw new OttlError("no 'event_index' property has been set");
      },
    }),
  },
};
