{{/* Names. */}}
{{- define "kanmon.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "kanmon.chartname" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "kanmon.fullname" -}}
{{- $name := include "kanmon.chartname" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/*
A workload: `name` is "single" for the one of `mode`, or the key of its values. As YAML, for `fromYaml`: enabled, name
and kind of the object, component (a label), values.
*/}}
{{- define "kanmon.workload" -}}
{{- $values := deepCopy .root.Values -}}
{{- $enabled := ne .root.Values.mode "" -}}
{{- $fullname := include "kanmon.fullname" .root -}}
{{- $kind := get (dict "deployment" "Deployment" "statefulset" "StatefulSet" "daemonset" "DaemonSet") .root.Values.mode -}}
{{- $component := "gateway" -}}
{{- if ne .name "single" -}}
{{- $own := get .root.Values .name -}}
{{- $values = mergeOverwrite (omit $values "config" "alternateConfig") (deepCopy $own) -}}
{{- $enabled = and (eq .root.Values.mode "") $own.enabled -}}
{{- $fullname = printf "%s-%s" $fullname .name -}}
{{- $kind = get (dict "tier1" "Deployment" "tier2" "StatefulSet" "agent" "DaemonSet") .name -}}
{{- $component = .name -}}
{{- end -}}
{{- dict "enabled" $enabled "name" $fullname "kind" $kind "component" $component "values" (omit $values "tier1" "tier2" "agent") | toYaml -}}
{{- end -}}

{{- define "kanmon.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kanmon.chartname" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .w.component }}
{{- end -}}

{{- define "kanmon.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{ include "kanmon.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .w.values.additionalLabels }}
{{ tpl (toYaml .) $.root }}
{{- end }}
{{- end -}}

{{/* `metadata` of an object of a workload. */}}
{{- define "kanmon.metadata" -}}
metadata:
  name: {{ .w.name }}
  namespace: {{ include "kanmon.namespace" .root }}
  labels:
    {{- include "kanmon.labels" . | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- tpl (toYaml .) $.root | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "kanmon.serviceAccountName" -}}
{{- if .w.values.serviceAccount.create -}}
{{- default .w.name .w.values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .w.values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "kanmon.image" -}}
{{- with .w.values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" (default "kanmon" .repository) .digest -}}
{{- else -}}
{{- printf "%s:%s" (default "kanmon" .repository) (default $.root.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Values that cannot be what was meant end the rendering, in words. */}}
{{- define "kanmon.check" -}}
{{- $v := .w.values -}}
{{- $at := ternary "" (printf "%s: " .w.component) (eq .w.component "gateway") -}}
{{- $needed := add $v.drain.shutdownDelaySeconds $v.drain.timeoutSeconds 5 -}}
{{- if lt (int64 $v.terminationGracePeriodSeconds) $needed -}}
{{- fail (printf "%sterminationGracePeriodSeconds is %d: a pod needs %d, drain.shutdownDelaySeconds and drain.timeoutSeconds and 5 more, or it is killed with data that it holds" $at (int64 $v.terminationGracePeriodSeconds) $needed) -}}
{{- end -}}
{{- if $v.command.name -}}
{{- fail (printf "%scommand.name: the image has one program: leave it out" $at) -}}
{{- end -}}
{{- if contains "opentelemetry-collector" $v.image.repository -}}
{{- fail (printf "%simage.repository: %s is the Collector: leave it out, or name an image of Kanmon" $at $v.image.repository) -}}
{{- end -}}
{{- if and $v.autoscaling.enabled $v.keda.enabled -}}
{{- fail (printf "%sautoscaling and keda are both enabled: two autoscalers of one workload work against each other" $at) -}}
{{- end -}}
{{- if or $v.presets.annotationDiscovery.logs.enabled $v.presets.annotationDiscovery.metrics.enabled -}}
{{- fail (printf "%spresets.annotationDiscovery: Kanmon has no receiver_creator: use presets.logsCollection, or the receiver prometheus" $at) -}}
{{- end -}}
{{- if $v.presets.profiling.enabled -}}
{{- fail (printf "%spresets.profiling: Kanmon has no profiling receiver: run the Collector's profiler, and let it export OTLP to Kanmon" $at) -}}
{{- end -}}
{{- if $v.presets.kubernetesObjects.enabled -}}
{{- fail (printf "%spresets.kubernetesObjects: list the kinds in config.receivers.k8s_objects.objects: the chart gives the rights for them" $at) -}}
{{- end -}}
{{- range $signal := list "traces" "metrics" "logs" -}}
{{- if (get $v.internalTelemetryViaOTLP $signal).enabled -}}
{{- fail (printf "%sinternalTelemetryViaOTLP.%s: write it into config.service.telemetry, which Kanmon reads as the Collector does" $at $signal) -}}
{{- end -}}
{{- end -}}
{{- if $v.httproute.enabled -}}
{{- fail (printf "%shttproute: put the HTTPRoute into extraManifests" $at) -}}
{{- end -}}
{{- if $v.ingress.additionalIngresses -}}
{{- fail (printf "%singress.additionalIngresses: put further Ingresses into extraManifests" $at) -}}
{{- end -}}
{{- if and $v.presets.logsCollection.enabled (ne .w.kind "DaemonSet") -}}
{{- fail (printf "%spresets.logsCollection reads the files of a node: enable it for the agent, or with mode daemonset" $at) -}}
{{- end -}}
{{- if and $v.presets.kubeletMetrics.enabled (ne .w.kind "DaemonSet") -}}
{{- fail (printf "%spresets.kubeletMetrics reads the kubelet of its node: enable it for the agent, or with mode daemonset" $at) -}}
{{- end -}}
{{- if and $v.persistence.enabled (ne .w.kind "StatefulSet") -}}
{{- fail (printf "%spersistence: only the pods of a StatefulSet have a volume each: enable it for tier2, or with mode statefulset" $at) -}}
{{- end -}}
{{- if and .root.Values.configMap.existingName (eq .root.Values.mode "") -}}
{{- fail "configMap.existingName: one ConfigMap cannot be the configuration of both tiers and the agent: set mode" -}}
{{- end -}}
{{- end -}}
