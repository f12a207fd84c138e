/** A value of JSON that comes from outside: every step into it is checked. */
export type ApiJson = unknown;

/** The value under `path`; undefined where there is none, or where something else than an object stands in the way. */
export function apiValue(value: ApiJson, ...path: readonly string[]): ApiJson {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[key];
  }
  return here;
}

/** The text under `path`; undefined for anything that is none. */
export function apiText(value: ApiJson, ...path: readonly string[]): string | undefined {
  const found = apiValue(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The list under `path`; empty for anything that is none. */
export function apiList(value: ApiJson, ...path: readonly string[]): readonly ApiJson[] {
  const found = apiValue(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The entries with text of the object under `path`. */
export function apiTexts(value: ApiJson, ...path: readonly string[]): (readonly [key: string, value: string])[] {
  const found = apiValue(value, ...path);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return [];
  return Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
}
