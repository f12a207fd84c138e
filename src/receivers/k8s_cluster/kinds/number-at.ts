import { apiValue, type ApiJson } from '../../../kubernetes/json.js';

/** The number under `path`; undefined for anything that is none. */
export function numberAt(object: ApiJson, ...path: readonly string[]): number | undefined {
  const found = apiValue(object, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** The same where a field that is not there means 0, as in a status. */
export function countAt(object: ApiJson, ...path: readonly string[]): number {
  return numberAt(object, ...path) ?? 0;
}
