// Runs the program with a file system in memory of 16 MiB at $STORAGE_DIR, in a mount namespace of its own: `node
// in-small-storage.mjs ARGUMENTS...` starts itself again within the namespace.
import { spawn } from 'node:child_process';
import path from 'node:path';

const cli = path.resolve(import.meta.dirname, '../../dist/cli/main.js');
const script = 'mount -t tmpfs -o size=16m tmpfs "$STORAGE_DIR" && exec "$@"';
const child = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', process.execPath, cli, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('exit', () => child.kill('SIGKILL'));
child.on('exit', (code) => process.exit(code ?? 1));
