const quoted = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'`;
const inFlow = String.raw`\$\{[^}]*\}|${quoted}|\[[^\]]*\]|[^\s{[,}][^,}]*`;
const inBlock = String.raw`${quoted}|[^\s{].*`;
/** Keys whose values are secret, wherever they stand. */
const telling = String.raw`[\w.-]*(?:pass(?:word|wd)?|secret|token|key|credential|cookie|authorization|inline)[\w.-]*`;
/** Names of files and the like are no secrets, though their keys speak of them. */
const harmless = /(?:_file|_url|filename|routing_key|key_id|consistent_keys|metadata_keys)["']?\s*:\s+$/i;
const userInfo = /(:\/\/)[^/\s@"']+(@)/g;
/** Below these keys any value may be a secret. */
const secretParents = /(?:^|::)(?:headers|cookies|request_headers|endpoint_params)(?:$|::|\[)/;
const tellingList = new RegExp(String.raw`(?:^|::)${telling}\[\d+\]$`, 'i');

/**
 * A line of a configuration as it may be shown: each secret becomes asterisks of the same length, so that columns stay.
 */
export function withoutSecrets(line: string, path: string): string {
  const value = line.includes('{') && !/^[^{]*\$\{/.test(line) ? inFlow : inBlock;
  const key = secretParents.test(path) ? String.raw`[^\s:]+` : telling;
  const pair = new RegExp(String.raw`((?:^|[\s{,"'])["']?${key}["']?\s*:\s+)(${value})`, 'gi');
  const masked = line
    .replace(pair, (all, name: string, secret: string) => (harmless.test(name) ? all : name + stars(secret)))
    .replace(
      userInfo,
      (all, before: string, after: string) => before + '*'.repeat(all.length - before.length - after.length) + after,
    );
  return tellingList.test(path)
    ? masked.replace(/^(\s*-\s+)(.+)$/, (_all, dash: string, secret: string) => dash + stars(secret))
    : masked;
}

/** Whether a name, such as that of a variable, is one of a secret. */
export function soundsSecret(name: string): boolean {
  return new RegExp(telling, 'i').test(name);
}

function stars(value: string): string {
  const shown = value.trimEnd();
  // The name of a variable is no secret.
  return /^["']?\$\{[^:}]*(?::[^:}-]*)?\}["']?$/.test(shown)
    ? value
    : '*'.repeat(shown.length) + value.slice(shown.length);
}
