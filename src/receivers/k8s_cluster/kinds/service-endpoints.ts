import { apiList, apiText, apiValue, type ApiJson } from '../../../kubernetes/json.js';

/** Endpoints of one address type in one zone, by their condition. */
export interface EndpointCounts {
  readonly addressType: string;
  /** '' where they are in none. */
  readonly zone: string;
  ready: number;
  serving: number;
  terminating: number;
}

const addressTypes: ReadonlySet<string> = new Set(['IPv4', 'IPv6', 'FQDN']);

/** Counts the endpoints of services: each has one EndpointSlice or several. */
export class ServiceEndpoints {
  /** By service, and by the UID of the slice. */
  readonly #slices: Map<string, Map<string, readonly EndpointCounts[]>> = new Map();
  /** The service of each slice. */
  readonly #services: Map<string, string> = new Map();

  upsert(uid: string, slice: ApiJson): void {
    this.remove(uid);
    const service = apiText(slice, 'metadata', 'labels', 'kubernetes.io/service-name');
    const addressType = apiText(slice, 'addressType') ?? '';
    if (service === undefined || !addressTypes.has(addressType)) return;
    const key = keyOf(apiText(slice, 'metadata', 'namespace') ?? '', service);
    const slices = this.#slices.get(key) ?? new Map<string, readonly EndpointCounts[]>();
    this.#slices.set(key, slices.set(uid, countsOf(slice, addressType)));
    this.#services.set(uid, key);
  }

  remove(uid: string): void {
    const key = this.#services.get(uid);
    if (key === undefined) return;
    this.#services.delete(uid);
    const slices = this.#slices.get(key);
    slices?.delete(uid);
    if (slices?.size === 0) this.#slices.delete(key);
  }

  /** Of a service: those of all its slices together. */
  of(namespace: string, name: string): readonly EndpointCounts[] {
    const sums = new Map<string, EndpointCounts>();
    for (const counts of this.#slices.get(keyOf(namespace, name))?.values() ?? [])
      for (const { addressType, zone, ready, serving, terminating } of counts) {
        const sum = sumFor(sums, addressType, zone);
        sum.ready += ready;
        sum.serving += serving;
        sum.terminating += terminating;
      }
    return [...sums.values()];
  }
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function sumFor(sums: Map<string, EndpointCounts>, addressType: string, zone: string): EndpointCounts {
  const key = `${addressType} ${zone}`;
  const sum = sums.get(key) ?? { addressType, zone, ready: 0, serving: 0, terminating: 0 };
  sums.set(key, sum);
  return sum;
}

/** A condition that is not there means ready and serving, as the API says. */
function countsOf(slice: ApiJson, addressType: string): readonly EndpointCounts[] {
  const sums = new Map<string, EndpointCounts>();
  for (const endpoint of apiList(slice, 'endpoints')) {
    const condition = (name: string): ApiJson => apiValue(endpoint, 'conditions', name);
    const ready = condition('ready') ?? true;
    const sum = sumFor(sums, addressType, apiText(endpoint, 'zone') ?? '');
    if (ready === true) sum.ready++;
    if ((condition('serving') ?? ready) === true) sum.serving++;
    if (condition('terminating') === true) sum.terminating++;
  }
  return [...sums.values()];
}
