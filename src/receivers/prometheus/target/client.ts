import { Cancellation, unlessCancelled, type CancelSignal } from '../../../component/cancellation.js';
import type { ComponentContext } from '../../../component/define.js';
import { group } from '../../../component/schema/schema.js';
import { ReloadedFile } from '../../../net/credentials/reloaded-file.js';
import { TokenSource } from '../../../net/credentials/token-source.js';
import { HttpClient } from '../../../net/http/client.js';
import { PullClient, type PullQuestion, type PullReply } from '../../../net/http/pull.js';
import { httpClientShape, type HttpClientConfig } from '../../../net/options/http-client.js';
import { clientTls } from '../../../net/tls/client.js';
import { userAgent } from '../../../net/user-agent.js';
import { hasAuthorization, hasBasicAuth, hasOauth2, promTlsOptions, type PromHttp } from '../options/http.js';

/** For one request for a token, milliseconds. */
const tokenTimeoutMs = 30_000;

type Context = Pick<ComponentContext, 'clock' | 'logger' | 'buildInfo'>;
/** The value of a header now. */
type Value = () => string | Promise<string>;

/** Fetches with the credentials, the TLS and the proxy of one section of the configuration. */
export class CredentialedClient {
  readonly #client: PullClient;
  readonly #tokens: HttpClient | undefined;
  readonly #open: Readonly<Record<string, string>>;
  readonly #secret: readonly (readonly [name: string, value: Value])[];

  private constructor(
    client: PullClient,
    tokens: HttpClient | undefined,
    open: Readonly<Record<string, string>>,
    secrets: readonly (readonly [name: string, value: Value])[],
  ) {
    this.#client = client;
    this.#tokens = tokens;
    this.#open = open;
    this.#secret = secrets;
  }

  /** Throws when a certificate or a file with a secret cannot be read. */
  static async open(config: PromHttp, context: Context): Promise<CredentialedClient> {
    const { clock, logger } = context;
    const client = await PullClient.open({
      tls: clientTls(promTlsOptions(config.tls_config), clock, logger, true),
      proxyUrl: config.proxy_url,
      proxyFromEnvironment: config.proxy_from_environment,
      http2: config.enable_http2,
      followRedirects: config.follow_redirects,
    });
    const secrets: [string, Value][] = [];
    for (const [name, { values, secrets: hidden, files }] of Object.entries(config.http_headers)) {
      const read = files.map((file) => textOf('', file, context));
      secrets.push([name, () => [...values, ...hidden, ...read.map((value) => value())].join(', ')]);
    }
    const tokens = hasOauth2(config.oauth2) ? await tokenClient(config, context) : undefined;
    const authorization = tokens ? tokenValue(config, tokens, context) : authorizationOf(config, context);
    if (authorization) secrets.push(['authorization', authorization]);
    return new CredentialedClient(client, tokens, { 'user-agent': userAgent(context.buildInfo) }, secrets);
  }

  /** A token that `signal` cannot wait for is asked for all the same: other requests may want it. */
  get(url: string, headers: Readonly<Record<string, string>>, signal: CancelSignal): Promise<PullReply> {
    return this.ask(url, { method: 'GET' }, headers, signal);
  }

  /** The same with another method. */
  async ask(
    url: string,
    question: PullQuestion,
    headers: Readonly<Record<string, string>>,
    signal: CancelSignal,
  ): Promise<PullReply> {
    const secret: Record<string, string> = {};
    for (const [name, value] of this.#secret) {
      const given = value();
      secret[name] = typeof given === 'string' ? given : await unlessCancelled(given, signal);
    }
    return this.#client.ask(url, question, { open: { ...this.#open, ...headers }, secret }, signal);
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.#tokens?.close(AbortSignal.abort());
  }
}

/** A text that is inline or in a file. */
function textOf(inline: string, path: string, { clock, logger }: Context): () => string {
  if (path === '') return () => inline;
  const file = new ReloadedFile(path, (content) => content.trim(), clock, logger);
  return () => file.value;
}

function authorizationOf(config: PromHttp, context: Context): Value | undefined {
  const { basic_auth: basic, authorization, bearer_token, bearer_token_file } = config;
  if (hasBasicAuth(basic)) {
    const user = textOf(basic.username, basic.username_file, context);
    const password = textOf(basic.password, basic.password_file, context);
    return () => `Basic ${Buffer.from(`${user()}:${password()}`).toString('base64')}`;
  }
  if (hasAuthorization(authorization)) {
    const credentials = textOf(authorization.credentials, authorization.credentials_file, context);
    const type = authorization.type.trim() || 'Bearer';
    return () => `${type} ${credentials()}`;
  }
  if (bearer_token === '' && bearer_token_file === '') return undefined;
  const token = textOf(bearer_token, bearer_token_file, context);
  return () => `Bearer ${token()}`;
}

function tokenClient({ oauth2 }: PromHttp, { clock, logger }: Context): Promise<HttpClient> {
  const settings = group<HttpClientConfig>(httpClientShape()).parse({
    endpoint: oauth2.token_url,
    proxy_url: oauth2.proxy_url,
  });
  return HttpClient.open(settings, clientTls(promTlsOptions(oauth2.tls_config), clock, logger, true));
}

function tokenValue({ oauth2 }: PromHttp, client: HttpClient, context: Context): Value {
  const secret = textOf(oauth2.client_secret, oauth2.client_secret_file, context);
  const { clock } = context;
  const source = new TokenSource({
    url: oauth2.token_url,
    params: [
      ...(oauth2.scopes.length > 0 ? [['scope', oauth2.scopes.join(' ')] as const] : []),
      ...Object.entries(oauth2.endpoint_params),
    ],
    bufferMs: 10_000,
    clock,
    credentials: () => ({ id: oauth2.client_id, secret: secret() }),
    async post({ headers, body }) {
      const signal = Cancellation.timeout(clock, tokenTimeoutMs);
      const reply = await client.post(oauth2.token_url, headers, Buffer.from(body), signal);
      return { status: reply.status, type: reply.header('content-type'), body: Buffer.from(reply.body).toString() };
    },
  });
  return () => source.header();
}
