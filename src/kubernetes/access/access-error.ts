/** The API cannot be reached as configured: the message says why, `hint` what to do. */
export class AccessError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(`${message}. ${hint}`);
    this.hint = hint;
  }
}
