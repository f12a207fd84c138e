import type { CancelSignal } from '../component/cancellation.js';
import type { ApiClient } from './api-client.js';
import type { ApiSubject } from './api-error.js';
import { apiList, apiText, apiValue, type ApiJson } from './json.js';
import type { ApiResource } from './resource.js';

const subject: ApiSubject = {
  name: 'discovery',
  whenForbidden: 'Bind the ClusterRole system:discovery to the service account',
  whenUnknown: 'It is no API server of Kubernetes',
};

/** Versions of a group, the one that the server prefers first. */
interface Group {
  readonly name: string;
  readonly versions: readonly string[];
}

/** The resources that the server has, by its own answers. Answers are kept: make one for each look. */
export class ApiDiscovery {
  readonly #client: Pick<ApiClient, 'document'>;
  #groups: Promise<readonly Group[]> | undefined;
  readonly #resources: Map<string, Promise<ReadonlySet<string>>> = new Map();

  constructor(client: Pick<ApiClient, 'document'>) {
    this.#client = client;
  }

  /**
   * The resource `plural`: that of `group`, or, where that is empty, of the first group that has one, the core first.
   * Undefined when there is none. Rejects as `ApiClient.document` does.
   */
  async find(plural: string, group: string, signal: CancelSignal): Promise<ApiResource | undefined> {
    if (group === '' && (await this.#resourcesOf('', 'v1', signal)).has(plural))
      return { group: '', version: 'v1', plural };
    const groups = await (this.#groups ??= this.#allGroups(signal));
    for (const { name, versions } of groups) {
      if (group !== '' && name !== group) continue;
      for (const version of versions)
        if ((await this.#resourcesOf(name, version, signal)).has(plural)) return { group: name, version, plural };
    }
    return undefined;
  }

  async #allGroups(signal: CancelSignal): Promise<readonly Group[]> {
    const document = await this.#client.document('/apis', subject, signal);
    return apiList(document, 'groups').flatMap((group) => {
      const name = apiText(group, 'name');
      const preferred = apiText(group, 'preferredVersion', 'version');
      if (name === undefined) return [];
      const all = apiList(group, 'versions').flatMap((each) => apiText(each, 'version') ?? []);
      const versions = preferred === undefined ? all : [preferred, ...all.filter((each) => each !== preferred)];
      return [{ name, versions }];
    });
  }

  #resourcesOf(group: string, version: string, signal: CancelSignal): Promise<ReadonlySet<string>> {
    const path = group === '' ? `/api/${version}` : `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`;
    let found = this.#resources.get(path);
    if (!found) {
      found = this.#client.document(path, subject, signal).then(namesOf);
      this.#resources.set(path, found);
    }
    return found;
  }
}

/** The names of the resources of a document that can be listed; `pods/log` is none. */
function namesOf(document: ApiJson): ReadonlySet<string> {
  return new Set(
    apiList(document, 'resources').flatMap((resource) => {
      const name = apiText(resource, 'name');
      const verbs = apiValue(resource, 'verbs');
      return name === undefined || (Array.isArray(verbs) && !verbs.includes('list')) ? [] : [name];
    }),
  );
}
