import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import { Command, CommanderError } from 'commander';
import type { CheckedConfig } from '../config/checked.js';
import { parseDuration } from '../component/schema/duration.js';
import { nearest } from '../config/fault.js';
import { loadAside } from '../config/load-aside.js';
import { loadConfig, type LoadRequest } from '../config/load.js';
import { printConfig } from '../config/print.js';
import { checkBuild, type ProcessState } from '../pipeline/service.js';
import { compileEarly } from '../runtime/early-compilation.js';
import { applyMemoryPolicy } from '../runtime/memory/policy.js';
import { buildInfo } from '../runtime/build-info.js';
import { featureGateText, listComponents, printSchema } from './listings.js';
import { processState } from '../workers/process-state.js';
import { defaultDrainSeconds, run } from '../workers/run.js';

interface ConfigFlags {
  readonly config: readonly string[];
  readonly set: readonly string[];
  readonly featureGates: readonly string[];
}

interface RunFlags extends ConfigFlags {
  readonly drainTimeout: string;
  readonly workers: string;
}

/** Runs the command line. Resolves with the exit code; faults are printed on stderr as `Error: ...`. */
export async function program(argv: readonly string[]): Promise<number> {
  let code = 0;
  const root = withConfigFlags(new Command(buildInfo.command))
    .description(buildInfo.description)
    .version(`${buildInfo.command} version ${buildInfo.version}`, '-v, --version', 'Print the version.')
    .option(
      '--drain-timeout <duration>',
      'How long a shutdown may take to hand on what is held.',
      `${defaultDrainSeconds}s`,
    )
    .option('--workers <number>', 'Processes that share the ports; auto: one for each core.', '1')
    .argument('[command]')
    .helpCommand('help [command]', 'Describe a command.')
    .action(async (command: string | undefined, flags: RunFlags) => {
      if (command !== undefined) throw new Error(unknownCommand(command, root));
      code = await runAs(workerCount(flags.workers), {
        load: (signal) => loadConfig(request(flags), { signal }),
        loadAside: (signal) => loadAside(request(flags), signal),
        drainMs: drainMs(flags.drainTimeout),
      });
    });
  const common = (command: Command): LoadRequest => request(root.opts<ConfigFlags>(), command.opts<ConfigFlags>());

  withConfigFlags(root.command('validate'))
    .description('Check a configuration without running it: silent when it is good, every fault when it is not.')
    .action(async (_flags: unknown, command: Command) => {
      await checkBuild(await loadConfig(common(command)), processState());
    });
  withConfigFlags(root.command('print-config').alias('print-initial-config'))
    .description('Print the configuration with everything resolved and every default filled in.')
    .option('--mode <mode>', 'redacted, or unredacted to show secrets.', 'redacted')
    .option('--format <format>', 'yaml or json.', 'yaml')
    .option('--validate [flag]', 'Check it first; false prints also what would not run.', 'true')
    .action(
      async (
        flags: { readonly mode: string; readonly format: string; readonly validate: string | boolean },
        command: Command,
      ) => {
        const { mode, format } = flags;
        const given = common(command);
        if (mode !== 'redacted' && mode !== 'unredacted')
          throw new Error(`invalid mode ${JSON.stringify(mode)}: modes are: redacted, unredacted`);
        if (format !== 'yaml' && format !== 'json') throw new Error(`unrecognized print format: ${format}`);
        const config = await loadConfig(given, { checks: readFlag('validate', flags.validate) });
        process.stdout.write(printConfig(config, { format, redacted: mode === 'redacted' }));
      },
    );
  root
    .command('components')
    .description('List the components there are, with their stability, as YAML.')
    .action(async () => void process.stdout.write(await listComponents()));
  root
    .command('print-schema')
    .description('Print a JSON Schema of the configuration file, for editors.')
    .action(async () => void process.stdout.write(await printSchema()));
  root
    .command('featuregate')
    .argument('[id]')
    .description('List the feature gates, or describe one.')
    .action((id: string | undefined) => void process.stdout.write(featureGateText(id)));

  for (const command of [root, ...root.commands]) {
    command
      .allowExcessArguments(false)
      .exitOverride()
      .configureOutput({ outputError: () => {} });
  }
  root.enablePositionalOptions();
  try {
    await root.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    process.stderr.write(`Error: ${(error as Error).message.replace(/^error: /, '')}\n`);
    return 1;
  }
}

interface RunOptions {
  load(signal: AbortSignal): Promise<CheckedConfig>;
  loadAside(signal: AbortSignal): Promise<CheckedConfig>;
  readonly drainMs: number;
}

/** One process alone, one of several workers, or the one that leads them. */
async function runAs(workers: number, options: RunOptions): Promise<number> {
  if (workers > 1 && cluster.isPrimary) {
    const { SeveralWorkers } = await import('../workers/several-workers.js');
    const all = { ...options, state: processState(), count: workers };
    return run(await unlessStopped((load) => SeveralWorkers.build({ ...all, load }), options.load), options.drainMs);
  }
  const prepare = (state: ProcessState): ProcessState => {
    compileEarly();
    applyMemoryPolicy(state.budget);
    return state;
  };
  if (cluster.isPrimary) {
    const { SingleProcess } = await import('../workers/single-process.js');
    const all = { ...options, state: prepare(processState()) };
    return run(await unlessStopped((load) => SingleProcess.build({ ...all, load }), options.load), options.drainMs);
  }
  const { work } = await import('../workers/worker.js');
  return work({ ...options, prepare });
}

/**
 * Builds what is to run. SIGINT and SIGTERM end the load that is a part of it: the first process of a container has no
 * default for them, so that it would wait for a source that does not answer.
 */
async function unlessStopped<T extends { close(): Promise<void> }>(
  build: (load: () => Promise<CheckedConfig>) => Promise<T>,
  load: (signal: AbortSignal) => Promise<CheckedConfig>,
): Promise<T> {
  const stopped = new AbortController();
  const { signal } = stopped;
  const stop = (name: string): void => stopped.abort(new Error(`stopped by ${name} before anything ran`));
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, stop);
  try {
    const built = await build(() => load(signal));
    if (signal.aborted) await built.close();
    signal.throwIfAborted();
    return built;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    for (const name of ['SIGINT', 'SIGTERM']) process.off(name, stop);
  }
}

function workerCount(text: string): number {
  if (text === 'auto') return availableParallelism();
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 256)
    throw new Error(
      `invalid argument ${JSON.stringify(text)} for "--workers" flag: give a number from 1 to 256, or auto`,
    );
  return count;
}

function withConfigFlags(command: Command): Command {
  const collect = (value: string, earlier: readonly string[]): readonly string[] => [...earlier, value];
  return command
    .option(
      '--config <uri>',
      'A file, or file:, env:, yaml:, http: and https: URIs; repeatable, later ones win.',
      collect,
      [],
    )
    .option('--set <key=value>', 'Set one value: --set=exporters.debug.verbosity=detailed; repeatable.', collect, [])
    .option('--feature-gates <ids>', 'Gates to turn on, or with - in front off, separated by commas.', collect, []);
}

/** Flags stand before or after the command. */
function request(...flags: readonly ConfigFlags[]): LoadRequest {
  return {
    uris: flags.flatMap((set) => set.config),
    sets: flags.flatMap((set) => set.set),
    gates: flags.flatMap((set) => set.featureGates),
  };
}

function drainMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 0)
    throw new Error(`invalid argument ${JSON.stringify(text)} for "--drain-timeout" flag: give a duration such as 25s`);
  return ms;
}

function readFlag(name: string, value: string | boolean): boolean {
  if (typeof value === 'boolean') return value;
  if (['true', '1', 't', 'T', 'TRUE', 'True'].includes(value)) return true;
  if (['false', '0', 'f', 'F', 'FALSE', 'False'].includes(value)) return false;
  throw new Error(`invalid argument ${JSON.stringify(value)} for "--${name}" flag: true or false`);
}

function unknownCommand(given: string, root: Command): string {
  const near = nearest(
    given,
    root.commands.flatMap((command) => [command.name(), ...command.aliases()]),
  );
  return (
    `unknown command ${JSON.stringify(given)} for ` +
    `${JSON.stringify(root.name())}${near === undefined ? '' : `\n\nDid you mean this?\n\t${near}`}\n\nRun ` +
    `'${root.name()} --help' for usage.`
  );
}
