/** From now on an output that its reader has closed, as `head` does, is no error: the rest is not wanted. */
export function acceptClosedPipes(): void {
  // Without a listener the event would end the process with a stack trace.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/** Writes what a command prints. Rejects when it can't be written, as on a disk that is full. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error);
      else resolve();
    });
  });
}
