import { only } from '../paths/field-choice.js';
import { profileIdPath } from '../paths/ids.js';
import { messageOf, messagesOf } from '../paths/messages.js';
import { integersPath } from '../paths/number-lists.js';
import { intPath } from '../paths/numbers.js';
import { bytesPath, textPath } from '../paths/texts.js';
import { timePath } from '../paths/times.js';
import type { PathTable } from '../path-table.js';

/** Paths of a profile. The dictionary of its request, such as the tables of locations, has none. */
export const profilePaths: PathTable = {
  profile_id: profileIdPath(only('Profile', 'profile_id')),
  time_unix_nano: intPath(only('Profile', 'time_unix_nano')),
  time: timePath(only('Profile', 'time_unix_nano')),
  duration_unix_nano: intPath(only('Profile', 'duration_nano')),
  period: intPath(only('Profile', 'period')),
  period_type: messageOf(only('Profile', 'period_type'), 'pprofile.ValueType', undefined),
  sample_type: messageOf(only('Profile', 'sample_type'), 'pprofile.ValueType', undefined),
  samples: messagesOf(only('Profile', 'samples'), 'pprofile.SampleSlice'),
  dropped_attributes_count: intPath(only('Profile', 'dropped_attributes_count')),
  attribute_indices: integersPath(only('Profile', 'attribute_indices')),
  original_payload_format: textPath(only('Profile', 'original_payload_format')),
  original_payload: bytesPath(only('Profile', 'original_payload')),
};
