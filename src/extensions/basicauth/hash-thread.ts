// Runs in a thread of its own: compares passwords with costly hashes, one after the other, while the gateway serves.
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { matchesCostly } from './costly-hash.js';

/** The question to the thread. Its answer is a boolean. */
export interface HashQuestion {
  readonly password: string;
  readonly hash: string;
}

// Where there are fewer cores than threads with work, guesses get a third of what the event loop gets. On other systems
// a priority is that of the whole process.
if (process.platform === 'linux')
  try {
    setPriority(0, 5);
  } catch {
    // A sandbox may forbid it, and then the thread has the priority of the others.
  }

const port = parentPort;
port?.on('message', ({ password, hash }: HashQuestion) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the port of a thread has no origin
  port.postMessage(matchesCostly(password, hash));
});
