import type { AttributeValue } from '../../otlp/build/any-value.js';
import { Double } from '../../otlp/build/any-value.js';
import { LogBuilder } from '../../otlp/build/logs.js';
import type { Batch } from '../../otlp/batch.js';
import { apiText, type ApiJson } from '../../kubernetes/json.js';

const scopeName = 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/k8sobjectsreceiver';

export interface RecordWords {
  /** `pods`. */
  readonly resource: string;
  /** Of this program: the version of the scope. */
  readonly version: string;
  readonly observedMs: number;
}

/** The objects of a list as log records: each is a body. */
export function pulledRecords(objects: readonly ApiJson[], words: RecordWords): Batch {
  const logs = new LogBuilder();
  for (const [namespace, some] of byNamespace(objects)) {
    openScope(logs, namespace, words);
    for (const object of some) openRecord(logs, words).body(bodyOf(object));
  }
  return logs.finish();
}

/** Objects with what happened to them, as a watch reports it: `type` and `object` in the body. */
export function watchedRecords(type: string, objects: readonly ApiJson[], words: RecordWords): Batch {
  const logs = new LogBuilder();
  for (const [namespace, some] of byNamespace(objects)) {
    openScope(logs, namespace, words);
    for (const object of some) {
      const record = openRecord(logs, words);
      const name = apiText(object, 'metadata', 'name') ?? '';
      if (name !== '') record.attribute('event.domain', 'k8s').attribute('event.name', name);
      record.body(
        new Map<string, AttributeValue>([
          ['type', type],
          ['object', bodyOf(object)],
        ]),
      );
    }
  }
  return logs.finish();
}

/** In the order in which namespaces come first. */
function byNamespace(objects: readonly ApiJson[]): ReadonlyMap<string, ApiJson[]> {
  const groups = new Map<string, ApiJson[]>();
  for (const object of objects) {
    const namespace = apiText(object, 'metadata', 'namespace') ?? '';
    const group = groups.get(namespace);
    if (group) group.push(object);
    else groups.set(namespace, [object]);
  }
  return groups;
}

function openScope(logs: LogBuilder, namespace: string, { version }: RecordWords): void {
  logs.resource();
  if (namespace !== '') logs.attribute('k8s.namespace.name', namespace);
  logs.scope(scopeName, version);
}

function openRecord(logs: LogBuilder, { resource, observedMs }: RecordWords): LogBuilder {
  return logs.timelessRecord().observed(observedMs).attribute('k8s.resource.name', resource);
}

type Open = { readonly from: ApiJson; readonly to: AttributeValue[] | Map<string, AttributeValue> };

/** JSON as the value of a body, without recursion: it may nest as deep as the server likes. */
function bodyOf(json: ApiJson): AttributeValue {
  const open: Open[] = [];
  const made = (from: ApiJson): AttributeValue => {
    if (typeof from !== 'object' || from === null) return plain(from);
    const to = Array.isArray(from) ? [] : new Map<string, AttributeValue>();
    open.push({ from, to });
    return to;
  };
  const body = made(json);
  for (let next = open.pop(); next; next = open.pop()) {
    const { from, to } = next;
    if (to instanceof Map) for (const [key, value] of Object.entries(from as object)) to.set(key, made(value));
    else for (const value of from as readonly ApiJson[]) to.push(made(value));
  }
  return body;
}

/** A whole number is an int, as the API means it. */
function plain(value: ApiJson): AttributeValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : new Double(value);
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
