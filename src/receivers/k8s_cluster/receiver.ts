import { Cancellation } from '../../component/cancellation.js';
import type { Consumer } from '../../component/consumer.js';
import type { Receiver, SignalContext } from '../../component/define.js';
import { joinElection } from '../../component/leader-election.js';
import type { Host } from '../../component/lifecycle.js';
import { StatusParts } from '../../component/status-parts.js';
import { ReceiverEntry } from '../../intake/receiver-entry.js';
import { AccessError } from '../../kubernetes/access/access-error.js';
import { Cluster } from '../../kubernetes/cluster.js';
import type { Config } from './config.js';
import { EntityReport } from './entities/entity-report.js';
import { ClusterReport } from './report.js';

/** Sends metrics of the objects of the cluster, or events about them, while it leads where there is an election. */
export class K8sClusterReceiver implements Receiver {
  readonly #config: Config;
  readonly #context: SignalContext;
  readonly #entry: ReceiverEntry;
  readonly #status: StatusParts = new StatusParts();
  readonly #over: Cancellation = new Cancellation();
  #cluster: Cluster | undefined;
  #report: ClusterReport | EntityReport | undefined;
  #leave: (() => Promise<void>) | undefined;
  #ending: Promise<void> | undefined;

  constructor(config: Config, context: SignalContext, next: Consumer) {
    this.#config = config;
    this.#context = context;
    this.#entry = new ReceiverEntry(context, next);
  }

  start(host: Host): void {
    this.#status.attach((event) => host.report(event));
    try {
      this.#cluster = new Cluster(this.#config, this.#context);
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      this.#context.logger.error('The API cannot be reached; nothing is sent', { error: error.message });
      host.report({ status: 'permanent_error', error });
      return;
    }
    const parts = {
      ...{ context: this.#context, cluster: this.#cluster, status: this.#status },
      ...{ entry: this.#entry, over: this.#over },
    };
    this.#leave = joinElection(this.#config.k8s_leader_elector, host, {
      lead: () => {
        const Report = this.#context.signal === 'logs' ? EntityReport : ClusterReport;
        this.#report = new Report(this.#config, parts);
      },
      stepDown: () => this.#stepDown(),
    });
  }

  shutdown(deadline: AbortSignal): Promise<void> {
    return (this.#ending ??= this.#end(deadline));
  }

  async #stepDown(): Promise<void> {
    const report = this.#report;
    this.#report = undefined;
    await report?.stop();
  }

  async #end(deadline: AbortSignal): Promise<void> {
    const over = (): void => this.#over.abort('drain');
    if (deadline.aborted) over();
    else deadline.addEventListener('abort', over, { once: true });
    await this.#leave?.();
    deadline.removeEventListener('abort', over);
    await this.#cluster?.close();
  }
}
