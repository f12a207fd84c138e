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
import { ApiError, apiError, noJson, subjectOf, type ApiSubject } from './api-error.js';
import { apiText, type ApiJson } from './json.js';
import { ListReader } from './list-reader.js';
import { unreachable } from './unreachable.js';
import { PageTooLarge } from './page-size.js';
import { wholeObject, type ReadObject } from './read-object.js';
import { collectionPath, objectPath, type ApiResource, type ObjectSelection } from './resource.js';
import { eventsOf, type WatchEvent } from './watch-events.js';

/** Bytes of one page of a list: more than the largest object has. */
const mostPage = 4 << 20;
/** Bytes of an answer that is an error. */
const mostError = 65_536;

/** The parameters of a list request. */
export interface ListQuestion {
  readonly selection: ObjectSelection;
  /** Objects of the page. */
  readonly limit: number;
  /** `next` of the page before, '' for the first one. */
  readonly from: string;
  /** The version that the objects are wanted of; '' for the newest, the default. */
  readonly exactly?: string;
  /** How each object is read; the default is all of it. */
  readonly read?: ReadObject;
}

/** A page of a list, whose objects have been given. */
export interface ListPage {
  /** Objects. */
  readonly count: number;
  /** The version of the whole list; a watch goes on from it. */
  readonly version: string;
  /** For the next page; '' after the last one. */
  readonly next: string;
  /** Its size on the wire. */
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
   * One page: `take` gets each object as it comes. Rejects with `ApiError`, `AccessError`, or what the connection
   * failed with; with `PageTooLarge` when fewer objects have to be asked for. Some objects may have been given by then.
   */
  async list(
    { selection, limit, from, exactly = '', read = wholeObject }: ListQuestion,
    take: (object: ApiJson) => void,
    signal: CancelSignal,
  ): Promise<ListPage> {
    const query = queryOf(selection, {
      limit: String(limit),
      ...(from === '' ? {} : { continue: from }),
      // A page that goes on is of the version of the first one.
      ...(exactly === '' || from !== '' ? {} : { resourceVersion: exactly, resourceVersionMatch: 'Exact' }),
    });
    const path = `${collectionPath(selection)}?${query}`;
    const subject = subjectOf(selection.resource);
    const { body } = await this.#ask(path, plainGet, subject, signal);
    let count = 0;
    const reader = new ListReader((object) => {
      const value = asJson(() => read(object), subject);
      count++;
      take(value);
    });
    let bytes = 0;
    for await (const piece of bounded(body, mostPage)) {
      bytes += piece.length;
      reader.push(piece);
    }
    const page = asJson(() => reader.finish(), subject);
    return {
      count,
      version: apiText(page, 'metadata', 'resourceVersion') ?? '',
      next: apiText(page, 'metadata', 'continue') ?? '',
      bytes,
    };
  }

  /**
   * Resolves when the watch stands: with the changes after `version`, until the server ends it (about `seconds` later)
   * or `signal` is cancelled. `read` makes an event of its bytes.
   */
  async watch(
    selection: ObjectSelection,
    version: string,
    seconds: number,
    signal: CancelSignal,
    read: ReadObject = wholeObject,
  ): Promise<AsyncGenerator<WatchEvent>> {
    const query = queryOf(selection, {
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(seconds),
    });
    const subject = subjectOf(selection.resource);
    const { body } = await this.#ask(`${collectionPath(selection)}?${query}`, plainGet, subject, signal);
    return eventsOf(body, subject, read);
  }

  /** A document of the API that is no object, such as the resources of a group. Rejects as `list` does. */
  async document(path: string, subject: ApiSubject, signal: CancelSignal): Promise<ApiJson> {
    return wholeJson(await this.#ask(path, plainGet, subject, signal), mostPage, subject);
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
    const subject = subjectOf(resource);
    return wholeJson(await this.#ask(path, question, subject, signal), mostPage, subject);
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
    const body = await wholeJson(reply, mostError, subject).catch(() => undefined);
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

async function wholeJson(reply: PullReply, most: number, subject: ApiSubject): Promise<ApiJson> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bounded(reply.body, most)) pieces.push(piece);
  return asJson(() => JSON.parse(Buffer.concat(pieces).toString('utf8')) as ApiJson, subject);
}

async function* bounded(body: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > most) throw new PageTooLarge(`the API server's answer is longer than ${most} bytes`);
    yield piece;
  }
}

/** The result of `read` for an answer. */
function asJson(read: () => ApiJson, subject: ApiSubject): ApiJson {
  try {
    return read();
  } catch {
    throw noJson(subject);
  }
}
