import type { Logger } from '../../component/telemetry.js';
import type { ApiClient } from '../../kubernetes/api-client.js';
import type { ApiAttempts } from '../../kubernetes/api-attempts.js';
import { ApiDiscovery } from '../../kubernetes/discovery.js';
import type { ApiResource } from '../../kubernetes/resource.js';
import type { Config, ObjectConfig } from './config.js';

/** Limit for all questions of one attempt, milliseconds. */
const discoveryMs = 60_000;

/** Objects of the configuration with the resource that the cluster has for them. */
export interface KnownObjects {
  readonly object: ObjectConfig;
  readonly resource: ApiResource;
}

export interface ResourceSearch {
  readonly client: Pick<ApiClient, 'document'>;
  readonly attempts: ApiAttempts;
  readonly logger: Logger;
  /** Called for each attempt that fails. */
  onFailure(error: Error): void;
}

/**
 * Finds the resources of all objects, and asks again until the server has answered. Objects of a resource that is not
 * there are left out as `error_mode` says; for `propagate` it rejects. Undefined when the attempts are over.
 */
export async function findResources(
  { objects, error_mode }: Pick<Config, 'objects' | 'error_mode'>,
  { client, attempts, logger, onFailure }: ResourceSearch,
): Promise<readonly KnownObjects[] | undefined> {
  while (!attempts.areOver) {
    let found: readonly (KnownObjects | Error)[];
    try {
      found = await attempts.within(discoveryMs, async (signal) => {
        const discovery = new ApiDiscovery(client);
        const results: (KnownObjects | Error)[] = [];
        for (const object of objects) {
          const resource = await discovery.find(object.name, object.group, signal);
          results.push(resource ? { object, resource } : notFound(object));
        }
        return results;
      });
    } catch (error) {
      if (attempts.areOver) return undefined;
      onFailure(error as Error);
      attempts.failed();
      await attempts.pauseAfter(error as Error);
      continue;
    }
    attempts.succeeded();
    for (const each of found) {
      if (!(each instanceof Error)) continue;
      if (error_mode === 'propagate') throw each;
      if (error_mode === 'ignore') logger.warn(each.message);
    }
    const known = found.filter((each): each is KnownObjects => !(each instanceof Error));
    if (known.length === 0) throw new Error('no valid Kubernetes objects found to watch');
    return known;
  }
  return undefined;
}

function notFound({ name, group }: ObjectConfig): Error {
  const where = group === '' ? '' : ` in group ${group}`;
  return new Error(
    `resource not found: ${name}${where}. \`kubectl api-resources\` shows the names and groups that the cluster has`,
  );
}
