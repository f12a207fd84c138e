/** A body that is, or would become, larger than its limit. */
export class TooLarge extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super('http: request body too large');
    this.name = 'TooLarge';
    this.limit = limit;
  }
}
