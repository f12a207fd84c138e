// Writes numbered lines to a file, as an application does: the file stays open, SIGHUP opens it anew (what `postrotate`
// of logrotate asks for), SIGTERM ends it and prints the number of lines.
import fs from 'node:fs';

const [, , file = '', name = ''] = process.argv;
let handle = fs.openSync(file, 'a');
let lines = 0;
process.on('SIGHUP', () => {
  fs.closeSync(handle);
  handle = fs.openSync(file, 'a');
});
const timer = setInterval(() => {
  for (let i = 0; i < 20; i++) fs.writeSync(handle, `${name} ${String(lines++).padStart(8, '0')} some words\n`);
}, 5);
process.on('SIGTERM', () => {
  clearInterval(timer);
  process.stdout.write(`${lines}\n`);
  process.exitCode = 0;
});
