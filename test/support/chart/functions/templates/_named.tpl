{{/* A comment, with }} and "quotes" in it. */}}
{{- define "functions.name" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 10 | trimSuffix "-" -}}
{{- end -}}

{{- define "functions.lines" }}
first: {{ .first }}
second:
  - {{ .second | quote }}
{{- end }}

{{- define "functions.map" -}}
{{- dict "name" .name "nested" (dict "list" (list 1 "two" true)) "none" nil | toYaml -}}
{{- end -}}

{{/* A map that is given is changed for the one that gave it. */}}
{{- define "functions.sets" -}}
{{- $_ := set .map "added" "here" -}}
{{- end -}}
