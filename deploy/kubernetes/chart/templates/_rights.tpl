{{/*
The rights that a configuration needs, and no more, as YAML: `cluster` has the rules of a ClusterRole, `namespaces` by
namespace those of a Role. Each component is looked at by its type, and its options say what it reads.
*/}}
{{- define "kanmon.rights" -}}
{{- $config := dict -}}
{{- if .w.values.configMap.create -}}
{{- $config = include "kanmon.config" . | fromYaml -}}
{{- end -}}
{{- $rights := dict "cluster" (default list .w.values.clusterRole.rules) "namespaces" dict -}}
{{- range $id, $options := $config.exporters -}}
{{- if has (first (splitList "/" $id)) (list "load_balancing" "loadbalancing") -}}
{{- $service := dig "resolver" "k8s" "service" "" (default dict $options) -}}
{{- if $service -}}
{{- $parts := splitList "." $service -}}
{{- $namespace := include "kanmon.namespace" $.root -}}
{{- if gt (len $parts) 1 -}}
{{- $namespace = index $parts 1 -}}
{{- end -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" $namespace "group" "discovery.k8s.io" "resource" "endpointslices") | fromYaml -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $id, $options := $config.processors -}}
{{- $type := first (splitList "/" $id) -}}
{{- if has $type (list "k8s_attributes" "k8sattributes") -}}
{{- $rights = include "kanmon.rightsOfAttributes" (dict "rights" $rights "options" (default dict $options)) | fromYaml -}}
{{- else if has $type (list "resource_detection" "resourcedetection") -}}
{{- $rights = include "kanmon.rightsOfDetection" (dict "rights" $rights "options" (default dict $options)) | fromYaml -}}
{{- end -}}
{{- end -}}
{{- range $id, $options := $config.receivers -}}
{{- $type := first (splitList "/" $id) -}}
{{- if has $type (list "k8s_objects" "k8sobjects") -}}
{{- range $object := dig "objects" list (default dict $options) -}}
{{- range $namespace := default (list "") $object.namespaces -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" $namespace "group" (default "" $object.group) "resource" $object.name) | fromYaml -}}
{{- end -}}
{{- end -}}
{{- else if eq $type "k8s_events" -}}
{{- range $namespace := default (list "") (default dict $options).namespaces -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" $namespace "group" "" "resource" "events") | fromYaml -}}
{{- end -}}
{{- else if eq $type "k8s_cluster" -}}
{{- $rights = include "kanmon.rightsOfCluster" (dict "rights" $rights "options" (default dict $options) "id" $id "pipelines" (dig "service" "pipelines" dict $config)) | fromYaml -}}
{{- else if has $type (list "kubelet_stats" "kubeletstats") -}}
{{- $rights = include "kanmon.rightsOfKubelet" (dict "rights" $rights "options" (default dict $options)) | fromYaml -}}
{{- else if eq $type "prometheus" -}}
{{- range $job := dig "config" "scrape_configs" list (default dict $options) -}}
{{- range $discovery := default list $job.kubernetes_sd_configs -}}
{{- $rights = include "kanmon.rightsOfDiscovery" (dict "root" $.root "rights" $rights "discovery" $discovery) | fromYaml -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $id, $options := $config.extensions -}}
{{- if eq (first (splitList "/" $id)) "k8s_leader_elector" -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" $options.lease_namespace "group" "coordination.k8s.io" "resource" "leases" "verbs" (list "get" "create" "update")) | fromYaml -}}
{{- end -}}
{{- end -}}
{{- toYaml $rights -}}
{{- end -}}

{{/* Of `k8s_cluster`: with `namespaces` no objects of the cluster are read. */}}
{{- define "kanmon.rightsOfCluster" -}}
{{- $rights := .rights -}}
{{- $namespaces := default (list "") .options.namespaces -}}
{{- if .options.namespace -}}
{{- $namespaces = list .options.namespace -}}
{{- end -}}
{{- $groups := dict "pods" "" "replicationcontrollers" "" "resourcequotas" "" "deployments" "apps" "replicasets" "apps" "statefulsets" "apps" "daemonsets" "apps" "jobs" "batch" "cronjobs" "batch" "horizontalpodautoscalers" "autoscaling" -}}
{{- $more := list -}}
{{- range $pipeline, $parts := .pipelines -}}
{{- if and (eq (first (splitList "/" $pipeline)) "logs") (has $.id (default list $parts.receivers)) -}}
{{- $more = list "services" "persistentvolumeclaims" "persistentvolumes" -}}
{{- end -}}
{{- end -}}
{{- range $metric, $switch := default dict .options.metrics -}}
{{- if $switch.enabled -}}
{{- if hasPrefix "k8s.service." $metric -}}
{{- $more = append $more "services" -}}
{{- end -}}
{{- if eq $metric "k8s.service.endpoint.count" -}}
{{- $_ := set $groups "endpointslices" "discovery.k8s.io" -}}
{{- end -}}
{{- if hasPrefix "k8s.persistentvolumeclaim." $metric -}}
{{- $more = append $more "persistentvolumeclaims" -}}
{{- end -}}
{{- if hasPrefix "k8s.persistentvolume." $metric -}}
{{- $more = append $more "persistentvolumes" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $resource := list "services" "persistentvolumeclaims" -}}
{{- if has $resource $more -}}
{{- $_ := set $groups $resource "" -}}
{{- end -}}
{{- end -}}
{{- range $resource, $group := $groups -}}
{{- range $namespace := $namespaces -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" $namespace "group" $group "resource" $resource) | fromYaml -}}
{{- end -}}
{{- end -}}
{{- if has "" $namespaces -}}
{{- $ofCluster := list "nodes" "namespaces" -}}
{{- if has "persistentvolumes" $more -}}
{{- $ofCluster = append $ofCluster "persistentvolumes" -}}
{{- end -}}
{{- range $resource := $ofCluster -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" "" "group" "" "resource" $resource) | fromYaml -}}
{{- end -}}
{{- if eq (toString .options.distribution) "openshift" -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" "" "group" "quota.openshift.io" "resource" "clusterresourcequotas") | fromYaml -}}
{{- end -}}
{{- end -}}
{{- toYaml $rights -}}
{{- end -}}

{{/* Of `kubelet_stats`: the pods of the node are read for labels and for shares of limits and requests. */}}
{{- define "kanmon.rightsOfKubelet" -}}
{{- $rights := .rights -}}
{{- $options := .options -}}
{{- $readsPods := gt (len (default list $options.extra_metadata_labels)) 0 -}}
{{- range $metric, $switch := default dict $options.metrics -}}
{{- if and $switch.enabled (contains "_utilization" $metric) -}}
{{- $readsPods = true -}}
{{- end -}}
{{- end -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" "" "group" "" "resource" "nodes/stats" "verbs" (list "get")) | fromYaml -}}
{{- if $readsPods -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" "" "group" "" "resource" "nodes/pods" "verbs" (list "get")) | fromYaml -}}
{{- end -}}
{{- if $options.k8s_api_config -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" "" "group" "" "resource" "nodes") | fromYaml -}}
{{- range $resource := list "persistentvolumeclaims" "persistentvolumes" -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" "" "group" "" "resource" $resource "verbs" (list "get")) | fromYaml -}}
{{- end -}}
{{- end -}}
{{- toYaml $rights -}}
{{- end -}}

{{/* Of `kubernetes_sd_configs`: what each role reads, in the namespaces that it names. */}}
{{- define "kanmon.rightsOfDiscovery" -}}
{{- $rights := .rights -}}
{{- $roles := dict "node" (list "nodes") "pod" (list "pods") "service" (list "services") "endpoints" (list "endpoints" "services" "pods") "endpointslice" (list "endpointslices" "services" "pods") "ingress" (list "ingresses") -}}
{{- $groups := dict "endpointslices" "discovery.k8s.io" "ingresses" "networking.k8s.io" -}}
{{- $namespaces := dig "namespaces" "names" list .discovery -}}
{{- if dig "namespaces" "own_namespace" false .discovery -}}
{{- $namespaces = append $namespaces (include "kanmon.namespace" .root) -}}
{{- end -}}
{{- if or (not $namespaces) (eq .discovery.role "node") -}}
{{- $namespaces = list "" -}}
{{- end -}}
{{- range $resource := get $roles .discovery.role -}}
{{- range $namespace := $namespaces -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" $namespace "group" (get $groups $resource) "resource" $resource) | fromYaml -}}
{{- end -}}
{{- end -}}
{{- toYaml $rights -}}
{{- end -}}

{{/* Adds a rule: to list and watch, unless `verbs` says otherwise; in all namespaces when `namespace` is ''. */}}
{{- define "kanmon.withRule" -}}
{{- $verbs := default (list "get" "list" "watch") .verbs -}}
{{- $rule := dict "apiGroups" (list .group) "resources" (list .resource) "verbs" $verbs -}}
{{- if .names -}}
{{- $_ := set $rule "resourceNames" .names -}}
{{- end -}}
{{- if .namespace -}}
{{- $there := default list (get .rights.namespaces .namespace) -}}
{{- $_ := set .rights.namespaces .namespace (append $there $rule | uniq) -}}
{{- else -}}
{{- $_ := set .rights "cluster" (append .rights.cluster $rule | uniq) -}}
{{- end -}}
{{- toYaml .rights -}}
{{- end -}}

{{- define "kanmon.rightsOfAttributes" -}}
{{- $o := .options -}}
{{- $rights := .rights -}}
{{- if and (not $o.passthrough) (eq (default "serviceAccount" $o.auth_type) "serviceAccount") -}}
{{- $namespace := dig "filter" "namespace" "" $o -}}
{{- $extract := default dict $o.extract -}}
{{- $metadata := default list $extract.metadata -}}
{{- $from := list -}}
{{- range $tag := concat (default list $extract.labels) (default list $extract.annotations) -}}
{{- $from = append $from (default "pod" $tag.from) -}}
{{- end -}}
{{- $guessed := not (eq (toString $extract.deployment_name_from_replicaset) "false") -}}
{{- $needs := dict "pods" true -}}
{{- $_ := set $needs "namespaces" (or (has "namespace" $from) (has "k8s.cluster.uid" $metadata)) -}}
{{- $_ := set $needs "nodes" (or (has "node" $from) (has "k8s.node.uid" $metadata)) -}}
{{- $_ := set $needs "replicasets" (or (has "deployment" $from) (has "k8s.deployment.uid" $metadata) (and (not $guessed) (or (not $metadata) (has "k8s.deployment.name" $metadata) (has "service.name" $metadata)))) -}}
{{- $_ := set $needs "deployments" (has "deployment" $from) -}}
{{- $_ := set $needs "statefulsets" (has "statefulset" $from) -}}
{{- $_ := set $needs "daemonsets" (has "daemonset" $from) -}}
{{- $_ := set $needs "jobs" (or (has "job" $from) (has "k8s.cronjob.uid" $metadata)) -}}
{{- $groups := dict "pods" "" "namespaces" "" "nodes" "" "replicasets" "apps" "deployments" "apps" "statefulsets" "apps" "daemonsets" "apps" "jobs" "batch" -}}
{{- range $resource, $group := $groups -}}
{{- if get $needs $resource -}}
{{- $there := ternary "" $namespace (has $resource (list "namespaces" "nodes")) -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" $there "group" $group "resource" $resource) | fromYaml -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $rights -}}
{{- end -}}

{{- define "kanmon.rightsOfDetection" -}}
{{- $rights := .rights -}}
{{- $detectors := default list .options.detectors -}}
{{- if or (has "k8s_api" $detectors) (has "k8snode" $detectors) -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" "" "group" "" "resource" "nodes" "verbs" (list "get")) | fromYaml -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" "" "group" "" "resource" "namespaces" "verbs" (list "get") "names" (list "kube-system")) | fromYaml -}}
{{- end -}}
{{- if has "kubeadm" $detectors -}}
{{- $rights = include "kanmon.withRule" (dict "rights" $rights "namespace" "kube-system" "group" "" "resource" "configmaps" "verbs" (list "get") "names" (list "kubeadm-config")) | fromYaml -}}
{{- end -}}
{{- toYaml $rights -}}
{{- end -}}

{{/* Whether the pods get a token: "true" where something is read with it, or where the configuration is not known. */}}
{{- define "kanmon.mountsToken" -}}
{{- $said := toString .w.values.serviceAccount.automountServiceAccountToken -}}
{{- if has $said (list "true" "false") -}}
{{- $said -}}
{{- else if not .w.values.configMap.create -}}
true
{{- else -}}
{{- $rights := include "kanmon.rights" . | fromYaml -}}
{{- if or $rights.cluster $rights.namespaces -}}true{{- else -}}false{{- end -}}
{{- end -}}
{{- end -}}
