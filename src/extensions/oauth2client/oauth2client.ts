import { Cancellation } from '../../component/cancellation.js';
import type { ComponentContext, Providing } from '../../component/define.js';
import { group } from '../../component/schema/schema.js';
import { ReloadedFile } from '../../net/credentials/reloaded-file.js';
import { HttpClient } from '../../net/http/client.js';
import { httpClientShape, type HttpClientConfig } from '../../net/options/http-client.js';
import { clientTls } from '../../net/tls/client.js';
import type { Config } from './config.js';
import { TokenSource } from '../../net/credentials/token-source.js';

/** Milliseconds, where `timeout` is 0: no request for a token may hold an export up for ever. */
const defaultTimeoutMs = 30_000;

/**
 * Signs requests with a token that a token endpoint gave for this program's own credentials
 * (docs/spec/core.md#auth-extensions).
 */
export function createOauth2client(config: Config, { clock, logger }: ComponentContext): Providing<'client_auth'> {
  let client: HttpClient | undefined;
  let source: TokenSource | undefined;
  const value = (inline: string, path: string): (() => string) => {
    if (path === '') return () => inline;
    const file = new ReloadedFile(path, (text) => text.trim(), clock, logger);
    return () => file.value;
  };
  return {
    async start() {
      const id = value(config.client_id, config.client_id_file);
      const secret = value(config.client_secret, config.client_secret_file);
      const settings = group<HttpClientConfig>(httpClientShape()).parse({ endpoint: config.token_url });
      const opened = await HttpClient.open(settings, clientTls(config.tls, clock, logger, true));
      client = opened;
      source = new TokenSource({
        url: config.token_url,
        params: [
          ...(config.scopes.length > 0 ? [['scope', config.scopes.join(' ')] as const] : []),
          ...Object.entries(config.endpoint_params).flatMap(([name, values]) =>
            values.map((each) => [name, each] as const),
          ),
        ],
        bufferMs: config.expiry_buffer,
        clock,
        credentials: () => ({ id: id(), secret: secret() }),
        async post({ headers, body }) {
          const signal = Cancellation.timeout(clock, config.timeout > 0 ? config.timeout : defaultTimeoutMs);
          const reply = await opened.post(config.token_url, headers, Buffer.from(body), signal);
          return { status: reply.status, type: reply.header('content-type'), body: Buffer.from(reply.body).toString() };
        },
      });
    },
    offers: {
      client_auth: {
        requiresTls: true,
        async requestHeaders(present) {
          if (!source) throw new Error('oauth2client not started');
          return { ...present, authorization: await source.header() };
        },
      },
    },
    async shutdown(deadline) {
      await client?.close(deadline);
    },
  };
}
