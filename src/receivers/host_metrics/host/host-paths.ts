import path from 'node:path';

/** From where the list of mounts comes, and which paths stand in it. */
export interface MountList {
  /** The folder that has `mountinfo` and `mounts`. */
  readonly folder: string;
  /** `host`: paths of the host, below `root_path` here. `own`: paths as this process sees them. */
  readonly view: 'host' | 'own';
}

/**
 * Where the files of the observed host are: below `root_path`, unless a variable such as `HOST_PROC` names another
 * folder (docs/spec/agent.md#host-metrics-config).
 */
export class HostPaths {
  /** '' for the host that this process sees. */
  readonly root: string;
  readonly #proc: string;
  readonly #sys: string;
  readonly #etc: string;
  readonly #dev: string;
  /** A file in the folder that has the list of mounts; '' for those of /proc. */
  readonly #mountInfo: string;

  constructor(rootPath: string, env: NodeJS.ProcessEnv = process.env) {
    const root = rootPath === '' ? '' : path.resolve(rootPath);
    this.root = root === '/' ? '' : root;
    this.#proc = env['HOST_PROC'] || `${this.root}/proc`;
    this.#sys = env['HOST_SYS'] || `${this.root}/sys`;
    this.#etc = env['HOST_ETC'] || `${this.root}/etc`;
    this.#dev = env['HOST_DEV'] || `${this.root}/dev`;
    this.#mountInfo = env['HOST_PROC_MOUNTINFO'] ?? '';
  }

  /** A file of /proc, such as `net/dev`; without a name, the folder. */
  proc(name = ''): string {
    return `${this.#proc}/${name}`;
  }

  /** A file of a process or thread. */
  process(pid: number | string, name: string): string {
    return `${this.#proc}/${pid}/${name}`;
  }

  sys(name: string): string {
    return `${this.#sys}/${name}`;
  }

  etc(name: string): string {
    return `${this.#etc}/${name}`;
  }

  dev(name: string): string {
    return `${this.#dev}/${name}`;
  }

  /** The lists of mounts that are tried one after the other. */
  get mountLists(): readonly MountList[] {
    if (this.#mountInfo !== '') return [{ folder: path.dirname(this.#mountInfo), view: 'own' }];
    return [
      { folder: this.proc('1'), view: 'host' },
      { folder: this.proc('self'), view: 'own' },
    ];
  }
}
