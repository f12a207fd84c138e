import type { TagSource } from '../config.js';

const newerGate = 'processor.k8sattributes.EmitV1K8sConventions';
const withoutOlderGate = 'processor.k8sattributes.DontEmitV0K8sConventions';

/** Which names attributes get: those that the Collector had up to v0.160, those of the stable conventions, or both. */
export interface NameForms {
  readonly older: boolean;
  readonly newer: boolean;
}

/** What the feature gates ask for; undefined when that is neither. */
export function nameFormsOf(gates: ReadonlySet<string>): NameForms | undefined {
  const newer = gates.has(newerGate);
  const older = !gates.has(withoutOlderGate);
  return newer || older ? { older, newer } : undefined;
}

export const contradiction: string = `${withoutOlderGate} cannot be enabled without enabling ${newerGate}`;

/** Names of `extract::metadata` that only one of the forms has, each with what the other one has in its place. */
const renamed = [{ older: 'container.image.tag', newer: 'container.image.tags' }] as const;

/** The names that have a value under these forms. */
export function namesSet(metadata: readonly string[], { older, newer }: NameForms): string[] {
  return metadata.filter(
    (name) => !renamed.some((each) => (!older && name === each.older) || (!newer && name === each.newer)),
  );
}

/** The first name that is not set although nothing stands in its place, and what would. */
export function lostName(
  metadata: readonly string[],
  forms: NameForms,
): { readonly name: string; readonly instead: string } | undefined {
  const set = new Set(namesSet(metadata, forms));
  for (const { older, newer } of renamed)
    if (metadata.some((name) => name === older || name === newer) && !set.has(older) && !set.has(newer))
      return forms.newer ? { name: older, instead: newer } : { name: newer, instead: older };
  return undefined;
}

/** Objects whose labels and annotations have had the newer form from the first day on. */
const alwaysNewer: ReadonlySet<TagSource> = new Set(['deployment', 'statefulset', 'daemonset', 'job']);

/** What stands before the key of a label or an annotation that has no name of its own. */
export function tagPrefixes(from: TagSource, of: 'labels' | 'annotations', { older, newer }: NameForms): string[] {
  const one = `k8s.${from}.${of === 'labels' ? 'label' : 'annotation'}.`;
  if (alwaysNewer.has(from)) return [one];
  return [...(older ? [`k8s.${from}.${of}.`] : []), ...(newer ? [one] : [])];
}
