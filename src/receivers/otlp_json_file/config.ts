import { flag, group, type Schema } from '../../component/schema/schema.js';
import { fileAttributesShape, type FileAttributesOptions } from '../../files/attribute-options.js';
import { checkFiles, fileShape, type FileOptions } from '../../files/options.js';
import { retryOptions, type RetryOptions } from '../../intake/retry-options.js';

/** docs/spec/agent.md#file-exporter */
export interface Config extends FileOptions, FileAttributesOptions {
  readonly replay_file: boolean;
  readonly retry_on_failure: RetryOptions;
}

export const config: Schema<Config> = group<Config>(
  {
    ...fileShape,
    ...fileAttributesShape,
    replay_file: flag(false, {
      about: 'Read all of each file again with every poll. Offsets are not kept, and nothing ever ends this.',
    }),
    retry_on_failure: retryOptions,
  },
  (value, report) => {
    checkFiles(value, report);
    if (!value.replay_file) return;
    if (value.storage !== '')
      report("'storage' has no effect beside 'replay_file', which keeps no offsets", ['storage']);
    if (value.delete_after_read)
      report("'delete_after_read' leaves nothing for 'replay_file' to read again", ['delete_after_read']);
  },
);
