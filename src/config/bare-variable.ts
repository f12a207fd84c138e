/** Keys whose values are addresses, in which a dollar sign has no meaning. */
const addressKey = /(?:^|::)(?:\w+_)?(?:endpoint|host|hostname|hostnames|url|targets)(?:\[\d+\])?$/;
const variableFirst = /^(?:[a-z][a-z0-9+.-]*:\/\/)?\$([A-Za-z_]\w*)(?=[:/.]|$)/;

/**
 * The variable that an address like `$HOST:4317` was meant to begin with: only `${env:HOST}` stands for the value of a
 * variable. `path` is that of the value.
 */
export function bareVariable(path: string, text: string): string | undefined {
  return text.includes('$') && addressKey.test(path) ? variableFirst.exec(text)?.[1] : undefined;
}
