import type { Clock, Random } from '../../component/clock.js';
import type { FailureStatus } from '../../component/failure-status.js';
import type { Logger } from '../../component/telemetry.js';
import type { ApiClient } from '../api-client.js';
import type { ObjectSelection } from '../resource.js';

/** The surroundings of a feed: the objects of one selection, on their way into the pipelines. */
export interface FeedParts {
  readonly client: Pick<ApiClient, 'list' | 'watch'>;
  readonly selection: ObjectSelection;
  readonly status: FailureStatus;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** One way of reading a selection. */
export interface ObjectFeed {
  start(): void;
  /** Begins nothing more; resolves when what was read has been handed on, or given up. */
  stop(): Promise<void>;
}

/** Limit for one page, milliseconds. */
export const feedPageMs = 60_000;

/** Logs a failed attempt and reports it. */
export function feedFailed(
  { selection, logger, status }: Pick<FeedParts, 'selection' | 'logger' | 'status'>,
  error: Error,
): void {
  logger.error('Objects of the cluster cannot be read; they are asked for again', {
    resource: selection.resource.plural,
    ...(selection.namespace !== '' && { namespace: selection.namespace }),
    error: error.message,
  });
  status.failed(error);
}
