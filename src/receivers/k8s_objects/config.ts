import { inUse } from '../../component/schema/in-use.js';
import {
  choice,
  duration,
  extensionId,
  flag,
  group,
  list,
  text,
  type Report,
  type Schema,
} from '../../component/schema/schema.js';
import { apiShape, warnOfApiLimits, type ApiConfig } from '../../kubernetes/access/options.js';
import { patternFault } from '../../pattern/pattern.js';

const watchTypes = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const;

/** A name, or a pattern for some; the other one is ''. */
export interface NamespaceFilter {
  readonly strict: string;
  readonly regexp: string;
}

/** Objects of one resource, and how they are read. */
export interface ObjectConfig {
  readonly name: string;
  readonly group: string;
  readonly mode: 'pull' | 'watch';
  readonly namespaces: readonly string[];
  readonly exclude_namespaces: readonly NamespaceFilter[];
  readonly label_selector: string;
  readonly field_selector: string;
  /** Milliseconds; 0 for the default. */
  readonly interval: number;
  readonly resource_version: string;
  readonly exclude_watch_type: readonly (typeof watchTypes)[number][];
}

/** Options of the receiver (docs/spec/agent.md#kubernetes-receivers). */
export interface Config extends ApiConfig {
  readonly objects: readonly ObjectConfig[];
  readonly error_mode: 'propagate' | 'ignore' | 'silent';
  readonly include_initial_state: boolean;
  readonly storage: string;
  readonly k8s_leader_elector: string;
}

const namespaceFilter: Schema<NamespaceFilter> = group<NamespaceFilter>(
  {
    strict: text('', { about: 'A name, exactly.' }),
    regexp: text('', { about: 'A regular expression (RE2) that matches a part of the name.' }, (value) =>
      value === '' ? undefined : patternFault(value),
    ),
  },
  ({ strict, regexp }, report) => {
    if ((strict === '') === (regexp === ''))
      report(
        strict === '' ? 'must specify either strict or regexp' : 'cannot specify both strict and regexp',
        [],
        undefined,
        'Give the one that is meant.',
      );
  },
);

const object: Schema<ObjectConfig> = group<ObjectConfig>(
  {
    name: text('', { about: 'The resource as in URLs of the API: `pods`, `events`.' }),
    group: text('', { about: 'Its API group; by default the first one that has it, the core first.' }),
    mode: choice(
      ['pull', 'watch'],
      'pull',
      { about: '`pull` sends all objects at each interval, `watch` each change as it happens.' },
      (value) => `invalid mode: ${value}`,
    ),
    namespaces: list(text(), [], { about: 'Only objects of these; none: all.' }),
    exclude_namespaces: list(namespaceFilter, [], { about: 'Objects of these are left out.' }),
    label_selector: text('', { about: 'Only objects with these labels, in the syntax of the API.' }),
    field_selector: text('', { about: 'Only objects with these fields, such as `status.phase=Running`.' }),
    interval: duration('1h', { about: 'Time between two pulls; 0 is 1h. Only for `pull`.' }, (ms) =>
      ms < 0 ? 'must not be negative' : undefined,
    ),
    resource_version: text('', {
      about: 'Watch the changes since this version, or pull the objects as they were in it. Default: now.',
    }),
    exclude_watch_type: list(choice(watchTypes, 'ADDED'), [], {
      about: 'Changes of these types are left out. Only for `watch`.',
    }),
  },
  (value, report) => {
    if (value.mode === 'pull' && value.exclude_watch_type.length > 0)
      report(
        'the Exclude config can only be used with watch mode',
        ['exclude_watch_type'],
        undefined,
        'Remove it, or set `mode: watch`.',
      );
    if (value.namespaces.length > 0 && value.exclude_namespaces.length > 0)
      report(
        'namespaces and exclude_namespaces cannot both be set at the same time',
        ['exclude_namespaces'],
        undefined,
        'Keep one of the two.',
      );
  },
);

const options: Schema<Config> = group<Config>(
  {
    ...apiShape,
    objects: list(object, [], { about: 'Objects that are read.' }),
    error_mode: choice(
      ['propagate', 'ignore', 'silent'],
      'propagate',
      {
        about:
          'When the cluster has no such resource: `propagate` ends the program, `ignore` logs it and reads the ' +
          'others, `silent` only does that.',
      },
      (value) => `invalid error_mode ${JSON.stringify(value)}: must be one of 'propagate', 'ignore', or 'silent'`,
    ),
    include_initial_state: flag(false, { about: 'A watch first sends the objects that there are, as `ADDED`.' }),
    storage: extensionId(
      'storage',
      { about: 'Storage extension that keeps the position of watches across restarts.' },
      true,
    ),
    k8s_leader_elector: extensionId(
      'leader_election',
      { about: 'Extension that chooses the one replica which reads.' },
      true,
    ),
  },
  checkObjects,
);

export const config: Schema<Config> = inUse(options, (value, { report, warn }) => {
  warnOfApiLimits(value, warn);
  if (value.objects.length === 0)
    report(
      'no valid Kubernetes objects found to watch',
      ['objects'],
      undefined,
      'Name some, such as `objects: [{name: events, mode: watch}]`.',
    );
  for (const [i, { name }] of value.objects.entries())
    if (name === '') report('resource not found: ""', ['objects', i], undefined, 'Give `name: pods` or another one.');
});

function checkObjects({ objects, include_initial_state: initial }: Config, report: Report): void {
  for (const [i, { mode }] of objects.entries())
    if (initial && mode === 'pull')
      report(
        'include_initial_state can only be used with watch mode',
        ['objects', i],
        undefined,
        'Pull these objects in a receiver of their own: `k8s_objects/pull`.',
      );
}
