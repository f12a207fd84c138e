import type { Pattern } from '../../../pattern/pattern.js';
import { pattern } from '../../../pattern/pattern.js';
import type { Config, TagConfig, TagSource } from '../config.js';
import type { PodAttribute } from '../pods/pod.js';

/** Attributes whose values come from a container. */
const ofContainers: readonly string[] = [
  'container.id',
  'container.image.name',
  'container.image.tag',
  'container.image.tags',
  'container.image.repo_digests',
  'k8s.container.name',
  'service.instance.id',
  'service.name',
  'service.version',
];

interface Rule {
  readonly from: TagSource;
  readonly of: 'labels' | 'annotations';
  readonly key: string;
  /** Undefined for a key that is compared exactly. */
  readonly pattern: Pattern | undefined;
  readonly tagName: string;
}

type Entries = readonly (readonly [key: string, value: string])[];

/** The rules by which labels and annotations become attributes, read once. */
export class TagRules {
  readonly needsContainers: boolean;
  /** Whether annotations and labels that name the service are needed. */
  readonly needsService: boolean;
  /** Whether annotations of OpenTelemetry name attributes. */
  readonly takesAnnotated: boolean;
  readonly #rules: readonly Rule[];

  constructor({ labels, annotations, metadata, otel_annotations }: Config['extract'], usesContainerIds: boolean) {
    this.#rules = [
      ...labels.map((tag) => ruleOf(tag, 'labels')),
      ...annotations.map((tag) => ruleOf(tag, 'annotations')),
    ];
    this.needsService = metadata.some((name) => name.startsWith('service.'));
    this.takesAnnotated = otel_annotations;
    this.needsContainers = usesContainerIds || metadata.some((name) => ofContainers.includes(name));
  }

  /** Whether anything is taken from labels or annotations of such objects. */
  uses(from: TagSource): boolean {
    return this.#rules.some((rule) => rule.from === from);
  }

  /** The attributes of one object's labels and annotations, in the order of the rules. */
  tagsOf(from: TagSource, labels: Entries, annotations: Entries): readonly PodAttribute[] {
    return this.#rules.flatMap((rule) =>
      rule.from === from ? tagsBy(rule, rule.of === 'labels' ? labels : annotations) : [],
    );
  }
}

function ruleOf({ tag_name, key, key_regex, from }: TagConfig, of: Rule['of']): Rule {
  return {
    from,
    of,
    key,
    pattern: key_regex === '' ? undefined : pattern(`^(?:${key_regex})$`),
    tagName: tag_name,
  };
}

function tagsBy({ from, of, key, pattern: regex, tagName }: Rule, entries: Entries): PodAttribute[] {
  const standard = (name: string): string => `k8s.${from}.${of}.${name}`;
  if (!regex) {
    const found = entries.find(([name]) => name === key);
    return found ? [[tagName === '' ? standard(key) : tagName, found[1]]] : [];
  }
  return entries.flatMap(([name, value]): PodAttribute[] => {
    if (!regex.test(name)) return [];
    return [[tagName === '' ? standard(name) : regex.replaceAll(name, tagName), value]];
  });
}
