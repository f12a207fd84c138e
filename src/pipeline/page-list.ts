import type { Page } from '../component/page.js';

const pathForm = /^[^/\s?#][^\s?#]*$/;

/** The pages that the components of a service contribute. */
export class PageList {
  readonly #pages: Map<string, Page> = new Map();

  /** Returns a function that removes the page. Throws when there is one at its path already. */
  add(page: Page): () => void {
    const { path } = page;
    if (!pathForm.test(path))
      throw new Error(`${JSON.stringify(path)} can't be the path of a page: name parts with / between them`);
    if (this.#pages.has(path))
      throw new Error(`there is a page /debug/${path} already: a path has to name the component that it belongs to`);
    this.#pages.set(path, page);
    return () => {
      if (this.#pages.get(path) === page) this.#pages.delete(path);
    };
  }

  all(): readonly Page[] {
    return [...this.#pages.values()];
  }
}
