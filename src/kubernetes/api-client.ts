import type { CancelSignal } from '../component/cancellation.js';
import type { Shareable } from '../component/shared.js';
import { PullClient, type PullQuestion, type PullReply } from '../net/http/pull.js';
import {
  openAccess,
  type AccessConfig,
  type AccessWorld,
  type ApiAccess,
  type ApiTransport,
  type OwnAccess,
} from './access/access.js';
import { ApiError, apiError, subjectOf, type ApiSubject } from './api-error.js';
import { apiList, apiText, type ApiJson } from './json.js';
import { unreachable } from './unreachable.js';
import { PageTooLarge } from './page-size.js';
import { collectionPath, objectPath, type ApiResource, type ObjectSelection } from './resource.js';
import { eventsOf, type WatchEvent } from './watch-events.js';

/** Bytes of one page of a list, which is read as JSON at once: more than the largest object has. */
const mostPage = 4 << 20;
/** Bytes of an answer that is an error. */
const mostError = 65_536;

/** A page of a list. */
export interface ListPage {
  readonly items: readonly ApiJson[];
  /** The version of the whole list; a watch goes on from it. */
  readonly version: string;
  /** For the next page; '' after the last one. */
  readonly next: string;
  /** What it took on the wire. */
  readonly bytes: number;
}

const plainGet: PullQuestion = { method: 'GET' };

/** Speaks with the API: lists in pages, watches, single objects. One for all components with the same access. */
export class ApiClient implements Shareable {
  readonly #config: AccessConfig | OwnAccess;
  readonly #world: AccessWorld;
  #access: ApiAccess | undefined;
  #client: Promise<ApiTransport> | undefined;

  constructor(config: AccessConfig | OwnAccess, world: AccessWorld) {
    this.#config = config;
    this.#world = world;
  }

  /** Finds the access, which every request does as well. Throws `AccessError` when there is none. */
  open(): void {
    this.#access ??= openAccess(this.#config, this.#world);
  }

  /**
   * One page. `from` is `next` of the page before, '' for the first one; `exactly` is the version that the objects are
   * wanted of, '' for the newest. Rejects with `ApiError`, `AccessError`, or what the connection failed with; with
   * `PageTooLarge` when fewer objects have to be asked for.
   */
  async list(
    selection: ObjectSelection,
    limit: number,
    from: string,
    signal: CancelSignal,
    exactly = '',
  ): Promise<ListPage> {
    const query = queryOf(selection, {
      limit: String(limit),
      ...(from === '' ? {} : { continue: from }),
      // A page that goes on is of the version of the first one.
      ...(exactly === '' || from !== '' ? {} : { resourceVersion: exactly, resourceVersionMatch: 'Exact' }),
    });
    const path = `${collectionPath(selection)}?${query}`;
    const reply = await this.#ask(path, plainGet, subjectOf(selection.resource), signal);
    const { value, bytes } = await wholeJson(reply, mostPage);
    return {
      items: apiList(value, 'items'),
      version: apiText(value, 'metadata', 'resourceVersion') ?? '',
      next: apiText(value, 'metadata', 'continue') ?? '',
      bytes,
    };
  }

  /**
   * Resolves when the watch stands: with the changes after `version`, until the server ends it (about `seconds` later)
   * or `signal` is cancelled.
   */
  async watch(
    selection: ObjectSelection,
    version: string,
    seconds: number,
    signal: CancelSignal,
  ): Promise<AsyncGenerator<WatchEvent>> {
    const query = queryOf(selection, {
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(seconds),
    });
    const subject = subjectOf(selection.resource);
    const { body } = await this.#ask(`${collectionPath(selection)}?${query}`, plainGet, subject, signal);
    return eventsOf(body, subject);
  }

  /** A document of the API that is no object, such as the resources of a group. Rejects as `list` does. */
  async document(path: string, subject: ApiSubject, signal: CancelSignal): Promise<ApiJson> {
    return (await wholeJson(await this.#ask(path, plainGet, subject, signal), mostPage)).value;
  }

  /** One object; undefined when it is not there. Rejects as `list` does. */
  async object(resource: ApiResource, namespace: string, name: string, signal: CancelSignal): Promise<ApiJson> {
    try {
      return await this.document(objectPath(resource, namespace, name), subjectOf(resource), signal);
    } catch (error) {
      if (error instanceof ApiError && error.failure === 'not_found') return undefined;
      throw error;
    }
  }

  /** Creates an object, and resolves with it as it is stored. Rejects as `list` does. */
  create(resource: ApiResource, namespace: string, object: ApiJson, signal: CancelSignal): Promise<ApiJson> {
    return this.#write('POST', collectionPath({ resource, namespace }), resource, object, signal);
  }

  /** Replaces an object; one that names its `resourceVersion` only while it is still that one. */
  replace(
    resource: ApiResource,
    namespace: string,
    name: string,
    object: ApiJson,
    signal: CancelSignal,
  ): Promise<ApiJson> {
    return this.#write('PUT', objectPath(resource, namespace, name), resource, object, signal);
  }

  async close(): Promise<void> {
    await (await this.#client)?.close();
  }

  async #write(
    method: 'POST' | 'PUT',
    path: string,
    resource: ApiResource,
    object: ApiJson,
    signal: CancelSignal,
  ): Promise<ApiJson> {
    const question: PullQuestion = { method, body: JSON.stringify(object) };
    return (await wholeJson(await this.#ask(path, question, subjectOf(resource), signal), mostPage)).value;
  }

  async #ask(path: string, question: PullQuestion, subject: ApiSubject, signal: CancelSignal): Promise<PullReply> {
    this.open();
    const access = this.#access;
    if (!access) throw new Error('not open');
    this.#client ??=
      access.client?.() ??
      PullClient.open({
        tls: access.tls,
        proxyUrl: access.proxyUrl,
        proxyFromEnvironment: true,
        http2: false,
        followRedirects: false,
      });
    const client = await this.#client;
    const secret = await access.credentials();
    const open = { accept: 'application/json', ...(question.body !== undefined && jsonBody) };
    const reply = await client
      .ask(`${access.server}${path}`, question, { open, secret }, signal)
      .catch((error: unknown) => Promise.reject(signal.aborted ? error : unreachable(error, access.server, subject)));
    if (reply.status === 200 || reply.status === 201) return reply;
    if (reply.status === 401) access.forget();
    throw await this.#failure(reply, subject);
  }

  async #failure(reply: PullReply, subject: ApiSubject): Promise<ApiError> {
    const seconds = Number(reply.header('retry-after') ?? '');
    const retryAfterMs = seconds > 0 ? Math.min(seconds, 3600) * 1000 : undefined;
    const body = await wholeJson(reply, mostError).then(
      ({ value }) => value,
      () => undefined,
    );
    return apiError(reply.status, body, subject, retryAfterMs);
  }
}

const jsonBody: Readonly<Record<string, string>> = { 'content-type': 'application/json' };

function queryOf({ labels, fields }: ObjectSelection, more: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(more);
  if (labels !== '') query.set('labelSelector', labels);
  if (fields !== '') query.set('fieldSelector', fields);
  return query.toString();
}

async function wholeJson(reply: PullReply, most: number): Promise<{ readonly value: ApiJson; readonly bytes: number }> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of reply.body) {
    bytes += piece.length;
    if (bytes > most) throw new PageTooLarge(`the API server's answer is longer than ${most} bytes`);
    pieces.push(piece);
  }
  try {
    return { value: JSON.parse(Buffer.concat(pieces, bytes).toString('utf8')) as ApiJson, bytes };
  } catch {
    throw new Error("the API server's answer is no JSON");
  }
}
