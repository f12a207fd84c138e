/** Why an address could not be bound, in Go's words. */
export function bindFault({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'bind: address already in use';
    case 'EACCES':
      return 'bind: permission denied';
    case 'EADDRNOTAVAIL':
      return 'bind: cannot assign requested address';
    case 'ENOENT':
      return 'bind: no such file or directory';
    default:
      return message;
  }
}
