import { productCli, searchPath, type CommandAnswer } from './program.js';

interface Lines {
  run(args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<CommandAnswer>;
  close(): void;
}

const { CommandLines } = (await import('../recorded/support/command-lines.mjs' as string)) as {
  readonly CommandLines: new (command: readonly string[]) => Lines;
};

/**
 * Runs commands of `dist/cli/main.js` that end by themselves in one process, one after the other: a test of a hundred
 * configurations loads the program once. Some of them should be run with `runCommand`, as a user runs them, too.
 */
export class CommandProcess {
  readonly #lines: Lines = new CommandLines([process.execPath, productCli]);

  run(args: readonly string[], cwd: string = process.cwd()): Promise<CommandAnswer> {
    return this.#lines.run(args, { cwd, env: { ...process.env, PATH: searchPath } });
  }

  close(): void {
    this.#lines.close();
  }
}
