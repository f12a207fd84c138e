import { systemClock } from '../../src/component/clock.js';
import type { Definition } from '../../src/component/define.js';
import { kinds } from '../../src/component/schema/schema.js';
import { Succession } from '../../src/component/succession.js';
import type { CheckedConfig } from '../../src/config/checked.js';
import { sections, type Components } from '../../src/config/components.js';
import { ConfigError, type Fault } from '../../src/config/fault.js';
import { loadConfig } from '../../src/config/load.js';
import { checkBuild, Service, type ProcessState } from '../../src/pipeline/service.js';
import { SharedByteBudget } from '../../src/runtime/memory/budget.js';
import { Books } from '../../src/telemetry/ledger.js';
import { silentMeter } from '../../src/telemetry/silent.js';

/** The answer to a configuration: it is good, or its faults, or an error that is no fault of a configuration. */
export type Verdict =
  | { readonly kind: 'good'; readonly config: CheckedConfig }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[]; readonly text: string }
  | { readonly kind: 'error'; readonly text: string };

function state(): ProcessState {
  return {
    books: new Books(silentMeter),
    budget: new SharedByteBudget(1 << 28),
    succession: new Succession(),
    clock: systemClock,
    random: Math.random,
    buildInfo: { command: 'kanmon', description: '', version: '0' },
    memory: {},
  };
}

function verdictOf(error: unknown): Verdict {
  const text = (error as Error).message;
  return error instanceof ConfigError ? { kind: 'faults', faults: error.faults, text } : { kind: 'error', text };
}

/** The answer of `kanmon validate`, found in this process. */
export async function validated(source: string, components: Components): Promise<Verdict> {
  try {
    const config = await loadConfig({ uris: [source], sets: [], gates: [] }, { components, willRun: true });
    await checkBuild(config, state());
    return { kind: 'good', config };
  } catch (error) {
    return verdictOf(error);
  }
}

/** How long a start may take before it counts as one that never ends, milliseconds. */
const startMs = 20_000;

/**
 * The fault of a start with a good configuration: undefined when everything ran. Its servers listen on ports that are
 * free.
 */
export async function started(config: CheckedConfig): Promise<string | undefined> {
  let service: Service | undefined;
  let stopTimer = (): void => {};
  const late = new Promise<never>((_resolve, reject) => {
    stopTimer = systemClock.after(startMs, () => reject(new Error('the start does not end')));
  });
  try {
    service = await Service.build(onFreePorts(config), state());
    await Promise.race([service.start(), late]);
    await service.shutdown(AbortSignal.abort());
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    stopTimer();
    await service?.close();
  }
}

/** Every server of a configuration on port 0, with the host that it has. */
function onFreePorts(config: CheckedConfig): CheckedConfig {
  const moved = sections.map((section) => [
    section,
    new Map(
      [...config[section]].map(([id, one]) => {
        const { definition, config: options } = one as { definition: Definition; config: unknown };
        return [id, { ...one, config: freed(definition.config, options) }];
      }),
    ),
  ]);
  return { ...config, ...Object.fromEntries(moved) } as CheckedConfig;
}

function freed(schema: Definition['config'], value: unknown): unknown {
  const kind = kinds.get(schema);
  if (kind?.kind === 'section') return freed(kind.element, value);
  if (kind?.kind !== 'group' || typeof value !== 'object' || value === null) return value;
  const options: Record<string, unknown> = { ...value };
  for (const [name, inner] of Object.entries(kind.shape)) options[name] = freed(inner, options[name]);
  // A dialer stands in the options of servers only.
  if ('dialer' in kind.shape && options['transport'] !== 'unix' && typeof options['endpoint'] === 'string')
    options['endpoint'] = options['endpoint'].replace(/:[^:\]]*$/, ':0');
  return options;
}
