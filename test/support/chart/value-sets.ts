import type { TemplateMap } from './template-functions.js';

/** Values that the tests render the chart with, by what they are about. */
export const valueSets: Readonly<Record<string, TemplateMap>> = {
  'both tiers and the agent': {},
  'one Deployment': { mode: 'deployment', replicaCount: 3, resources: { limits: { memory: '512Mi' } } },
  'a StatefulSet with volumes': {
    mode: 'statefulset',
    persistence: { enabled: true, storageClassName: 'fast' },
    statefulset: { persistentVolumeClaimRetentionPolicy: { enabled: true } },
    config: {
      exporters: { otlp_grpc: { endpoint: 'tempo:4317', tls: { insecure: true } } },
      service: { pipelines: { traces: { exporters: ['otlp_grpc'] } } },
    },
  },
  'a DaemonSet with all presets': {
    mode: 'daemonset',
    service: { enabled: true },
    presets: {
      logsCollection: { enabled: true, storeCheckpoints: true },
      hostMetrics: { enabled: true },
      kubernetesEvents: { enabled: true },
      clusterMetrics: { enabled: true },
      kubeletMetrics: { enabled: true },
      kubernetesAttributes: { enabled: true, extractAllPodLabels: true },
      resourceDetection: { enabled: true },
    },
    lifecycleHooks: { preStop: { exec: { command: ['node', '--version'] } } },
  },
  'everything around them': {
    nameOverride: 'gateway',
    namespaceOverride: 'elsewhere',
    additionalLabels: { team: 'telemetry' },
    prometheusAnnotations: true,
    serviceMonitor: { enabled: true, extraLabels: { release: 'kube-prometheus-stack' }, sampleLimit: 5000 },
    podMonitor: { enabled: true },
    prometheusRule: {
      enabled: true,
      defaultRules: { additionalRuleLabels: { team: 'telemetry' }, additionalRuleAnnotations: { runbook: 'a' } },
      groups: [{ name: 'own', rules: [{ alert: 'Never', expr: 'vector(0) > 1' }] }],
    },
    networkPolicy: { enabled: true, allowIngressFrom: [{ namespaceSelector: {} }], egressRules: [{ to: [] }] },
    image: { digest: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef' },
    imagePullSecrets: [{ name: 'registry' }],
    extraEnvs: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'backend', key: 'token' } } }],
    extraEnvsFrom: [{ secretRef: { name: 'more' } }],
    extraVolumes: [{ name: 'certificates', secret: { secretName: 'certificates' } }],
    extraVolumeMounts: [{ name: 'certificates', mountPath: '/certificates', readOnly: true }],
    extraContainers: [{ name: 'beside', image: 'busybox' }],
    initContainers: [{ name: 'before', image: 'busybox' }],
    extraManifests: [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-more' }, data: { a: 'b' } },
    ],
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    affinity: { podAntiAffinity: {} },
    priorityClassName: 'high',
    hostAliases: [{ ip: '10.0.0.1', hostnames: ['a'] }],
    dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
    clusterRole: { rules: [{ apiGroups: [''], resources: ['events'], verbs: ['list'] }] },
    serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn' } },
    tier1: {
      service: { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'], externalTrafficPolicy: 'Local' },
      ingress: {
        enabled: true,
        ingressClassName: 'nginx',
        hosts: [{ host: 'otlp.example.com', paths: [{ path: '/', pathType: 'Prefix', port: 4318 }] }],
        tls: [{ secretName: 'tls', hosts: ['otlp.example.com'] }],
      },
    },
    tier2: { keda: { enabled: true }, persistence: { enabled: true } },
    agent: { hostNetwork: true, ports: { otlp: { hostPort: 4317 } } },
  },
};
