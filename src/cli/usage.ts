import { CommanderError, type Command } from 'commander';
import { nearest } from '../config/fault.js';
import type { LoadRequest } from '../config/load.js';

/** The exit code of commands that judge, when what they are to judge cannot be read. */
export const cannotTell = 2;

/** The command line does not say what to do: the message is followed by where its usage is described. */
export class UsageError extends Error {}

/** The request, once it names a source. Throws a `UsageError` otherwise. */
export function requireConfig(request: LoadRequest): LoadRequest {
  if (request.uris.length === 0 && request.sets.length === 0)
    throw new UsageError('at least one config flag must be provided: --config config.yaml');
  return request;
}

/** The command that goes by a name. Throws a `UsageError` that names the nearest one. */
export function commandNamed(name: string, root: Command): Command {
  const found = root.commands.find((command) => [command.name(), ...command.aliases()].includes(name));
  if (!found) throw unknownCommand(name, root);
  return found;
}

export function unknownCommand(given: string, root: Command): UsageError {
  const near = isConfigFile(given)
    ? `${root.name()} --config ${given}`
    : nearest(
        given,
        root.commands.flatMap((command) => [command.name(), ...command.aliases()]),
      );
  return new UsageError(
    `unknown command ${JSON.stringify(given)} for ${JSON.stringify(root.name())}` +
      (near === undefined ? '' : `\n\nDid you mean this?\n\t${near}`),
  );
}

/** An error for the terminal. One that is about the command line says how to learn more; `failing` is its command. */
export function wordsFor(error: Error, failing: Command, root: Command): string {
  if (!(error instanceof CommanderError) && !(error instanceof UsageError)) return error.message;
  const command = failing === root ? root.name() : `${root.name()} ${failing.name()}`;
  const words = [error.message.replace(/^error: /, '').replace('\n(Did you mean ', ' (did you mean ')];
  const file = root.args.find((argument) => isConfigFile(argument));
  if (error instanceof CommanderError && error.code === 'commander.excessArguments' && file !== undefined)
    words.push(`Did you mean this?\n\t${command} --config ${file}`);
  return [...words, `Run '${command} --help' for usage.`].join('\n\n');
}

function isConfigFile(argument: string): boolean {
  return /\.ya?ml$/.test(argument);
}
