{{/* Annotations and labels of the pods of a workload; `config` is its configuration. */}}
{{- define "kanmon.podMetadata" -}}
{{- $v := .w.values -}}
{{- $annotations := deepCopy $v.podAnnotations -}}
{{- if and $v.enableConfigChecksumAnnotation .config -}}
{{- $_ := set $annotations "checksum/config" (sha256sum .config) -}}
{{- end -}}
{{- if $v.prometheusAnnotations -}}
{{- $_ := set $annotations "prometheus.io/scrape" "true" -}}
{{- $_ := set $annotations "prometheus.io/port" (toString $v.ports.metrics.containerPort) -}}
{{- end -}}
metadata:
  {{- with $annotations }}
  annotations:
    {{- tpl (toYaml .) $.root | nindent 4 }}
  {{- end }}
  labels:
    {{- include "kanmon.selectorLabels" . | nindent 4 }}
    {{- with $v.podLabels }}
    {{- tpl (toYaml .) $.root | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* The pod of a workload. `config` is its configuration, '' when it has none of the chart. */}}
{{- define "kanmon.pod" -}}
{{- $v := .w.values -}}
{{- $logs := $v.presets.logsCollection -}}
{{- $hasConfig := or $v.configMap.create $v.configMap.existingName -}}
{{- with $v.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
serviceAccountName: {{ include "kanmon.serviceAccountName" . }}
automountServiceAccountToken: {{ include "kanmon.mountsToken" . }}
securityContext:
  {{- toYaml $v.podSecurityContext | nindent 2 }}
containers:
  - name: kanmon
    image: {{ include "kanmon.image" . | quote }}
    imagePullPolicy: {{ $v.image.pullPolicy }}
    args:
      {{- if $hasConfig }}
      - --config=/conf/relay.yaml
      {{- end }}
      - --shutdown-delay={{ $v.drain.shutdownDelaySeconds }}s
      - --drain-timeout={{ $v.drain.timeoutSeconds }}s
      {{- range $v.command.extraArgs }}
      - {{ . | quote }}
      {{- end }}
    securityContext:
      {{- if $logs.enabled }}
      {{- /* The kubelet makes the files of logs readable for root alone. */}}
      {{- toYaml (mergeOverwrite (deepCopy $v.securityContext) (dict "runAsNonRoot" false "runAsUser" 0 "runAsGroup" 0 "capabilities" (dict "add" (list "DAC_READ_SEARCH")))) | nindent 6 }}
      {{- else }}
      {{- toYaml $v.securityContext | nindent 6 }}
      {{- end }}
    ports:
      {{- include "kanmon.containerPorts" . | nindent 6 }}
    env:
      {{- include "kanmon.env" . | nindent 6 }}
      {{- with $v.extraEnvs }}
      {{- tpl (toYaml .) $.root | nindent 6 }}
      {{- end }}
    {{- with $v.extraEnvsFrom }}
    envFrom:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $v.lifecycleHooks }}
    lifecycle:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- range $probe := list "livenessProbe" "readinessProbe" "startupProbe" }}
    {{- with get $v $probe }}
    {{ $probe }}:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- end }}
    {{- range $field := list "resources" "resizePolicy" }}
    {{- with get $v $field }}
    {{ $field }}:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- end }}
    {{- $mounts := include "kanmon.volumeMounts" . }}
    {{- if $mounts }}
    volumeMounts:
      {{- $mounts | nindent 6 }}
    {{- end }}
  {{- with $v.extraContainers }}
  {{- tpl (toYaml .) $.root | nindent 2 }}
  {{- end }}
{{- with $v.initContainers }}
initContainers:
  {{- tpl (toYaml .) $.root | nindent 2 }}
{{- end }}
{{- if $v.priorityClassName }}
priorityClassName: {{ $v.priorityClassName | quote }}
{{- end }}
{{- if $v.runtimeClassName }}
runtimeClassName: {{ $v.runtimeClassName | quote }}
{{- end }}
{{- range $field := list "hostNetwork" "hostPID" "shareProcessNamespace" }}
{{- if get $v $field }}
{{ $field }}: true
{{- end }}
{{- end }}
{{- if $v.schedulerName }}
schedulerName: {{ $v.schedulerName }}
{{- end }}
{{- with $v.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if $v.dnsPolicy }}
dnsPolicy: {{ $v.dnsPolicy }}
{{- else if $v.hostNetwork }}
dnsPolicy: ClusterFirstWithHostNet
{{- end }}
terminationGracePeriodSeconds: {{ $v.terminationGracePeriodSeconds }}
{{- $volumes := include "kanmon.volumes" . }}
{{- if $volumes }}
volumes:
  {{- $volumes | nindent 2 }}
{{- end }}
{{- with $v.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $v.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if $v.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml $v.topologySpreadConstraints | nindent 2 }}
{{- else if ne .w.kind "DaemonSet" }}
topologySpreadConstraints:
  {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "kanmon.selectorLabels" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "kanmon.containerPorts" -}}
{{- range $name, $port := include "kanmon.openPorts" .w | fromYaml }}
- name: {{ $name }}
  containerPort: {{ $port.containerPort }}
  protocol: {{ $port.protocol }}
  {{- if and $port.hostPort (eq $.w.kind "DaemonSet") }}
  hostPort: {{ $port.hostPort }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* The ports that are enabled, without those of receivers that were left out. */}}
{{- define "kanmon.openPorts" -}}
{{- $open := dict -}}
{{- range $name, $port := .values.ports -}}
{{- if and $port.enabled (not (has $name $.values.leaveOut.ports)) -}}
{{- $_ := set $open $name $port -}}
{{- end -}}
{{- end -}}
{{- toYaml $open -}}
{{- end -}}

{{- define "kanmon.env" -}}
{{- range $name, $path := dict "MY_POD_IP" "status.podIP" "OTEL_K8S_NODE_NAME" "spec.nodeName" "OTEL_K8S_NODE_IP" "status.hostIP" "OTEL_K8S_NAMESPACE" "metadata.namespace" "OTEL_K8S_POD_NAME" "metadata.name" "OTEL_K8S_POD_IP" "status.podIP" "K8S_NODE_NAME" "spec.nodeName" "K8S_NODE_IP" "status.hostIP" }}
- name: {{ $name }}
  valueFrom:
    fieldRef:
      fieldPath: {{ $path }}
{{- end }}
{{- end -}}

{{- define "kanmon.volumeMounts" -}}
{{- $v := .w.values -}}
{{- if or $v.configMap.create $v.configMap.existingName }}
- name: config
  mountPath: /conf
  readOnly: true
{{- end }}
{{- if $v.presets.logsCollection.enabled }}
- name: varlogpods
  mountPath: /var/log/pods
  readOnly: true
- name: varlibdockercontainers
  mountPath: /var/lib/docker/containers
  readOnly: true
{{- if $v.presets.logsCollection.storeCheckpoints }}
- name: varlibotelcol
  mountPath: /var/lib/otelcol
{{- end }}
{{- end }}
{{- if $v.presets.hostMetrics.enabled }}
- name: hostfs
  mountPath: /hostfs
  readOnly: true
  mountPropagation: HostToContainer
{{- end }}
{{- if $v.persistence.enabled }}
- name: storage
  mountPath: {{ $v.persistence.mountPath }}
{{- end }}
{{- with $v.extraVolumeMounts }}
{{ tpl (toYaml .) $.root }}
{{- end }}
{{- end -}}

{{- define "kanmon.volumes" -}}
{{- $v := .w.values -}}
{{- if or $v.configMap.create $v.configMap.existingName }}
- name: config
  configMap:
    name: {{ tpl (default .w.name $v.configMap.existingName) .root }}
    items:
      - key: relay
        path: relay.yaml
{{- end }}
{{- if $v.presets.logsCollection.enabled }}
- name: varlogpods
  hostPath:
    path: /var/log/pods
- name: varlibdockercontainers
  hostPath:
    path: /var/lib/docker/containers
{{- if $v.presets.logsCollection.storeCheckpoints }}
- name: varlibotelcol
  hostPath:
    path: /var/lib/otelcol
    type: DirectoryOrCreate
{{- end }}
{{- end }}
{{- if $v.presets.hostMetrics.enabled }}
- name: hostfs
  hostPath:
    path: /
{{- end }}
{{- with $v.extraVolumes }}
{{ tpl (toYaml .) $.root }}
{{- end }}
{{- end -}}
