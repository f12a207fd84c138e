import { isIPv6 } from 'node:net';
import type { TargetGroup } from '../../target/target.js';
import type { ObjectMeta, MetaTexts } from './objects.js';

/** Labels under construction. */
export type MetaLabels = Record<string, string>;

/** The labels from an object for all of its targets, and the targets with their own labels. */
export interface FoundTargets {
  readonly labels: Readonly<MetaLabels>;
  readonly targets: readonly { readonly address: string; readonly labels: Readonly<MetaLabels> }[];
}

const prefix = '__meta_kubernetes_';

/** The name of a label of a discovery: `__meta_kubernetes_` and `name`. */
export function metaName(name: string): string {
  return prefix + name;
}

/** The name with `_` for each character that no label may have. */
export function sanitized(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
}

/** Sets each of `texts` that there is, under its name. */
export function setMeta(labels: MetaLabels, texts: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(texts)) if (value !== undefined) labels[metaName(name)] = value;
}

/** Name, labels and annotations of an object; `role` as in `__meta_kubernetes_ROLE_name`. */
export function addObject(labels: MetaLabels, role: string, meta: ObjectMeta): void {
  labels[metaName(`${role}_name`)] = meta.name;
  addTexts(labels, role, meta);
}

/** Labels and annotations of an object. */
export function addTexts(labels: MetaLabels, role: string, meta: ObjectMeta): void {
  add(labels, `${role}_label`, meta.labels);
  add(labels, `${role}_annotation`, meta.annotations);
}

function add(labels: MetaLabels, name: string, texts: MetaTexts): void {
  for (const [key, value] of texts) {
    const clean = sanitized(key);
    labels[metaName(`${name}_${clean}`)] = value;
    labels[metaName(`${name}present_${clean}`)] = 'true';
  }
}

/** `host:port`, the host in brackets where it is an IPv6 address. */
export function addressWithPort(host: string, port: string): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A group for each target. A label without a value is none, and hides that of the object. */
export function groupsOfTargets({ labels, targets }: FoundTargets): readonly TargetGroup[] {
  return targets.map(({ address, labels: own }) => ({
    targets: [address],
    labels: Object.fromEntries(Object.entries({ ...labels, ...own }).filter(([, value]) => value !== '')),
  }));
}
