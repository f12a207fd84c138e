import type { Clock } from '../component/clock.js';
import { linePattern } from '../lines/options.js';
import { textEncoding, type TextEncoding } from '../lines/text-encoding.js';
import type { TailOptions } from './file-tail.js';
import { FileGlobs, PathGlobs } from './glob-set.js';
import { bytesOf, type FileOptions } from './options.js';
import { Ordering } from './ordering.js';

/** Files that are read at once: more only take memory, as one thread does the work. */
const mostReaders = 8;
/** A file that is gone is known for so many polls. */
const generations = 3;

/** The options of tailing, from those of a receiver, which were checked. */
export function tailOptions(options: FileOptions, clock: Clock, replays = false): TailOptions {
  const perBatch = Math.max(1, Math.floor(options.max_concurrent_files / 2));
  const { ordering_criteria: ordering } = options;
  const encoding = encodingOf(options);
  return {
    globs: new FileGlobs(options.include),
    selection: {
      exclude: new PathGlobs(options.exclude),
      excludeOlderThan: options.exclude_older_than,
      ordering: ordering.sort_by.length > 0 || ordering.group_by !== '' ? new Ordering(ordering, clock) : undefined,
      mostFiles: options.max_batches > 0 ? options.max_batches * perBatch : Number.POSITIVE_INFINITY,
    },
    identification: {
      fingerprintSize: bytesOf(options.fingerprint_size),
      compression: options.compression,
      onTruncate: options.on_truncate,
      forgetMs: generations * options.poll_interval,
      forgetPolls: generations,
    },
    read: {
      split: {
        encoding,
        multiline: linePattern(options.multiline),
        keepLeading: options.preserve_leading_whitespaces,
        keepTrailing: options.preserve_trailing_whitespaces,
        maxBytes: bytesOf(options.max_log_size),
        oversize: options.max_log_size_behavior,
      },
      encoding,
      firstRead: bytesOf(options.initial_buffer_size),
    },
    queue: {
      mostReaders: Math.min(mostReaders, perBatch),
      flushMs: options.force_flush_period,
      pollMs: options.poll_interval,
      locks: options.acquire_fs_lock,
      deletes: options.delete_after_read,
    },
    mostOpen: options.max_concurrent_files,
    startsAtEnd: options.start_at === 'end',
    replays,
  };
}

/** The encoding of the lines; its name was checked. */
export function encodingOf({ encoding }: FileOptions): TextEncoding {
  const found = textEncoding(encoding);
  if (!found) throw new Error(`unsupported encoding '${encoding}'`);
  return found;
}
