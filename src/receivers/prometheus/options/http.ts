import {
  flag,
  group,
  list,
  map,
  scalar,
  secret,
  text,
  type Report,
  type Schema,
} from '../../../component/schema/schema.js';
import { inUse } from '../../../component/schema/in-use.js';
import { credentialsFile } from '../../../net/credentials/file-fault.js';
import { tlsClient, type TlsClientConfig } from '../../../net/options/tls-client.js';
import { tlsFaults } from '../../../net/tls/tls-faults.js';
import { headerNameFault, headerValueFault } from '../../../component/schema/header-field.js';
import { shownNoUrl } from '../../../component/shown-url.js';
import { below, refuseOption } from './common.js';

export interface BasicAuth {
  readonly username: string;
  readonly username_file: string;
  readonly username_ref: string;
  readonly password: string;
  readonly password_file: string;
  readonly password_ref: string;
}

export interface Authorization {
  readonly type: string;
  readonly credentials: string;
  readonly credentials_file: string;
  readonly credentials_ref: string;
}

export interface PromTls {
  readonly ca: string;
  readonly ca_file: string;
  readonly ca_ref: string;
  readonly cert: string;
  readonly cert_file: string;
  readonly cert_ref: string;
  readonly key: string;
  readonly key_file: string;
  readonly key_ref: string;
  readonly server_name: string;
  readonly insecure_skip_verify: boolean;
  readonly min_version: string;
  readonly max_version: string;
}

export interface Oauth2 {
  readonly client_id: string;
  readonly client_secret: string;
  readonly client_secret_file: string;
  readonly client_secret_ref: string;
  readonly scopes: readonly string[];
  readonly token_url: string;
  readonly endpoint_params: Readonly<Record<string, string>>;
  readonly tls_config: PromTls;
  readonly proxy_url: string;
  readonly no_proxy: string;
  readonly proxy_from_environment: boolean;
  readonly proxy_connect_header: Readonly<Record<string, readonly string[]>>;
}

export interface HeaderSource {
  readonly values: readonly string[];
  readonly secrets: readonly string[];
  readonly files: readonly string[];
}

/** The options of an HTTP client as Prometheus has them, beside those of what uses it. */
export interface PromHttp {
  readonly basic_auth: BasicAuth;
  readonly authorization: Authorization;
  readonly bearer_token: string;
  readonly bearer_token_file: string;
  readonly oauth2: Oauth2;
  readonly tls_config: PromTls;
  readonly follow_redirects: boolean;
  readonly enable_http2: boolean;
  readonly proxy_url: string;
  readonly no_proxy: string;
  readonly proxy_from_environment: boolean;
  readonly proxy_connect_header: Readonly<Record<string, readonly string[]>>;
  readonly http_headers: Readonly<Record<string, HeaderSource>>;
}

const fromManager = 'Not supported: there is no secret manager.';

const tlsConfig = (): Schema<PromTls> =>
  inUse(
    group<PromTls>(
      {
        ca: text('', { about: 'Certificates of authorities to trust, inline.' }),
        ca_file: text('', { about: 'File with them; the system’s when empty.' }),
        ca_ref: text('', { about: fromManager }),
        cert: text('', { about: 'The own certificate, inline.' }),
        cert_file: text('', { about: 'File with it.' }),
        cert_ref: text('', { about: fromManager }),
        key: secret('', { about: 'The key of the own certificate, inline.' }),
        key_file: text('', { about: 'File with it.' }),
        key_ref: text('', { about: fromManager }),
        server_name: text('', { about: 'Name to ask for and to verify instead of the address.' }),
        insecure_skip_verify: flag(false, { about: 'Accept any certificate: only for trials.' }),
        min_version: text('', { about: 'Lowest version: TLS10, TLS11, TLS12 (when empty) or TLS13.' }),
        max_version: text('', { about: 'Highest version; TLS13 when empty.' }),
      },
      checkTls,
    ),
    (value, { report }) =>
      tlsFaults(promTlsOptions(value), (message, path = [], at, hint) =>
        report(
          message,
          path.map((step) => ownNames[step] ?? step),
          at,
          hint,
        ),
      ),
  );

/** Certificates are read anew this often, milliseconds. */
const reloadMs = 30_000;

/** The options of TLS as all clients have them. */
export function promTlsOptions(config: PromTls): TlsClientConfig {
  return tlsClient().parse({
    ca_pem: config.ca,
    ca_file: config.ca_file,
    cert_pem: config.cert,
    cert_file: config.cert_file,
    key_pem: config.key,
    key_file: config.key_file,
    server_name_override: config.server_name,
    insecure_skip_verify: config.insecure_skip_verify,
    min_version: tlsVersion(config.min_version),
    max_version: tlsVersion(config.max_version),
    reload_interval: reloadMs * 1e6,
  });
}

/** The names of those here. */
const ownNames: Readonly<Record<string, string>> = { ca_pem: 'ca', cert_pem: 'cert', key_pem: 'key' };

const versions: Readonly<Record<string, string>> = { TLS10: '1.0', TLS11: '1.1', TLS12: '1.2', TLS13: '1.3' };

/** `TLS12` as the options of our TLS name it. */
function tlsVersion(name: string): string {
  return versions[name] ?? '';
}

function checkTls(config: PromTls, report: Report): void {
  for (const [inline, file, ref] of [
    ['ca', 'ca_file', 'ca_ref'],
    ['cert', 'cert_file', 'cert_ref'],
    ['key', 'key_file', 'key_ref'],
  ] as const) {
    refuseRef(config[ref], ref, report);
    if (config[inline] !== '' && config[file] !== '')
      report(`at most one of ${inline}, ${file} & ${ref} must be configured`, [file]);
  }
  const cert = config.cert !== '' || config.cert_file !== '';
  const key = config.key !== '' || config.key_file !== '';
  if (cert && !key) report('exactly one of key or key_file must be configured when a client certificate is configured');
  if (key && !cert) report('exactly one of cert or cert_file must be configured when a client key is configured');
  for (const name of ['min_version', 'max_version'] as const)
    if (config[name] !== '' && !(config[name] in versions))
      report(`unknown TLS version: ${config[name]}`, [name], undefined, 'Use TLS10, TLS11, TLS12 or TLS13.');
}

/** The options of an HTTP client; each call makes schemas of its own, so that each place is listed. */
export function promHttpShape(): { readonly [K in keyof PromHttp]-?: Schema<PromHttp[K]> } {
  const connectHeaders = (): Schema<Readonly<Record<string, readonly string[]>>> =>
    map(list(secret()), { about: 'Not supported: headers of CONNECT requests.' });
  return {
    basic_auth: group<BasicAuth>({
      username: scalar('', { about: 'User of basic authentication.' }),
      username_file: credentialsFile('File with the user, read anew when it changes.'),
      username_ref: text('', { about: fromManager }),
      password: secret('', { about: 'Its password.' }),
      password_file: credentialsFile('File with the password, read anew when it changes.'),
      password_ref: text('', { about: fromManager }),
    }),
    authorization: group<Authorization>({
      type: text('', { about: 'Scheme of `Authorization`; `Bearer` when empty.' }),
      credentials: secret('', { about: 'Text after the scheme.' }),
      credentials_file: credentialsFile('File with it, read anew when it changes.'),
      credentials_ref: text('', { about: fromManager }),
    }),
    bearer_token: secret('', { about: 'Older form of `authorization::credentials`.' }),
    bearer_token_file: credentialsFile('Older form of `authorization::credentials_file`.'),
    oauth2: group<Oauth2>({
      client_id: text('', { about: 'Name of this program at the token endpoint.' }),
      client_secret: secret('', { about: 'The secret that proves it.' }),
      client_secret_file: credentialsFile('File with it, read anew when it changes.'),
      client_secret_ref: text('', { about: fromManager }),
      scopes: list(text(), [], { about: 'Permissions to ask for.' }),
      token_url: text('', { about: 'Where tokens are to be had.' }),
      endpoint_params: map(scalar(), { about: 'Further parameters of the request for a token.' }),
      tls_config: tlsConfig(),
      proxy_url: text('', { about: 'Proxy for the token endpoint.' }),
      no_proxy: text('', { about: 'Not supported.' }),
      proxy_from_environment: flag(false, { about: 'Take the proxy from HTTP_PROXY, HTTPS_PROXY and NO_PROXY.' }),
      proxy_connect_header: connectHeaders(),
    }),
    tls_config: tlsConfig(),
    follow_redirects: flag(true, { about: 'Follow redirects; another origin gets no credentials.' }),
    enable_http2: flag(true, { about: 'Offer HTTP/2 over TLS.' }),
    proxy_url: text('', { about: 'Proxy.' }),
    no_proxy: text('', { about: 'Not supported: use `proxy_from_environment` with NO_PROXY.' }),
    proxy_from_environment: flag(false, { about: 'Take the proxy from HTTP_PROXY, HTTPS_PROXY and NO_PROXY.' }),
    proxy_connect_header: connectHeaders(),
    http_headers: map(
      group<HeaderSource>({
        values: list(scalar()),
        secrets: list(secret()),
        files: list(credentialsFile('File with a value.')),
      }),
      {
        about: 'Further headers: for each name `values`, `secrets` and `files` to read values from.',
      },
    ),
  };
}

/** Headers that the scrape itself sets. */
const reserved: ReadonlySet<string> = new Set([
  'authorization',
  'host',
  'content-encoding',
  'content-length',
  'content-type',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-prometheus-scrape-timeout-seconds',
]);

export const hasBasicAuth = (auth: BasicAuth): boolean => Object.values(auth).some((value) => value !== '');
export const hasAuthorization = (auth: Authorization): boolean => Object.values(auth).some((value) => value !== '');
export const hasOauth2 = (auth: Oauth2): boolean => auth.client_id !== '' || auth.token_url !== '';

/** The checks of an HTTP client. */
export function checkPromHttp(config: PromHttp, report: Report): void {
  checkAuth(config, report);
  checkProxy(config, report);
  for (const [name, source] of Object.entries(config.http_headers)) {
    const fault = headerNameFault(name);
    if (fault) report(fault.message, ['http_headers', name], undefined, fault.hint);
    if (reserved.has(name.toLowerCase()))
      report(`setting header ${JSON.stringify(name)} is not allowed`, ['http_headers', name]);
    for (const list of ['values', 'secrets'] as const)
      for (const [i, value] of source[list].entries()) {
        const wrong = headerValueFault(value, name);
        if (wrong) report(wrong.message, ['http_headers', name, list, i], undefined, wrong.hint);
      }
  }
}

function checkAuth(config: PromHttp, report: Report): void {
  const { basic_auth: basic, authorization, oauth2, bearer_token, bearer_token_file } = config;
  refuseRef(basic.username_ref, 'username_ref', below(report, ['basic_auth']));
  refuseRef(basic.password_ref, 'password_ref', below(report, ['basic_auth']));
  refuseRef(authorization.credentials_ref, 'credentials_ref', below(report, ['authorization']));
  refuseRef(oauth2.client_secret_ref, 'client_secret_ref', below(report, ['oauth2']));
  if (bearer_token !== '' && bearer_token_file !== '')
    report('at most one of bearer_token & bearer_token_file must be configured', ['bearer_token_file']);
  if (basic.username !== '' && basic.username_file !== '')
    report('at most one of basic_auth username & username_file must be configured', ['basic_auth', 'username_file']);
  if (basic.password !== '' && basic.password_file !== '')
    report('at most one of basic_auth password & password_file must be configured', ['basic_auth', 'password_file']);
  if (authorization.credentials !== '' && authorization.credentials_file !== '')
    report('at most one of authorization credentials & credentials_file must be configured', [
      'authorization',
      'credentials_file',
    ]);
  if (authorization.type.trim().toLowerCase() === 'basic')
    report('authorization type cannot be set to "basic", use "basic_auth" instead', ['authorization', 'type']);
  const ways = [
    hasBasicAuth(basic) && 'basic_auth',
    hasAuthorization(authorization) && 'authorization',
    (bearer_token !== '' || bearer_token_file !== '') && 'bearer_token',
    hasOauth2(oauth2) && 'oauth2',
  ].filter((way) => way !== false);
  if (ways.length > 1)
    report(
      `at most one of basic_auth, authorization, oauth2 and bearer_token must be configured, not ${ways.join(' and ')}`,
      [ways[1] ?? ''],
    );
  if (!hasOauth2(oauth2)) return;
  if (oauth2.client_id === '') report('oauth2 client_id must be configured', ['oauth2']);
  if (oauth2.token_url === '') report('oauth2 token_url must be configured', ['oauth2']);
  else if (!URL.canParse(oauth2.token_url))
    report(`${JSON.stringify(shownNoUrl(oauth2.token_url))} is not a URL`, ['oauth2', 'token_url']);
  if (oauth2.client_secret !== '' && oauth2.client_secret_file !== '')
    report('at most one of oauth2 client_secret & client_secret_file must be configured', [
      'oauth2',
      'client_secret_file',
    ]);
}

interface ProxyOptions {
  readonly proxy_url: string;
  readonly no_proxy: string;
  readonly proxy_from_environment: boolean;
  readonly proxy_connect_header: Readonly<Record<string, readonly string[]>>;
}

function checkProxy(config: PromHttp, report: Report): void {
  const check = (options: ProxyOptions, say: Report): void => {
    if (options.proxy_url !== '' && options.proxy_from_environment)
      say('if proxy_from_environment is configured, proxy_url must not be configured', ['proxy_url']);
    if (options.proxy_url !== '' && !URL.canParse(options.proxy_url))
      say(`${JSON.stringify(shownNoUrl(options.proxy_url))} is not a URL`, ['proxy_url']);
    if (options.no_proxy !== '')
      refuseOption(
        say,
        ['no_proxy'],
        'exceptions come from the environment',
        'Set proxy_from_environment and NO_PROXY.',
      );
    if (Object.keys(options.proxy_connect_header).length > 0)
      refuseOption(say, ['proxy_connect_header'], 'CONNECT requests have no further headers', 'Remove it.');
  };
  check(config, report);
  check(config.oauth2, below(report, ['oauth2']));
}

function refuseRef(value: string, name: string, report: Report): void {
  if (value !== '')
    refuseOption(report, [name], 'there is no secret manager', `Use ${name.replace(/_ref$/, '_file')} instead.`);
}
