{{/* The configuration of a workload, as YAML. */}}
{{- define "kanmon.config" -}}
{{- $v := .w.values -}}
{{- $config := deepCopy $v.config -}}
{{- if $v.alternateConfig -}}
{{- $config = deepCopy $v.alternateConfig -}}
{{- end -}}
{{- $config = include "kanmon.withoutLacking" (dict "config" $config "leaveOut" $v.leaveOut) | fromYaml -}}
{{- range $preset := list "logsCollection" "hostMetrics" "kubeletMetrics" "clusterMetrics" "kubernetesAttributes" "kubernetesEvents" "resourceDetection" -}}
{{- if (get $v.presets $preset).enabled -}}
{{- $config = include (printf "kanmon.preset.%s" $preset) (dict "root" $.root "w" $.w "config" $config) | fromYaml -}}
{{- end -}}
{{- end -}}
{{- if $v.persistence.enabled -}}
{{- $config = include "kanmon.persistent" (dict "w" .w "config" $config) | fromYaml -}}
{{- end -}}
{{- tpl (toYaml $config) .root -}}
{{- end -}}

{{/* Takes receivers of the types in `leaveOut.receivers` out of the configuration and its pipelines. */}}
{{- define "kanmon.withoutLacking" -}}
{{- $config := .config -}}
{{- range $type := .leaveOut.receivers -}}
{{- range $id, $_ := $.config.receivers -}}
{{- if eq (first (splitList "/" $id)) $type -}}
{{- $_ := set $config "receivers" (omit $config.receivers $id) -}}
{{- range $pipeline := $config.service.pipelines -}}
{{- $_ := set $pipeline "receivers" (without $pipeline.receivers $id) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* Adds the receiver `id` to the pipeline `signal`, which is made without processors where there is none. */}}
{{- define "kanmon.withReceiver" -}}
{{- $pipeline := get .config.service.pipelines .signal -}}
{{- if $pipeline -}}
{{- $_ := set $pipeline "receivers" (append (default list $pipeline.receivers) .id | uniq) -}}
{{- end -}}
{{- toYaml .config -}}
{{- end -}}

{{/* Puts the processor `id` into all pipelines: behind the memory limiter, before everything else. */}}
{{- define "kanmon.withProcessor" -}}
{{- range $signal, $pipeline := .config.service.pipelines -}}
{{- $processors := default list $pipeline.processors -}}
{{- if not (has $.id $processors) -}}
{{- $rest := prepend (without $processors "memory_limiter") $.id -}}
{{- if has "memory_limiter" $processors -}}
{{- $rest = prepend $rest "memory_limiter" -}}
{{- end -}}
{{- $_ := set $pipeline "processors" $rest -}}
{{- end -}}
{{- end -}}
{{- toYaml .config -}}
{{- end -}}

{{- define "kanmon.preset.logsCollection" -}}
{{- $preset := .w.values.presets.logsCollection -}}
{{- $own := printf "/var/log/pods/%s_%s-*_*/*/*.log" (include "kanmon.namespace" .root) .w.name -}}
{{- $exclude := ternary list (list $own) $preset.includeCollectorLogs -}}
{{- $receiver := dict "include" (list "/var/log/pods/*/*/*.log") "exclude" $exclude "start_at" "end" "include_file_path" true "include_file_name" false "retry_on_failure" (dict "enabled" true) "operators" (list (dict "type" "container" "id" "container-parser" "max_log_size" $preset.maxRecombineLogSize)) -}}
{{- $base := dict "receivers" (dict "filelog" $receiver) -}}
{{- $config := .config -}}
{{- if $preset.storeCheckpoints -}}
{{- $_ := set $receiver "storage" "file_storage" -}}
{{- $_ := set $base "extensions" (dict "file_storage" (dict "directory" "/var/lib/otelcol")) -}}
{{- $_ := set $config.service "extensions" (append (default list $config.service.extensions) "file_storage" | uniq) -}}
{{- end -}}
{{- include "kanmon.withReceiver" (dict "config" (mergeOverwrite $base $config) "signal" "logs" "id" "filelog") -}}
{{- end -}}

{{- define "kanmon.preset.hostMetrics" -}}
{{- $base := include "kanmon.hostMetrics" . | fromYaml -}}
{{- include "kanmon.withReceiver" (dict "config" (mergeOverwrite $base .config) "signal" "metrics" "id" "hostmetrics") -}}
{{- end -}}

{{- define "kanmon.hostMetrics" -}}
receivers:
  hostmetrics:
    root_path: /hostfs
    collection_interval: 10s
    scrapers:
      cpu:
      load:
      memory:
      disk:
      filesystem:
        exclude_mount_points:
          mount_points:
            - ^/(dev|proc|sys|snap)($|/)
            - ^/run/k3s/containerd($|/)
            - ^/var/lib/(docker|kubelet)($|/)
          match_type: regexp
        exclude_fs_types:
          fs_types: [autofs, binfmt_misc, bpf, cgroup2, configfs, debugfs, devpts, devtmpfs, fusectl, hugetlbfs, iso9660,
            mqueue, nsfs, overlay, proc, procfs, pstore, rpc_pipefs, securityfs, selinuxfs, squashfs, sysfs, tracefs]
          match_type: strict
      network:
{{- end -}}

{{- define "kanmon.preset.kubernetesAttributes" -}}
{{- $base := include "kanmon.kubernetesAttributes" . | fromYaml -}}
{{- $config := .config -}}
{{- /* Options that a user has set under the older name are those of the same processor. */}}
{{- if get (default dict $config.processors) "k8sattributes" -}}
{{- $own := mergeOverwrite (dict "k8s_attributes" (get $config.processors "k8sattributes")) (omit $config.processors "k8sattributes") -}}
{{- $_ := set $config "processors" $own -}}
{{- range $pipeline := $config.service.pipelines -}}
{{- $renamed := list -}}
{{- range $id := default list $pipeline.processors -}}
{{- $renamed = append $renamed (ternary "k8s_attributes" $id (eq $id "k8sattributes")) -}}
{{- end -}}
{{- $_ := set $pipeline "processors" $renamed -}}
{{- end -}}
{{- end -}}
{{- include "kanmon.withProcessor" (dict "config" (mergeOverwrite $base $config) "id" "k8s_attributes") -}}
{{- end -}}

{{- define "kanmon.kubernetesAttributes" -}}
processors:
  k8s_attributes:
    {{- if eq .w.kind "DaemonSet" }}
    filter:
      node_from_env_var: K8S_NODE_NAME
    {{- end }}
    passthrough: false
    pod_association:
      - sources: [{from: resource_attribute, name: k8s.pod.ip}]
      - sources: [{from: resource_attribute, name: k8s.pod.uid}]
      - sources: [{from: connection}]
    extract:
      otel_annotations: true
      metadata:
        - k8s.namespace.name
        - k8s.pod.name
        - k8s.pod.uid
        - k8s.node.name
        - k8s.pod.start_time
        - k8s.deployment.name
        - k8s.replicaset.name
        - k8s.replicaset.uid
        - k8s.daemonset.name
        - k8s.daemonset.uid
        - k8s.job.name
        - k8s.job.uid
        - k8s.container.name
        - k8s.cronjob.name
        - k8s.statefulset.name
        - k8s.statefulset.uid
        - container.image.tags
        - container.image.name
        - k8s.cluster.uid
        - service.namespace
        - service.name
        - service.version
        - service.instance.id
      {{- if .w.values.presets.kubernetesAttributes.extractAllPodLabels }}
      labels: [{tag_name: $$1, key_regex: (.*), from: pod}]
      {{- end }}
      {{- if .w.values.presets.kubernetesAttributes.extractAllPodAnnotations }}
      annotations: [{tag_name: $$1, key_regex: (.*), from: pod}]
      {{- end }}
{{- end -}}

{{/*
Adds the receiver `id` with its `options` to the pipeline `signal`. It reads the whole cluster: of several pods one does,
which they elect by a Lease that is named after `what`.
*/}}
{{- define "kanmon.withElected" -}}
{{- $v := .w.values -}}
{{- $config := .config -}}
{{- $options := .options -}}
{{- $base := dict "receivers" (dict .id $options) -}}
{{- if or (eq .w.kind "DaemonSet") $v.autoscaling.enabled $v.keda.enabled (gt (int64 $v.replicaCount) 1) -}}
{{- $elector := printf "k8s_leader_elector/%s" .what -}}
{{- $lease := dict "lease_name" (printf "%s-%s" .w.name .what) "lease_namespace" (include "kanmon.namespace" .root) -}}
{{- $_ := set $options "k8s_leader_elector" $elector -}}
{{- $_ := set $base "extensions" (dict $elector $lease) -}}
{{- $_ := set $config.service "extensions" (append (default list $config.service.extensions) $elector | uniq) -}}
{{- end -}}
{{- include "kanmon.withReceiver" (dict "config" (mergeOverwrite $base $config) "signal" .signal "id" .id) -}}
{{- end -}}

{{- define "kanmon.preset.kubernetesEvents" -}}
{{- if .w.values.presets.kubernetesEvents.useK8sEventsReceiver -}}
{{- include "kanmon.withElected" (dict "root" .root "w" .w "config" .config "signal" "logs" "id" "k8s_events" "options" dict "what" "events") -}}
{{- else -}}
{{- $events := dict "name" "events" "group" "events.k8s.io" "mode" "watch" "exclude_watch_type" (list "DELETED") -}}
{{- $options := dict "objects" (list $events) -}}
{{- include "kanmon.withElected" (dict "root" .root "w" .w "config" .config "signal" "logs" "id" "k8sobjects" "options" $options "what" "events") -}}
{{- end -}}
{{- end -}}

{{- define "kanmon.preset.clusterMetrics" -}}
{{- $options := dict "auth_type" "serviceAccount" "collection_interval" "10s" -}}
{{- include "kanmon.withElected" (dict "root" .root "w" .w "config" .config "signal" "metrics" "id" "k8s_cluster" "options" $options "what" "cluster") -}}
{{- end -}}

{{- define "kanmon.preset.kubeletMetrics" -}}
{{- $options := dict "auth_type" "serviceAccount" "collection_interval" "20s" "endpoint" "${env:K8S_NODE_IP}:10250" -}}
{{- $base := dict "receivers" (dict "kubeletstats" $options) -}}
{{- include "kanmon.withReceiver" (dict "config" (mergeOverwrite $base .config) "signal" "metrics" "id" "kubeletstats") -}}
{{- end -}}

{{- define "kanmon.preset.resourceDetection" -}}
{{- $preset := .w.values.presets.resourceDetection -}}
{{- $detectors := list -}}
{{- range $detector := list "env" "k8s_api" "eks" "aks" "gcp" -}}
{{- if (get $preset $detector).enabled -}}
{{- $detectors = append $detectors $detector -}}
{{- end -}}
{{- end -}}
{{- $processor := dict "detectors" $detectors "override" false -}}
{{- $base := dict "processors" (dict "resourcedetection/env" $processor) -}}
{{- include "kanmon.withProcessor" (dict "config" (mergeOverwrite $base .config) "id" "resourcedetection/env") -}}
{{- end -}}

{{/* Queues of OTLP exporters that name no storage are kept on the volume of the pod. */}}
{{- define "kanmon.persistent" -}}
{{- $config := .config -}}
{{- $base := dict "extensions" (dict "file_storage" (dict "directory" .w.values.persistence.mountPath)) -}}
{{- range $id, $exporter := $config.exporters -}}
{{- if has (first (splitList "/" $id)) (list "otlp" "otlphttp" "otlp_grpc" "otlp_http") -}}
{{- $queue := default dict $exporter.sending_queue -}}
{{- if and (ne (toString $queue.enabled) "false") (not $queue.storage) -}}
{{- $_ := set $exporter "sending_queue" (mergeOverwrite $queue (dict "storage" "file_storage")) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $_ := set $config.service "extensions" (append (default list $config.service.extensions) "file_storage" | uniq) -}}
{{- mergeOverwrite $base $config | toYaml -}}
{{- end -}}
