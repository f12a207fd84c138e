import type { Pattern } from '../../../pattern/pattern.js';
import { pattern } from '../../../pattern/pattern.js';
import type { Config, TagConfig, TagSource } from '../config.js';
import type { PodAttribute } from '../pods/pod.js';
import { tagPrefixes, type NameForms } from './naming.js';

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
  /** '' for a name by the conventions. */
  readonly tagName: string;
  readonly prefixes: readonly string[];
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

  constructor(
    { labels, annotations, metadata, otel_annotations }: Config['extract'],
    usesContainerIds: boolean,
    forms: NameForms,
  ) {
    this.#rules = [
      ...labels.map((tag) => ruleOf(tag, 'labels', forms)),
      ...annotations.map((tag) => ruleOf(tag, 'annotations', forms)),
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

function ruleOf({ tag_name, key, key_regex, from }: TagConfig, of: Rule['of'], forms: NameForms): Rule {
  return {
    from,
    of,
    key,
    pattern: key_regex === '' ? undefined : pattern(`^(?:${key_regex})$`),
    tagName: tag_name,
    prefixes: tagPrefixes(from, of, forms),
  };
}

function tagsBy({ key, pattern: regex, tagName, prefixes }: Rule, entries: Entries): PodAttribute[] {
  const named = (name: string, value: string): PodAttribute[] => prefixes.map((prefix) => [`${prefix}${name}`, value]);
  if (!regex) {
    const found = entries.find(([name]) => name === key);
    if (!found) return [];
    return tagName === '' ? named(key, found[1]) : [[tagName, found[1]]];
  }
  return entries.flatMap(([name, value]): PodAttribute[] => {
    // As in the Collector: one that is named by its key is there without a value, one of many is not.
    if (value === '' || !regex.test(name)) return [];
    return tagName === '' ? named(name, value) : [[regex.replaceAll(name, tagName), value]];
  });
}
