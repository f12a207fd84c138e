import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
// Clients of the API load it with their first request. On a crowded machine that takes long, and a held clock goes far.
import 'undici';
import { pem } from './certificates.js';

/** An object of the API: any JSON with metadata. */
export interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [more: string]: unknown;
  };
  readonly [more: string]: unknown;
}

interface Stored {
  readonly object: ApiObject;
  readonly version: number;
}

interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ApiObject;
  /** The object as it was. */
  readonly before: ApiObject | undefined;
}

interface Watch {
  readonly collection: string;
  readonly matches: (object: ApiObject) => boolean;
  readonly response: http.ServerResponse;
}

type Resource = (typeof resources)[number];

/** `[group, version, plural, kind, namespaced]` of what it serves. */
const resources = [
  ['', 'v1', 'pods', 'Pod', true],
  ['', 'v1', 'namespaces', 'Namespace', false],
  ['', 'v1', 'nodes', 'Node', false],
  ['', 'v1', 'services', 'Service', true],
  ['', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', true],
  ['', 'v1', 'persistentvolumes', 'PersistentVolume', false],
  ['', 'v1', 'endpoints', 'Endpoints', true],
  ['networking.k8s.io', 'v1', 'ingresses', 'Ingress', true],
  ['apps', 'v1', 'replicasets', 'ReplicaSet', true],
  ['apps', 'v1', 'deployments', 'Deployment', true],
  ['apps', 'v1', 'statefulsets', 'StatefulSet', true],
  ['apps', 'v1', 'daemonsets', 'DaemonSet', true],
  ['batch', 'v1', 'jobs', 'Job', true],
  ['discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice', true],
  ['', 'v1', 'events', 'Event', true],
  ['events.k8s.io', 'v1', 'events', 'Event', true],
  ['', 'v1', 'replicationcontrollers', 'ReplicationController', true],
  ['', 'v1', 'resourcequotas', 'ResourceQuota', true],
  ['batch', 'v1', 'cronjobs', 'CronJob', true],
  ['autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', true],
  ['quota.openshift.io', 'v1', 'clusterresourcequotas', 'ClusterResourceQuota', false],
  ['coordination.k8s.io', 'v1', 'leases', 'Lease', true],
] as const;

/**
 * A server that speaks the part of the Kubernetes API that readers use: discovery, get, list in pages, watch with
 * bookmarks, tokens, RBAC by verb and resource, and a history that can be forgotten (410). The real `kubectl` reads it.
 * Objects can be created and replaced, with a conflict where they have changed.
 */
export class KubernetesApi {
  readonly #server: http.Server;
  readonly #sockets: Set<Socket> = new Set();
  readonly #stored: Map<string, Map<string, Stored>> = new Map();
  readonly #watches: Set<Watch> = new Set();
  #history: (Change & { readonly collection: string })[] = [];
  /** What is left of lists, by the `continue` that goes on with it: all pages are of the version of the first. */
  readonly #leftOfLists: Map<string, readonly ApiObject[]> = new Map();
  /** Pages that are not answered yet, by those who hold them back; undefined: each is answered at once. */
  #lateLists: (() => void)[] | undefined;
  #version = 1;
  #forgotten = 0;
  /** Undefined: no token is asked for. */
  token: string | undefined;
  /** The common name of the client certificate that is asked for as well; undefined: none is. */
  clientName: string | undefined;
  /** `pods` or `list pods`: answered 403. */
  readonly denied: Set<string> = new Set();
  /**
   * What RBAC grants, as `list apps/deployments`, with ` in NAMESPACE` or ` of NAME` behind it where it holds for that
   * alone; undefined: everything. All else is answered 403.
   */
  granted: ReadonlySet<string> | undefined;
  /** Answers every request before it is looked at. */
  fault:
    | { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
    | undefined;
  /** Bearer tokens whose requests are not answered: their connections are cut. */
  readonly cutOff: Set<string> = new Set();
  /** Method and URL of each request. */
  readonly requests: string[] = [];

  constructor(secure: boolean) {
    const listener = (request: http.IncomingMessage, response: http.ServerResponse): void =>
      this.#serve(request, response);
    this.#server = secure
      ? https.createServer({ ...identity('server-a'), requestCert: true, rejectUnauthorized: false }, listener)
      : http.createServer(listener);
    // A connection that rests is its client's to end: the two would meet when the process stands still for seconds.
    this.#server.keepAliveTimeout = 0;
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Begins to listen on 127.0.0.1; returns the port. */
  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  /** Shows new connections another certificate. */
  identify(as: 'server-a' | 'server-b'): void {
    if (this.#server instanceof https.Server) this.#server.setSecureContext(identity(as));
  }

  /** Cuts all connections and stops listening. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cutAll();
    await closed;
  }

  /** Cuts all connections, also those that nothing is asked over now. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  get version(): number {
    return this.#version;
  }

  get watching(): number {
    return this.#watches.size;
  }

  /** Creates or replaces an object of `plural`. */
  put(plural: string, object: ApiObject): void {
    const key = keyOf(object);
    const all = this.#collection(plural);
    const type = all.has(key) ? 'MODIFIED' : 'ADDED';
    this.#change(plural, type, object);
  }

  remove(plural: string, name: string, namespace?: string): void {
    const key = keyOf({ metadata: { name, uid: '', ...(namespace === undefined ? {} : { namespace }) } });
    const stored = this.#collection(plural).get(key);
    if (stored) this.#change(plural, 'DELETED', stored.object);
  }

  /** The objects of `plural` as they are now. */
  objects(plural: string): readonly ApiObject[] {
    return [...this.#collection(plural).values()].map(({ object }) => object);
  }

  /** Sends the version of now to all watches, as the API server does every minute. */
  bookmark(): void {
    const resourceVersion = String(this.#version);
    for (const { collection, response } of this.#watches) {
      const known = resources.find(([, , plural]) => plural === collection);
      const named = known ? { apiVersion: apiVersionOf(known), kind: known[3] } : {};
      response.write(`${JSON.stringify({ type: 'BOOKMARK', object: { ...named, metadata: { resourceVersion } } })}\n`);
    }
  }

  /** Forgets all changes up to now: who asks for what came after an older version is answered 410. */
  compact(): void {
    this.#forgotten = ++this.#version;
    this.#history = [];
  }

  /** Ends all watches: in order, or by cutting their connections. */
  endWatches(how: 'in order' | 'cut'): void {
    for (const watch of this.#watches)
      if (how === 'cut') watch.response.socket?.destroy();
      else {
        // What changes from now on is for the next watch.
        this.#watches.delete(watch);
        watch.response.end();
      }
  }

  /** From now on each page of a list waits for `answerList`. */
  holdLists(): void {
    this.#lateLists ??= [];
  }

  /** Pages that wait. */
  get listsWaiting(): number {
    return this.#lateLists?.length ?? 0;
  }

  /** Answers the page that waits the longest, as things are now. */
  answerList(): void {
    this.#lateLists?.shift()?.();
  }

  /** Answers all pages that wait, and those to come at once. */
  releaseLists(): void {
    const late = this.#lateLists ?? [];
    this.#lateLists = undefined;
    for (const answer of late) answer();
  }

  /** Sends a line to all watches as it is. */
  say(line: string): void {
    for (const { response } of this.#watches) response.write(line);
  }

  #collection(plural: string): Map<string, Stored> {
    let all = this.#stored.get(plural);
    if (!all) this.#stored.set(plural, (all = new Map()));
    return all;
  }

  #change(plural: string, type: Change['type'], given: ApiObject): void {
    const version = ++this.#version;
    const known = resources.find(([, , each]) => each === plural);
    const named = known ? { apiVersion: apiVersionOf(known), kind: known[3] } : {};
    const object = { ...named, ...given, metadata: { ...given.metadata, resourceVersion: String(version) } };
    const all = this.#collection(plural);
    const before = all.get(keyOf(object))?.object;
    if (type === 'DELETED') all.delete(keyOf(object));
    else all.set(keyOf(object), { object, version });
    const change = { version, type, object, before, collection: plural };
    this.#history.push(change);
    for (const { collection, matches, response } of this.#watches)
      if (collection === plural) response.write(eventFor(matches, change));
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.requests.push(`${request.method} ${request.url}`);
    const url = new URL(request.url ?? '/', 'http://api');
    if (this.cutOff.has((request.headers.authorization ?? '').replace('Bearer ', '')))
      return void request.socket.destroy();
    if (this.fault) return reply(response, this.fault.status, this.fault.body, this.fault.headers);
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`)
      return reply(response, 401, status(401, 'Unauthorized', 'Unauthorized'));
    if (this.clientName !== undefined && this.clientName !== nameOf(request.socket))
      return reply(response, 401, status(401, 'Unauthorized', 'Unauthorized'));
    const discovered = discovery(url.pathname);
    if (discovered) return reply(response, 200, discovered);
    const parts: readonly (string | undefined)[] =
      /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
    const [, group = '', version, namespace, plural = '', name] = parts;
    const known = resources.find(([g, v, p]) => g === group && v === version && p === plural);
    if (!known)
      return reply(response, 404, status(404, 'NotFound', 'the server could not find the requested resource'));
    const query = url.searchParams;
    const verb = verbOf(request.method, name, query);
    if (this.denied.has(plural) || this.denied.has(`${verb} ${plural}`) || !this.#grants(verb, parts))
      return reply(
        response,
        403,
        status(
          403,
          'Forbidden',
          `${plural} is forbidden: User "system:serviceaccount:default:kanmon" cannot ${verb} resource ` +
            `"${plural}" in API group "${group}"` +
            (namespace === undefined ? ' at the cluster scope' : ` in the namespace "${namespace}"`),
        ),
      );
    const kind = known[3];
    const matches = matcher(namespace, query);
    if (verb === 'create' || verb === 'update') this.#write(known, namespace, name, request, response);
    else if (verb === 'watch') this.#watch(plural, matches, Number(query.get('resourceVersion') ?? 0), response);
    else if (name === undefined) {
      const answer = (): void => this.#list(plural, kind, matches, query, response);
      if (this.#lateLists) this.#lateLists.push(answer);
      else answer();
    } else {
      const found = this.#collection(plural).get(
        keyOf({ metadata: { name, uid: '', ...(namespace === undefined ? {} : { namespace }) } }),
      );
      if (found) reply(response, 200, { apiVersion: apiVersionOf(known), kind, ...found.object });
      else reply(response, 404, status(404, 'NotFound', `${plural} "${name}" not found`));
    }
  }

  #grants(verb: string, [, group = '', , namespace, plural, name]: readonly (string | undefined)[]): boolean {
    const asked = `${verb} ${group}/${plural}`;
    const narrower = [asked, `${asked} in ${namespace}`].flatMap((each) => [each, `${each} of ${name}`]);
    return this.granted === undefined || narrower.some((each) => this.granted?.has(each));
  }

  #write(
    known: Resource,
    namespace: string | undefined,
    name: string | undefined,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): void {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => void pieces.push(piece));
    request.on('end', () => {
      const [, , plural] = known;
      const given = JSON.parse(Buffer.concat(pieces).toString()) as ApiObject;
      const key = keyOf({
        metadata: { name: name ?? given.metadata.name, uid: '', ...(namespace === undefined ? {} : { namespace }) },
      });
      const stored = this.#collection(plural).get(key);
      const version = given.metadata['resourceVersion'];
      if (name === undefined && stored)
        return reply(response, 409, status(409, 'AlreadyExists', `${plural} "${given.metadata.name}" already exists`));
      if (name !== undefined && !stored)
        return reply(response, 404, status(404, 'NotFound', `${plural} "${name}" not found`));
      if (stored && version !== undefined && version !== stored.object.metadata['resourceVersion'])
        return reply(response, 409, status(409, 'Conflict', `${plural} "${name}": the object has been modified`));
      const uid = stored?.object.metadata.uid ?? `uid-${this.#version}`;
      this.put(plural, {
        ...given,
        metadata: { ...given.metadata, ...(namespace === undefined ? {} : { namespace }), uid },
      });
      reply(response, name === undefined ? 201 : 200, this.#collection(plural).get(key)?.object);
    });
  }

  #list(
    plural: string,
    kind: string,
    matches: (object: ApiObject) => boolean,
    query: URLSearchParams,
    response: http.ServerResponse,
  ): void {
    const limit = Number(query.get('limit') ?? 0) || Infinity;
    const from = query.get('continue') ?? '';
    const ofVersion = from === '' ? this.#version : Number(from.split('.')[1]);
    const all =
      from === ''
        ? [...this.#collection(plural).values()].map(({ object }) => object).filter(matches)
        : this.#leftOfLists.get(from);
    if (ofVersion < this.#forgotten || !all)
      return reply(response, 410, status(410, 'Expired', 'The provided continue parameter is too old'));
    const items = all.slice(0, limit);
    const next = `${this.#leftOfLists.size + 1}.${ofVersion}`;
    const more = limit < all.length ? { continue: next } : {};
    if (limit < all.length) this.#leftOfLists.set(next, all.slice(limit));
    const known = resources.find(([, , each]) => each === plural);
    reply(response, 200, {
      kind: `${kind}List`,
      apiVersion: known ? apiVersionOf(known) : 'v1',
      metadata: { resourceVersion: String(ofVersion), ...more },
      items,
    });
  }

  #watch(plural: string, matches: (object: ApiObject) => boolean, after: number, response: http.ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (after < this.#forgotten) {
      response.end(
        `${JSON.stringify({ type: 'ERROR', object: status(410, 'Expired', `too old resource version: ${after}`) })}\n`,
      );
      return;
    }
    for (const change of this.#history)
      if (change.collection === plural && change.version > after) response.write(eventFor(matches, change));
    response.flushHeaders();
    const watch = { collection: plural, matches, response };
    this.#watches.add(watch);
    response.once('close', () => this.#watches.delete(watch));
  }
}

/** To a watch with a selector, an object that begins or ceases to match it comes or goes. */
function eventFor(matches: (object: ApiObject) => boolean, { type, object, before }: Change): string {
  const now = type !== 'DELETED' && matches(object);
  const matched = before !== undefined && matches(before);
  if (!now && !matched) return '';
  return `${JSON.stringify({ type: now ? (matched ? 'MODIFIED' : 'ADDED') : 'DELETED', object })}\n`;
}

function apiVersionOf([group, version]: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

type Identity = Readonly<Record<'key' | 'cert' | 'ca', string>>;

/** What it shows, and which client certificates it knows. */
function identity(name: 'server-a' | 'server-b'): Identity {
  return { key: pem(`${name}.key`), cert: pem(`${name}.pem`), ca: `${pem('ca-a.pem')}${pem('ca-b.pem')}` };
}

/** The common name of a client certificate of an authority that is known. */
function nameOf(socket: Socket): string | undefined {
  return socket instanceof TLSSocket && socket.authorized ? String(socket.getPeerCertificate().subject.CN) : undefined;
}

function keyOf({ metadata: { name, namespace } }: ApiObject): string {
  return `${namespace ?? ''}/${name}`;
}

function status(code: number, reason: string, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}

function reply(
  response: http.ServerResponse,
  code: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Labels by equality and `!=`, and the fields that readers select by. */
function matcher(namespace: string | undefined, query: URLSearchParams): (object: ApiObject) => boolean {
  const terms = (text: string | null): (readonly [string, boolean, string])[] =>
    (text ?? '')
      .split(',')
      .filter(Boolean)
      .map((term) => {
        const [, key = '', operator = '', value = ''] = /^([^!=]+)(!?=)=?(.*)$/.exec(term) ?? [];
        return [key, operator === '=', value];
      });
  const labels = terms(query.get('labelSelector'));
  const fields = terms(query.get('fieldSelector'));
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    labels.every(([key, equal, value]) => (object.metadata.labels?.[key] === value) === equal) &&
    fields.every(([key, equal, value]) => {
      const found = key
        .split('.')
        .reduce<unknown>((here, part) => (here as Record<string, unknown> | undefined)?.[part], object);
      return (found === value) === equal;
    });
}

function verbOf(method: string | undefined, name: string | undefined, query: URLSearchParams): string {
  if (method === 'POST') return 'create';
  if (method === 'PUT') return 'update';
  if (name !== undefined) return 'get';
  return ['1', 'true'].includes(query.get('watch') ?? '') ? 'watch' : 'list';
}

function discovery(path: string): object | undefined {
  const groups = [...new Set(resources.map(([group]) => group))].filter(Boolean);
  const version = (group: string): object => {
    const own = resources.find(([each]) => each === group)?.[1] ?? 'v1';
    return { groupVersion: `${group}/${own}`, version: own };
  };
  switch (path) {
    case '/version':
      return { major: '1', minor: '31', gitVersion: 'v1.31.0' };
    case '/api':
      return { kind: 'APIVersions', versions: ['v1'] };
    case '/apis':
      return {
        kind: 'APIGroupList',
        apiVersion: 'v1',
        groups: groups.map((name) => ({ name, versions: [version(name)], preferredVersion: version(name) })),
      };
    default: {
      const [, group = '', own] = /^\/(?:api|apis\/([^/]+))\/(v\d)$/.exec(path) ?? [];
      if (own === undefined || !resources.some(([g, v]) => g === group && v === own)) return undefined;
      return {
        kind: 'APIResourceList',
        apiVersion: 'v1',
        groupVersion: group === '' ? own : `${group}/${own}`,
        resources: resources
          .filter(([each]) => each === group)
          .map(([, , name, kind, namespaced]) => ({
            name,
            singularName: kind.toLowerCase(),
            kind,
            namespaced,
            verbs: ['create', 'get', 'list', 'update', 'watch'],
          })),
      };
    }
  }
}
