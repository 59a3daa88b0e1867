{{- define "tuxmon.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "tuxmon.fullname" -}}
{{- $name := include "tuxmon.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- /* Names of what has no namespace: two releases in two namespaces may have the same name. */ -}}
{{- define "tuxmon.clusterName" -}}
{{- if eq .Release.Namespace (include "tuxmon.fullname" .) }}
{{- include "tuxmon.fullname" . }}
{{- else }}
{{- printf "%s-%s" .Release.Namespace (include "tuxmon.fullname" .) }}
{{- end }}
{{- end }}

{{- define "tuxmon.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "tuxmon.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "tuxmon.selector" -}}
app.kubernetes.io/name: {{ include "tuxmon.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tuxmon.labels" -}}
{{ include "tuxmon.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "tuxmon.image" -}}
{{- $image := printf "%s/%s" .Values.image.registry .Values.image.repository }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $image .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $image (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- /* The limit of memory times the ratio, in bytes: Go's own units are not those of Kubernetes. */ -}}
{{- define "tuxmon.goMemLimit" -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 }}
{{- $limit := toString (dig "limits" "memory" "" .Values.resources) }}
{{- if and (regexMatch "^[0-9]+(k|M|G|Ki|Mi|Gi)?$" $limit) (gt (float64 .Values.goMemLimitRatio) 0.0) }}
{{- $number := regexFind "^[0-9]+" $limit | float64 }}
{{- $unit := get $units (regexReplaceAll "^[0-9]+" $limit "") }}
{{- mulf $number $unit .Values.goMemLimitRatio | floor | int64 }}
{{- end }}
{{- end }}

{{- /* Whether to render an object of a kind that may not be served: list of renderMode, what, root. */ -}}
{{- define "tuxmon.rendered" -}}
{{- $mode := index . 0 }}{{- $what := index . 1 }}{{- $root := index . 2 }}
{{- $served := $root.Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" $what) }}
{{- if and (not $served) (eq $mode "failIfMissing") }}
{{- fail (printf "%s is not served by this cluster: install prometheus-operator first, or set renderMode to skipIfMissing or alwaysRender" $what) }}
{{- end }}
{{- if or $served (eq $mode "alwaysRender") }}true{{- end }}
{{- end }}

{{- define "tuxmon.subject" -}}
- kind: ServiceAccount
  name: {{ include "tuxmon.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- /* What Helm can see to be impossible, before anything is installed. */ -}}
{{- define "tuxmon.check" -}}
{{- if and .Values.watchNamespaces .Values.metrics.secure }}
{{- fail "metrics.secure needs a ClusterRole (to review tokens), and watchNamespaces is for those who want none: choose one" }}
{{- end }}
{{- if and .Values.watchNamespaces .Values.sentry.allNamespaces }}
{{- fail "sentry.allNamespaces needs a ClusterRole, and watchNamespaces is for those who want none: use sentry.namespaces" }}
{{- end }}
{{- if and .Values.sentry.namespaces .Values.sentry.allNamespaces }}
{{- fail "sentry.namespaces and sentry.allNamespaces exclude each other" }}
{{- end }}
{{- range .Values.sentry.namespaces }}
{{- if and $.Values.watchNamespaces (not (has . $.Values.watchNamespaces)) }}
{{- fail (printf "sentry.namespaces has %q, which is not among watchNamespaces" .) }}
{{- end }}
{{- end }}
{{- if and (gt (int .Values.replicas) 1) (not .Values.leaderElection.enabled) }}
{{- fail "more than one replica needs leaderElection.enabled: they would write the same objects" }}
{{- end }}
{{- end }}
