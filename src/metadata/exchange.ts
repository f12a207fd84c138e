import { Cancellation, type CancelSignal } from '../component/cancellation.js';
import type { Clock } from '../component/clock.js';
import { shownUrl } from '../component/shown-url.js';
import type { PullClient, PullReply } from '../net/http/pull.js';

/** More of an answer is not read: the largest, a node of Kubernetes with its images, has a tenth of it. */
const mostBytes = 1 << 20;

export interface MetadataRequest {
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'PUT' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange, milliseconds; default as long as the attempt has. */
  readonly withinMs?: number;
}

export interface MetadataReply {
  readonly status: number;
  readonly text: string;
  readonly header: (name: string) => string | undefined;
}

/** An answer that is not the one that was asked for. */
export class StatusError extends Error {
  readonly status: number;

  constructor(request: MetadataRequest, status: number) {
    super(`request ${request.method ?? 'GET'} ${shownUrl(request.url)} failed with status ${status}`);
    this.status = status;
  }
}

/**
 * Asks, and reads the whole answer. Rejects when there is none, when it is too large, and when time is over. Redirects
 * are answers: a metadata service has none, and another host must learn no token.
 */
export async function exchange(
  client: PullClient,
  request: MetadataRequest,
  headers: Readonly<Record<string, string>>,
  signal: CancelSignal,
  clock: Clock,
): Promise<MetadataReply> {
  const { url, method = 'GET', body, withinMs } = request;
  const within = limited(signal, withinMs, clock);
  try {
    const open = { ...headers, ...request.headers };
    const reply = await client.ask(url, { method, body }, { open, secret: {} }, within.signal);
    return { status: reply.status, header: reply.header, text: await textOf(reply) };
  } catch (error) {
    throw new Error(`request ${method} ${shownUrl(url)} failed: ${messageOf(error)}`, { cause: error });
  } finally {
    within.end();
  }
}

async function textOf({ body }: PullReply): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    // Leaving the loop closes the connection.
    if (size > mostBytes) throw new Error(`the answer has more than ${mostBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** A signal that is cancelled with `signal`, or after `ms`. */
function limited(
  signal: CancelSignal,
  ms: number | undefined,
  clock: Clock,
): { readonly signal: CancelSignal; readonly end: () => void } {
  if (ms === undefined) return { signal, end: () => {} };
  const own = new Cancellation();
  const follow = (): void => own.abort(signal.cancelledBy ?? 'sender');
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow);
  const cancel = clock.after(ms, () => own.abort('deadline'));
  return {
    signal: own,
    end: () => {
      cancel();
      signal.removeEventListener('abort', follow);
    },
  };
}

/** A failed connection says why in its cause, or in each of several errors. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
