import { inUseUnless } from '../../component/schema/in-use.js';
import { unwritable } from '../../component/unwritable.js';
import { group, int, text, type Schema } from '../../component/schema/schema.js';
import { listenShape, type ListenConfig } from '../../net/options/server-common.js';

/** Options of the extension (docs/spec/core.md#pprof). */
export interface Config extends Pick<ListenConfig, 'endpoint' | 'dialer'> {
  readonly block_profile_fraction: number;
  readonly mutex_profile_fraction: number;
  readonly save_to_file: string;
}

const { endpoint, dialer } = listenShape('localhost:1777');

export const config: Schema<Config> = group<Config>(
  {
    endpoint,
    dialer,
    block_profile_fraction: int(0, {
      about: 'Not supported: only 0; nothing blocks here, as JavaScript has one thread.',
    }),
    mutex_profile_fraction: int(0, { about: 'Not supported: only 0, for the same reason.' }),
    save_to_file: inUseUnless(
      text('', { about: 'Where a CPU profile of the whole run is written when it ends.' }),
      (file) => (file === '' ? undefined : unwritable(file)),
    ),
  },
  (value, report) => {
    if (value.endpoint === '') report('"endpoint" is required when using the "pprof" extension', ['endpoint']);
    for (const name of ['block_profile_fraction', 'mutex_profile_fraction'] as const)
      if (value[name] > 0)
        report(`${name} is not supported: JavaScript has one thread, on which nothing blocks. Remove it`, [name]);
  },
);
