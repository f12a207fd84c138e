import type { CancelSignal } from '../component/cancellation.js';
import type { Shareable } from '../component/shared.js';
import { PullClient, type PullReply } from '../net/http/pull.js';
import { openAccess, type AccessConfig, type AccessWorld, type ApiAccess } from './access/access.js';
import { ApiError, apiError } from './api-error.js';
import { apiValue, apiList, apiText, type ApiJson } from './json.js';
import { linesOf } from './lines.js';
import { collectionPath, type ApiResource, type ObjectSelection } from './resource.js';

/** Bytes of one page of a list. */
const mostPage = 32 << 20;
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

/** One change that a watch reports, or (`bookmark`) the version up to which there was none. */
export interface WatchEvent {
  readonly kind: 'added' | 'modified' | 'deleted' | 'bookmark';
  readonly object: ApiJson;
}

const kinds: Readonly<Record<string, WatchEvent['kind']>> = {
  ADDED: 'added',
  MODIFIED: 'modified',
  DELETED: 'deleted',
  BOOKMARK: 'bookmark',
};

/** Reads the API: lists in pages, and watches. One for all components with the same access. */
export class ApiClient implements Shareable {
  readonly #config: AccessConfig;
  readonly #world: AccessWorld;
  #access: ApiAccess | undefined;
  #client: Promise<PullClient> | undefined;

  constructor(config: AccessConfig, world: AccessWorld) {
    this.#config = config;
    this.#world = world;
  }

  /** Finds the access, which every request does as well. Throws `AccessError` when there is none. */
  open(): void {
    this.#access ??= openAccess(this.#config, this.#world);
  }

  /**
   * One page. `from` is `next` of the page before, '' for the first one. Rejects with `ApiError`, `AccessError`, or
   * what the connection failed with.
   */
  async list(selection: ObjectSelection, limit: number, from: string, signal: CancelSignal): Promise<ListPage> {
    const query = queryOf(selection, { limit: String(limit), ...(from === '' ? {} : { continue: from }) });
    const reply = await this.#get(selection, query, signal);
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
    const { body } = await this.#get(selection, query, signal);
    return eventsOf(body, selection.resource);
  }

  async close(): Promise<void> {
    await (await this.#client)?.close();
  }

  async #get(selection: ObjectSelection, query: string, signal: CancelSignal): Promise<PullReply> {
    this.open();
    const access = this.#access;
    if (!access) throw new Error('not open');
    this.#client ??= PullClient.open({
      tls: access.tls,
      proxyUrl: access.proxyUrl,
      proxyFromEnvironment: true,
      http2: false,
      followRedirects: false,
    });
    const client = await this.#client;
    const secret = await access.credentials();
    const url = `${access.server}${collectionPath(selection)}?${query}`;
    const reply = await client.get(url, { open: { accept: 'application/json' }, secret }, signal);
    if (reply.status === 200) return reply;
    if (reply.status === 401) access.forget();
    throw await this.#failure(reply, selection.resource);
  }

  async #failure(reply: PullReply, resource: ApiResource): Promise<ApiError> {
    const seconds = Number(reply.header('retry-after') ?? '');
    const retryAfterMs = seconds > 0 ? Math.min(seconds, 3600) * 1000 : undefined;
    const body = await wholeJson(reply, mostError).then(
      ({ value }) => value,
      () => undefined,
    );
    return apiError(reply.status, body, resource, retryAfterMs);
  }
}

async function* eventsOf(body: AsyncIterable<Uint8Array>, resource: ApiResource): AsyncGenerator<WatchEvent> {
  for await (const line of linesOf(body)) {
    let event: ApiJson;
    try {
      event = JSON.parse(line);
    } catch {
      throw new Error(`${resource.plural}: an event of the watch is no JSON`);
    }
    const object = apiValue(event, 'object');
    const type = apiText(event, 'type') ?? '';
    if (type === 'ERROR') throw apiError(Number(apiValue(object, 'code')) || 500, object, resource);
    const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    if (kind) yield { kind, object };
  }
}

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
    if (bytes > most) throw new Error(`the API server's answer is longer than ${most} bytes`);
    pieces.push(piece);
  }
  try {
    return { value: JSON.parse(Buffer.concat(pieces, bytes).toString('utf8')) as ApiJson, bytes };
  } catch {
    throw new Error("the API server's answer is no JSON");
  }
}
