import type { CancelSignal } from '../../../component/cancellation.js';
import { Reservation } from '../../../intake/admission.js';
import { inflate } from '../../../intake/inflate.js';
import { Reception } from '../../../intake/reception.js';
import type { RequestRefusal } from '../../../intake/request-state.js';
import type { OwnedBytes } from '../../../otlp/batch.js';
import type { ScrapeProtocol } from '../options/job.js';
import type { CredentialedClient } from './client.js';

/** Offsets in a body are 32-bit numbers; no exposition is near this, bytes. */
const mostBody = 1 << 30;

/** The answer of a target. */
export interface Exposition {
  readonly body: OwnedBytes;
  readonly protocol: ScrapeProtocol;
}

export interface FetchOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the plain body; 0 no bound. */
  readonly bodyLimit: number;
  /** For bodies whose type says nothing. */
  readonly fallback: ScrapeProtocol;
}

/** Fetches an exposition. Memory is reserved before it is taken; the caller releases it. Rejects with what failed. */
export async function fetchExposition(
  client: CredentialedClient,
  url: string,
  options: FetchOptions,
  reservation: Reservation,
  signal: CancelSignal,
): Promise<Exposition> {
  const limit = options.bodyLimit > 0 ? Math.min(options.bodyLimit, mostBody) : mostBody;
  const reply = await client.get(url, options.headers, signal);
  if (reply.status !== 200) {
    await reply.discard();
    throw new Error(`server returned HTTP status ${reply.status}`);
  }
  const encoding = (reply.header('content-encoding') ?? 'identity').toLowerCase();
  if (encoding !== 'gzip' && encoding !== 'identity') {
    await reply.discard();
    throw new Error(`the content encoding ${JSON.stringify(encoding.slice(0, 40))} was not asked for`);
  }
  const declared = Number(reply.header('content-length') ?? Number.NaN);
  const reception = new Reception(reservation, limit, Number.isSafeInteger(declared) ? declared : undefined);
  let refusal: RequestRefusal | undefined;
  try {
    for await (const chunk of reply.body) {
      refusal = reception.append(chunk, 0, chunk.length);
      if (refusal) break;
    }
  } catch (error) {
    reception.abandon();
    throw error;
  }
  if (refusal) throw errorOf(refusal);
  const received = { step: 'received' as const, body: reception.complete() };
  const state = await inflate({ ...received, encoding: encoding === 'gzip' ? 'gzip' : undefined }, limit, reservation);
  if (state.step === 'refused') throw errorOf(state.refusal);
  if (state.encoded) state.encoded.body.release();
  reservation.resize(state.plain.bytes.length);
  return { body: state.plain, protocol: protocolOf(reply.header('content-type') ?? '', options.fallback) };
}

function errorOf(refusal: RequestRefusal): Error {
  switch (refusal.kind) {
    case 'no_memory':
      return new MemoryExhausted();
    case 'too_large':
      return new Error('body size limit exceeded');
    case 'broken_encoding':
      return new Error(refusal.message);
    default:
      return new Error(refusal.kind);
  }
}

/** A scrape was given up because the memory for receiving is exhausted. */
export class MemoryExhausted extends Error {
  constructor() {
    super('the memory for receiving is exhausted');
    this.name = 'MemoryExhausted';
  }
}

/** The format that a `Content-Type` names. */
export function protocolOf(type: string, fallback: ScrapeProtocol): ScrapeProtocol {
  const [media = '', ...parameters] = type.toLowerCase().split(';');
  const given = new Map(
    parameters.map((one): [string, string] => {
      const at = one.indexOf('=');
      return [
        one.slice(0, Math.max(0, at)).trim(),
        one
          .slice(at + 1)
          .trim()
          .replaceAll('"', ''),
      ];
    }),
  );
  switch (media.trim()) {
    case 'application/openmetrics-text':
      return given.get('version') === '0.0.1' ? 'OpenMetricsText0.0.1' : 'OpenMetricsText1.0.0';
    case 'application/vnd.google.protobuf':
      return given.get('encoding') === 'delimited' && given.get('proto') === 'io.prometheus.client.metricfamily'
        ? 'PrometheusProto'
        : fallback;
    case 'text/plain':
      return given.get('version') === '1.0.0' ? 'PrometheusText1.0.0' : 'PrometheusText0.0.4';
    default:
      return fallback;
  }
}

/** The headers of every scrape of a job. */
export function scrapeHeaders(accept: string, compressed: boolean, timeoutMs: number): Record<string, string> {
  return {
    accept,
    'accept-encoding': compressed ? 'gzip' : 'identity',
    'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1000),
  };
}
