import { akamai } from './akamai.js';
import { aks } from './aks.js';
import { alibabaEcs } from './alibaba-ecs.js';
import { azureAppService } from './azure-app-service.js';
import { azureContainerApps } from './azure-container-apps.js';
import { azure } from './azure.js';
import { consul } from './consul.js';
import { digitalocean } from './digitalocean.js';
import { docker } from './docker.js';
import { dynatrace } from './dynatrace.js';
import { ec2 } from './ec2.js';
import { ecs } from './ecs.js';
import { eks } from './eks.js';
import { elasticBeanstalk } from './elastic-beanstalk.js';
import { env } from './env.js';
import { gcp } from './gcp.js';
import { heroku } from './heroku.js';
import { hetzner } from './hetzner.js';
import { ibmcloudClassic } from './ibmcloud-classic.js';
import { ibmcloudVpc } from './ibmcloud-vpc.js';
import { k8sApi } from './k8s-api.js';
import { kubeadm } from './kubeadm.js';
import { lambda } from './lambda.js';
import { nova } from './nova.js';
import { openshift } from './openshift.js';
import { oraclecloud } from './oraclecloud.js';
import { scaleway } from './scaleway.js';
import { system } from './system.js';
import { tencentCvm } from './tencent-cvm.js';
import { upcloud } from './upcloud.js';
import { vultr } from './vultr.js';

/** The kinds of detectors, by the key of their options. */
export interface DetectorKinds {
  readonly akamai: typeof akamai;
  readonly aks: typeof aks;
  readonly alibaba_ecs: typeof alibabaEcs;
  readonly azure: typeof azure;
  readonly azureappservice: typeof azureAppService;
  readonly azurecontainerapps: typeof azureContainerApps;
  readonly consul: typeof consul;
  readonly digitalocean: typeof digitalocean;
  readonly docker: typeof docker;
  readonly dynatrace: typeof dynatrace;
  readonly ec2: typeof ec2;
  readonly ecs: typeof ecs;
  readonly eks: typeof eks;
  readonly elasticbeanstalk: typeof elasticBeanstalk;
  readonly env: typeof env;
  readonly gcp: typeof gcp;
  readonly heroku: typeof heroku;
  readonly hetzner: typeof hetzner;
  readonly ibmcloud_classic: typeof ibmcloudClassic;
  readonly ibmcloud_vpc: typeof ibmcloudVpc;
  readonly k8s_api: typeof k8sApi;
  readonly k8snode: typeof k8sApi;
  readonly kubeadm: typeof kubeadm;
  readonly lambda: typeof lambda;
  readonly nova: typeof nova;
  readonly openshift: typeof openshift;
  readonly oraclecloud: typeof oraclecloud;
  readonly scaleway: typeof scaleway;
  readonly system: typeof system;
  readonly tencent_cvm: typeof tencentCvm;
  readonly upcloud: typeof upcloud;
  readonly vultr: typeof vultr;
}

export const detectorKinds: DetectorKinds = {
  akamai,
  aks,
  alibaba_ecs: alibabaEcs,
  azure,
  azureappservice: azureAppService,
  azurecontainerapps: azureContainerApps,
  consul,
  digitalocean,
  docker,
  dynatrace,
  ec2,
  ecs,
  eks,
  elasticbeanstalk: elasticBeanstalk,
  env,
  gcp,
  heroku,
  hetzner,
  ibmcloud_classic: ibmcloudClassic,
  ibmcloud_vpc: ibmcloudVpc,
  k8s_api: k8sApi,
  k8snode: k8sApi,
  kubeadm,
  lambda,
  nova,
  openshift,
  oraclecloud,
  scaleway,
  system,
  tencent_cvm: tencentCvm,
  upcloud,
  vultr,
};

/** The one detector whose name is not the key of its options. */
const renamed = 'elastic_beanstalk';

/** The names that `detectors` takes. */
export const detectorNames: readonly string[] = Object.keys(detectorKinds)
  .map((key) => (key === 'elasticbeanstalk' ? renamed : key))
  .sort();

/** The key of the options of a detector that there is. */
export function keyOf(name: string): keyof DetectorKinds {
  return name === renamed ? 'elasticbeanstalk' : (name as keyof DetectorKinds);
}
