{{- define "type_members" -}}
{{- $required := false -}}
{{- $bounds := list -}}
{{- range .Validation -}}
{{- if hasPrefix "Required" . -}}{{- $required = true -}}
{{- else if not (hasPrefix "Optional" .) -}}{{- $bounds = append $bounds . -}}
{{- end -}}
{{- end -}}
**`{{ .Name }}`** ({{ markdownRenderType .Type }}{{ if $required }}, required{{ end }}): {{ if eq .Name "metadata" -}}
the standard metadata of Kubernetes.
{{- else -}}
{{ .Doc | replace "\n" " " | trim }}
{{- end -}}
{{- range $bounds }}
  - {{ . | replace "\n" " " }}
{{- end -}}
{{- end -}}
