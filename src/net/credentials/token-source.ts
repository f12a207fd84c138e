import type { Clock } from '../../component/clock.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { isFieldValue } from '../../component/schema/header-field.js';
import { shownUrl } from '../../component/shown-url.js';

export interface TokenRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface TokenReply {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
}

export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

export interface TokenSourceOptions {
  readonly url: string;
  readonly params: readonly (readonly [name: string, value: string])[];
  /** How long before its end a token is replaced, milliseconds. */
  readonly bufferMs: number;
  readonly clock: Clock;
  /** Rejects when no response came. */
  post(request: TokenRequest): Promise<TokenReply>;
  credentials(): Credentials;
}

interface Token {
  /** `Bearer abc`. */
  readonly header: string;
  /** `Clock.now()` from which on another one is wanted; undefined: never. */
  readonly replaceAt: number | undefined;
  /** `Clock.now()` at its end. */
  readonly endsAt: number | undefined;
}

/** Pause after a failed request while the present token is still valid, milliseconds. */
const pauseMs = 10_000;

/**
 * Tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4): one at a time, kept until shortly before its end,
 * asked for once however many requests wait. Where the endpoint does not take the credentials as a header, they go into
 * the body.
 */
export class TokenSource {
  readonly #options: TokenSourceOptions;
  #token: Token | undefined;
  #asking: Promise<Token> | undefined;
  #notBefore: number = Number.NEGATIVE_INFINITY;
  #inBody: boolean | undefined;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
  }

  /** The value of `Authorization`. Rejects with a retryable `DeliveryError` when there is no token to be had. */
  async header(): Promise<string> {
    const now = this.#options.clock.now();
    const token = this.#token;
    const usable = token && (token.endsAt === undefined || now < token.endsAt);
    if (token && (token.replaceAt === undefined || now < token.replaceAt)) return token.header;
    if (usable && now < this.#notBefore) return token.header;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    try {
      return (await this.#asking).header;
    } catch (error) {
      this.#notBefore = this.#options.clock.now() + pauseMs;
      // The token before is still valid.
      if (usable) return token.header;
      throw error;
    }
  }

  async #ask(): Promise<Token> {
    const { clock, bufferMs } = this.#options;
    const reply = await this.#request();
    const fields = this.#read(reply);
    const token = fields['access_token'];
    if (typeof token !== 'string' || token === '') throw this.#failure('server response missing access_token');
    const type =
      typeof fields['token_type'] === 'string' && fields['token_type'] !== '' ? fields['token_type'] : 'Bearer';
    if (!isFieldValue(`${type} ${token}`)) throw this.#failure('the token has characters that no header may have');
    const lifeMs = Number(fields['expires_in'] ?? 0) * 1000;
    const now = clock.now();
    // A token that lives shorter than the buffer would be asked for with every request.
    this.#token = {
      header: `${/^bearer$/i.test(type) ? 'Bearer' : type} ${token}`,
      replaceAt: lifeMs > 0 ? now + lifeMs - Math.min(bufferMs, lifeMs / 2) : undefined,
      endsAt: lifeMs > 0 ? now + lifeMs : undefined,
    };
    return this.#token;
  }

  async #request(): Promise<TokenReply> {
    const ways = this.#inBody === undefined ? [false, true] : [this.#inBody];
    let reply: TokenReply | undefined;
    for (const inBody of ways) {
      reply = await this.#post(inBody);
      if (reply.status >= 200 && reply.status <= 299) {
        this.#inBody = inBody;
        return reply;
      }
      // Only a refusal can mean that the credentials are wanted elsewhere.
      if (reply.status < 400 || reply.status > 499) break;
    }
    throw this.#failure(refusalOf(reply as TokenReply));
  }

  async #post(inBody: boolean): Promise<TokenReply> {
    const { params } = this.#options;
    const { id, secret } = this.#options.credentials();
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    for (const [name, each] of params) form.append(name, each);
    const headers: Record<string, string> = {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    };
    if (inBody) {
      form.set('client_id', id);
      form.set('client_secret', secret);
    } else
      headers['authorization'] =
        `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
    try {
      return await this.#options.post({ headers, body: form.toString() });
    } catch (error) {
      throw this.#failure((error as Error).message);
    }
  }

  #read({ type, body }: TokenReply): Readonly<Record<string, unknown>> {
    if (/x-www-form-urlencoded|text\/plain/.test(type ?? '')) return Object.fromEntries(new URLSearchParams(body));
    try {
      const fields = JSON.parse(body) as unknown;
      if (typeof fields === 'object' && fields !== null) return fields as Record<string, unknown>;
    } catch {
      // Said below; the body may hold a token and is not shown.
    }
    throw this.#failure('cannot parse the response');
  }

  #failure(why: string): DeliveryError {
    const endpoint = JSON.stringify(shownUrl(this.#options.url));
    const message = `failed to get security token from token endpoint (endpoint ${endpoint}); ${why}`;
    return new DeliveryError(message, { class: 'retryable', reason: 'no_token' });
  }
}

/** The error fields of RFC 6749, section 5.2; the rest of the body is not shown. */
function refusalOf({ status, body }: TokenReply): string {
  let said = '';
  try {
    const { error, error_description: description } = JSON.parse(body) as {
      error?: unknown;
      error_description?: unknown;
    };
    said = [error, description].filter((part) => typeof part === 'string').join(': ');
  } catch {
    // Not JSON, so that there is nothing to show.
  }
  return `cannot fetch token: ${status}${said === '' ? '' : ` (${said})`}`;
}
