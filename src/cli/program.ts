import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import { Command, CommanderError } from 'commander';
import type { CheckedConfig } from '../config/checked.js';
import { parseDuration } from '../component/schema/duration.js';
import { loadAside } from '../config/load-aside.js';
import { inContainer } from '../config/local-endpoints.js';
import { loadConfig, type LoadRequest } from '../config/load.js';
import { printConfig } from '../config/print.js';
import { shownWarnings } from '../config/warning.js';
import { checkBuild, type ProcessState } from '../pipeline/service.js';
import { compileEarly } from '../runtime/early-compilation.js';
import { applyMemoryPolicy } from '../runtime/memory/policy.js';
import { buildInfo } from '../runtime/build-info.js';
import { acceptClosedPipes, print } from './output.js';
import { runLint, type LintFlags } from './lint-command.js';
import { featureGateText, listComponents, printSchema } from './listings.js';
import { tryOttl, type OttlFlags } from './ottl-command.js';
import { runTests } from './test-command.js';
import { cannotTell, commandNamed, requireConfig, unknownCommand, wordsFor } from './usage.js';
import { processState } from '../workers/process-state.js';
import { defaultDrainSeconds, run } from '../workers/run.js';

interface ConfigFlags {
  readonly config?: readonly string[];
  readonly set?: readonly string[];
  readonly featureGates?: readonly string[];
}

interface RunFlags extends ConfigFlags {
  readonly drainTimeout: string;
  readonly shutdownDelay: string;
  readonly workers: string;
}

/** Runs the command line. Resolves with the exit code; faults are printed on stderr as `Error: ...`. */
export async function program(argv: readonly string[]): Promise<number> {
  let code = 0;
  acceptClosedPipes();
  const root = withConfigFlags(new Command(buildInfo.command))
    .description(buildInfo.description)
    .version(`${buildInfo.command} version ${buildInfo.version}`, '-v, --version', 'Print the version.')
    .option(
      '--drain-timeout <duration>',
      'How long a shutdown may take to hand on what is held.',
      `${defaultDrainSeconds}s`,
    )
    .option(
      '--shutdown-delay <duration>',
      'How long connections are accepted after SIGTERM while the health check says no.',
      '0s',
    )
    .option('--workers <number>', 'Processes that share the ports; auto: one for each core.', '1')
    .argument('[command]')
    .usage('[options] [command]')
    .helpCommand(false)
    .action(async (command: string | undefined, flags: RunFlags) => {
      if (command !== undefined) throw unknownCommand(command, root);
      requireConfig(request(flags));
      code = await runAs(workerCount(flags.workers), {
        load: (signal) => loadConfig(request(flags), { signal, willRun: true, container: inContainer() }),
        loadAside: (signal) => loadAside(request(flags), signal),
        drainMs: durationFlag('drain-timeout', flags.drainTimeout),
        delayMs: durationFlag('shutdown-delay', flags.shutdownDelay),
      });
    });
  const common = (command: Command): LoadRequest =>
    requireConfig(request(root.opts<ConfigFlags>(), command.opts<ConfigFlags>()));

  withConfigFlags(root.command('validate'))
    .description('Check a configuration without running it: every fault when it is not good, and warnings on stderr.')
    .action(async (_flags: unknown, command: Command) => {
      const config = await loadConfig(common(command), { willRun: true });
      await checkBuild(config, processState());
      process.stderr.write(shownWarnings(config.warnings));
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
        await print(printConfig(config, { format, redacted: mode === 'redacted' }));
      },
    );
  root
    .command('components')
    .description('List the components there are, with their stability, as YAML.')
    .action(async () => print(await listComponents()));
  root
    .command('print-schema')
    .argument('[of]', 'configuration, or test for the files of `kanmon test`.', 'configuration')
    .description('Print a JSON Schema of the configuration file, for editors.')
    .action(async (of: string) => print(await printSchema(of)));
  root
    .command('ottl')
    .argument('[file]', 'OTLP JSON, or one request in each line; stdin when it is left out.')
    .description('Run statements or conditions of OTTL on a file of OTLP JSON, and show what they do to each item.')
    .option('-s, --statement <text>', 'A statement; repeatable.', repeated)
    .option('-f, --file <file>', 'A file with statements, one in each line.')
    .option('-c, --condition <text>', 'When to run the statements; alone: what matches. Repeatable.', repeated)
    .option('--context <name>', 'Such as span, for paths without it. Not given: inferred from the paths.')
    .option('--error-mode <mode>', 'When one fails on an item: ignore, silent or propagate.', 'ignore')
    .option('--json', 'Print what has become of the requests as OTLP JSON, one in each line.')
    .action(async (file: string | undefined, flags: OttlFlags) => {
      code = await tryOttl(file, flags);
    });
  const test = root
    .command('test')
    .argument('<file...>')
    .description('Run tests of a configuration: 0 when all pass, 1 when one fails, 2 when they cannot run.')
    .option('--format <format>', 'text, tap or junit.', 'text')
    .action(async (files: readonly string[], flags: { readonly format: string }) => {
      code = await runTests(files, flags);
    });
  const linting = root
    .command('lint')
    .argument('[config...]', 'A tier each, in the order of the way that data takes; or manifests of Kubernetes.')
    .description(
      'Find what breaks the rules of the gateway pattern: 0 when nothing does, 1 if so, 2 when it cannot tell.',
    )
    .option('--tier <name=files:replicas>', 'A tier of several files, or with its replicas; repeatable.', repeated)
    .option('--replicas <name=number>', 'Instances of a tier: 3, 2-10, or node for one on each; repeatable.', repeated)
    .option('--min-severity <severity>', 'Leave out what is less: info, warning or error.', 'info')
    .option('--format <format>', 'text, json or sarif.', 'text')
    .action(async (configs: readonly string[], flags: LintFlags) => {
      code = await runLint(configs, flags);
    });
  root
    .command('featuregate')
    .argument('[id]')
    .description('List the feature gates, or describe one.')
    .action((id: string | undefined) => print(featureGateText(id)));
  root
    .command('help')
    .argument('[command]')
    .description('Describe a command.')
    .action((name: string | undefined) => (name === undefined ? root : commandNamed(name, root)).outputHelp());

  let failing: Command = root;
  for (const command of [root, ...root.commands]) {
    command
      .allowExcessArguments(false)
      .exitOverride((error) => {
        failing = command;
        throw error;
      })
      .configureOutput({ outputError: () => {} });
  }
  root.enablePositionalOptions();
  try {
    await root.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    process.stderr.write(`Error: ${wordsFor(error as Error, failing, root)}\n`);
    return [test.name(), linting.name()].includes(root.args[0] ?? '') ? cannotTell : 1;
  }
}

interface RunOptions {
  load(signal: AbortSignal): Promise<CheckedConfig>;
  loadAside(signal: AbortSignal): Promise<CheckedConfig>;
  readonly drainMs: number;
  readonly delayMs: number;
}

/** One process alone, one of several workers, or the one that leads them. */
async function runAs(workers: number, options: RunOptions): Promise<number> {
  if (workers > 1 && cluster.isPrimary) {
    const { SeveralWorkers } = await import('../workers/several-workers.js');
    const all = { ...options, state: processState(), count: workers };
    return run(await unlessStopped((load) => SeveralWorkers.build({ ...all, load }), options.load), options);
  }
  const prepare = (state: ProcessState): ProcessState => {
    compileEarly();
    applyMemoryPolicy(state.budget);
    return state;
  };
  if (cluster.isPrimary) {
    const { SingleProcess } = await import('../workers/single-process.js');
    const all = { ...options, state: prepare(processState()) };
    return run(await unlessStopped((load) => SingleProcess.build({ ...all, load }), options.load), options);
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

const repeated = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];

function withConfigFlags(command: Command): Command {
  return command
    .option(
      '--config <uri>',
      'A file, or file:, env:, yaml:, http: and https: URIs; repeatable, later ones win.',
      repeated,
    )
    .option('--set <key=value>', 'Set one value: --set=exporters.debug.verbosity=detailed; repeatable.', repeated)
    .option('--feature-gates <ids>', 'Gates to turn on, or with - in front off, separated by commas.', repeated);
}

/** Flags stand before or after the command. */
function request(...flags: readonly ConfigFlags[]): LoadRequest {
  return {
    uris: flags.flatMap((set) => set.config ?? []),
    sets: flags.flatMap((set) => set.set ?? []),
    gates: flags.flatMap((set) => set.featureGates ?? []),
  };
}

function durationFlag(name: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 0)
    throw new Error(`invalid argument ${JSON.stringify(text)} for "--${name}" flag: give a duration such as 25s`);
  return ms;
}

function readFlag(name: string, value: string | boolean): boolean {
  if (typeof value === 'boolean') return value;
  if (['true', '1', 't', 'T', 'TRUE', 'True'].includes(value)) return true;
  if (['false', '0', 'f', 'F', 'FALSE', 'False'].includes(value)) return false;
  throw new Error(`invalid argument ${JSON.stringify(value)} for "--${name}" flag: true or false`);
}
