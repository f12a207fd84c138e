import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { guard } from '../../component/fault.js';
import type { Command } from './arguments.js';

/** Characters of what the program says on its standard error that are kept. */
const mostSaid = 1000;

/** The listener to the output and the end of the program. */
export interface JournalListener {
  onBytes(bytes: Buffer): void;
  /** A line of its standard error. */
  onSaid(line: string): void;
  /** Called once; the output is complete. `fault`: it did not start, or ended by itself. */
  onEnd(fault: Error): void;
}

/** A running `journalctl`. */
export class JournalProcess {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #said = '';
  #ended = false;
  #isStopped = false;

  constructor({ program, args }: Command, listener: JournalListener) {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const failed = (): void => void child.kill('SIGKILL');
    const end = (fault: Error): void => {
      if (this.#ended) return;
      this.#ended = true;
      listener.onEnd(fault);
    };
    child.stdout.on(
      'data',
      guard(
        'journalctl output',
        (bytes: Buffer) => {
          if (!this.#isStopped) listener.onBytes(bytes);
        },
        failed,
      ),
    );
    child.stderr.setEncoding('utf8');
    child.stderr.on(
      'data',
      guard('journalctl error', (text: string) => this.#hear(text, listener), failed),
    );
    for (const stream of [child.stdout, child.stderr]) stream.on('error', () => {});
    child.on('error', (error) => end(new Error(`start journalctl: ${error.message}`, { cause: error })));
    child.on('close', (code, signal) =>
      end(new Error(`journalctl command exited: ${signal ?? `exit status ${String(code)}`}`)),
    );
  }

  pause(): void {
    this.#child.stdout.pause();
  }

  resume(): void {
    this.#child.stdout.resume();
  }

  /** Ends the program; nothing more is read. */
  stop(): void {
    this.#isStopped = true;
    // A program that waits for its output to be read would not hear of the signal's consequences.
    this.#child.stdout.resume();
    this.#child.kill();
  }

  #hear(text: string, listener: JournalListener): void {
    const lines = (this.#said + text).split('\n');
    this.#said = (lines.pop() ?? '').slice(0, mostSaid);
    for (const line of lines) if (line !== '') listener.onSaid(line.slice(0, mostSaid));
  }
}
