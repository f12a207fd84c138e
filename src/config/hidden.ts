import leven from 'leven';
import { shownUrl } from '../component/shown-url.js';
import { sections } from './components.js';

const quoted = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'`;
const inFlow = String.raw`\$\{[^}]*\}|${quoted}|\[[^\]]*\]|[^\s{[,}][^,}]*`;
const inBlock = String.raw`${quoted}|[^\s{].*`;
/** Keys whose values are secret, wherever they stand. */
const telling = String.raw`[\w.-]*(?:pass(?:word|wd)?|secret|token|key|credential|cookie|authorization|inline)[\w.-]*`;
const tellingName = new RegExp(`^${telling}$`, 'i');
/** Names of files, of attributes (`key`) and the like are no secrets, though their keys speak of them. */
const harmless = new RegExp(
  String.raw`(?:(?<![\w.-])(?:keys?|pass_?through|valkey)|_file|_url|filename|key_(?:id|regex|attributes)|` +
    String.raw`(?:routing|partition|sort)_key|_key_patterns?|(?:allow(?:ed|_all)|ignored|consistent|metadata)_keys)` +
    String.raw`["']?(?:\s*:\s+)?$`,
  'i',
);
/** Below these keys any value may be a secret. */
const secretParents = /(?:^|::)(?:headers|cookies|re(?:quest|sponse)_headers|endpoint_params)(?:$|::|\[)/;
const secretParent = /^(?:headers|cookies|re(?:quest|sponse)_headers|endpoint_params)$/;
/** In the items of a list of headers, these keys name a header, an action or a source; all others may be secret. */
const harmlessOfItem = '(?:key|name|action|from_context|from_attribute)';
/** The path of an item of such a list, or of what stands in it. */
const headerItem = /(?:^|::)(?:re(?:quest|sponse)_)?headers\[\d+\](?=$|::)/;
const harmlessInItem = new RegExp(String.raw`${headerItem.source}::${harmlessOfItem}$`);
/** Headers in a line that is shown for something beside them. */
const headersBeside = new RegExp(
  String.raw`((?:^|[\s{,])["']?(?:re(?:quest|sponse)_)?headers["']?\s*:\s+)` +
    String.raw`(\{(?:\$\{[^}]*\}|[^{}])*\}|\[(?:\$\{[^}]*\}|[^\]])*\])`,
  'g',
);
const tellingList = new RegExp(String.raw`(?:^|::)${telling}\[\d+\]$`, 'i');

/**
 * A line of a configuration as it may be shown: each secret becomes asterisks of the same length, so that columns stay.
 * `alsoSecret`: a key that may be a slip for one with a secret.
 */
export function withoutSecrets(line: string, path: string, alsoSecret?: string): string {
  const isFlow = line.includes('{') && !/^[^{]*\$\{/.test(line);
  const below = secretParents.test(path);
  const item = headerItem.test(path);
  // A list of items is shown, and each item has its own keys.
  const value = isFlow ? (item ? inFlow.replace(String.raw`\[[^\]]*\]`, String.raw`\[[^\]{]*\]`) : inFlow) : inBlock;
  const any = String.raw`[^\s:{}[\],]+`;
  const keys = item
    ? [`(?!${harmlessOfItem}["']?\\s*:)${any}`]
    : below
      ? [String.raw`[^\s:]+`]
      : [telling, ...slips(line)];
  if (alsoSecret !== undefined) keys.push(alsoSecret.replace(/[^\w]/g, '\\$&'));
  const pair = new RegExp(String.raw`((?:^|[\s{,"':])["']?(?:${keys.join('|')})["']?\s*:\s+)(${value})`, 'gi');
  const masked = withoutUrlSecrets(
    line
      .replace(pair, (all, name: string, secret: string) =>
        !below && harmless.test(name) ? all : name + stars(secret),
      )
      .replace(below ? /^$/ : headersBeside, (_all, key: string, content: string) => key + '*'.repeat(content.length))
      .replace(/\$\{[^{}]*\}/g, starredUri),
  );
  const isListed = tellingList.test(path) && !harmless.test(path.replace(/\[\d+\]$/, ''));
  return isListed ? allStars(masked) : masked;
}

const secretKeys = ['password', 'passwd', 'secret', 'token', 'credential', 'authorization', 'cookie'].concat([
  'client_secret',
  'bearer_token',
  'access_token',
  'api_key',
  'credentials',
]);

/** The keys of a line that may be slips for those of secrets. */
function slips(line: string): string[] {
  const keys = [...line.matchAll(/(?<![\w-])([\w-]+)["']?\s*:\s/g)].map(([, key = '']) => key);
  return keys.filter((key) => secretKeys.some((known) => leven(key.toLowerCase(), known) <= (key.length < 8 ? 1 : 2)));
}

/** `${...}` of the same length, without the text that stands in it. */
function starredUri(uri: string): string {
  const [, before = '', text = ''] = /^(\$\{yaml:|\$\{(?:env:)?(?:[^:{}]*):-)(.*)\}$/.exec(uri) ?? [];
  const hidden = before === '${yaml:' || (before !== '' && soundsSecret(before));
  return hidden ? `${before}${'*'.repeat(text.length)}}` : uri;
}

/** The values of a line as asterisks, for one that stands below a key with a secret. */
export function allStars(line: string): string {
  const [, before = '', value = ''] = /^(\s*(?:- +)*(?:["']?[\w./-]+["']?\s*:\s+)?)(.*)$/.exec(line) ?? [];
  return before + stars(value);
}

/** Whether a name, such as that of a variable, is one of a secret. */
export function soundsSecret(name: string): boolean {
  return new RegExp(telling, 'i').test(name);
}

/** Whether a line stands in an item of a list of headers, under a key that is not secret. */
export function isHarmlessOfItem(line: string): boolean {
  return new RegExp(String.raw`^\s*(?:- +)?["']?${harmlessOfItem}["']?\s*:(?:\s|$)`).test(line);
}

/** Whether the items of the list under a key are headers. */
export function holdsHeaders(key: string): boolean {
  return /^(?:re(?:quest|sponse)_)?headers$/.test(key);
}

/** Whether a key is that of a secret, or one whose whole content may be secret. */
export function isTelling(key: string): boolean {
  return (tellingName.test(key) && !harmless.test(key)) || secretParent.test(key);
}

/** Whether the value at a path, such as `exporters::otlp_http::headers::x`, is a secret by the names of its keys. */
export function isSecretPath(path: string): boolean {
  if (harmlessInItem.test(path)) return false;
  const keys = path.split(/::|\[\d+\]/);
  // A component is not secret because of its name.
  return keys.slice((sections as readonly string[]).includes(keys[0] ?? '') ? 2 : 0).some(isTelling);
}

/** Whether `${...}` stands for a piece of configuration that has places of its own. */
export function isFileLike(uri: string): boolean {
  return uri.startsWith('${file:') || uri.startsWith('${http');
}

/**
 * A URI of a source, or a `${...}`, as messages may name it: without the text that stands in it, without the default of
 * a variable with the name of a secret, and without user and query values.
 */
export function shownUri(uri: string): string {
  const wrapped = /^\$\{(.*)\}$/s.exec(uri)?.[1];
  if (wrapped !== undefined) return `\${${shownUri(wrapped)}}`;
  const inline = /^yaml:([\w./-]+(?:::[\w./-]+)*:\s)?/.exec(uri);
  if (inline) return `${inline[0]}***`;
  const fallback = /^((?:env:)?([^:]*):-)(.+)$/s.exec(uri);
  if (fallback) return `${fallback[1]}${soundsSecret(fallback[2] ?? '') ? '***' : shownUri(fallback[3] ?? '')}`;
  return uri.includes('://') ? shownUrl(uri) : uri;
}

const urlLike = /(?<!\w)\w+:\/\/[^\s"']+/g;
/** `user:password@host` without a scheme. */
const bareUser = /(?<=^|[\s"'[{,(])(?!\w+:\/\/)[^\s"'@[{,(]+(?=@[\w[.-])/g;
/** `?key=value` without a scheme. */
const bareQuery = /(?<=[?&][\w.-]{1,64}=)[^\s"'&#,}*]+/g;
/** Values that stand where a URL is due. */
const noUrl = /(?<=(?:proxy|token)_url["']?:\s+)("[^"]*"|'[^']*'|[^\s,}]+)/g;
const queryValue = /(?<=[?&][^=&#\s]*=)[^&#]+|(?<=\?)[^=&#]+(?=$|&|#)/g;

function withoutUrlSecrets(line: string): string {
  return line
    .replace(urlLike, starredUrl)
    .replace(bareUser, (user) => '*'.repeat(user.length))
    .replace(bareQuery, (value) => (value.includes('${') ? value : '*'.repeat(value.length)))
    .replace(noUrl, (text) => {
      const value = text.replace(/^["']|["']$/g, '');
      const fine = value.includes('${') || value.includes('*') || value === '' || URL.canParse(value);
      return fine ? text : text.replace(/[^\s:/?#[\]@&=,"']{4,}/g, (word) => '*'.repeat(word.length));
    });
}

/** Of the same length, with asterisks for user, password and query values. */
function starredUrl(url: string): string {
  const start = url.indexOf('://') + 3;
  const at = url.lastIndexOf('@');
  const user = at > start ? '*'.repeat(at - start) : '';
  return (
    url.slice(0, start) +
    user +
    url
      .slice(start + user.length)
      .replace(queryValue, (value) => (value.includes('${') ? value : '*'.repeat(value.length)))
  );
}

/** Longer text is no URL, UTF-16 units. */
const maxUrl = 8192;

/** User, password and query values in a text that may be a URL. */
export function secretsOfUrl(text: string): string[] {
  if (text.length > maxUrl) return [];
  const start = text.indexOf('://') + (text.includes('://') ? 3 : 0);
  const at = text.lastIndexOf('@');
  const users = at > start && !/\s/.test(text) ? text.slice(start, at).split(':') : [];
  return [...users, ...users.map(decoded), ...(text.includes('://') ? (text.match(queryValue) ?? []) : [])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function stars(value: string): string {
  const shown = value.trimEnd();
  // The name of a variable is no secret.
  return /^["']?\$\{[^:}]*(?::[^:}-]*)?\}["']?$/.test(shown)
    ? value
    : '*'.repeat(shown.length) + value.slice(shown.length);
}
