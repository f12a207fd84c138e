import fs from 'node:fs';
import path from 'node:path';

const folder = path.join(import.meta.dirname, 'tls');

/** The content of a file of `tls/`, such as `server-a.pem`. */
export function pem(name: string): string {
  return fs.readFileSync(path.join(folder, name), 'utf8');
}
