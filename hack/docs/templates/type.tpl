{{- define "type" -}}
{{- if markdownShouldRenderType . }}
## {{ .Name }}

{{ if .IsAlias }}*{{ markdownRenderType .UnderlyingType }}.* {{ end }}{{ .Doc }}
{{ template "validation" .Validation }}
{{- if .References }}
Used by
{{- range $i, $type := .SortedReferences }}{{ if $i }},{{ end }} {{ markdownRenderTypeLink $type }}{{ end }}.
{{ end }}
{{- if .GVK }}
- **`apiVersion`**: `{{ .GVK.Group }}/{{ .GVK.Version }}`
- **`kind`**: `{{ .GVK.Kind }}`
{{- end }}
{{- range .Members }}
- {{ template "type_members" . }}
{{- end }}
{{- range .EnumValues }}
- **`{{ .Name }}`**: {{ .Doc | replace "\n" " " | trim }}
{{- end }}
{{ end -}}
{{- end -}}

{{- define "validation" -}}
{{- range . -}}
{{- if not (or (hasPrefix "Required" .) (hasPrefix "Optional" .)) }}
- {{ . | replace "\n" " " }}
{{- end -}}
{{- end -}}
{{- if . }}
{{ end -}}
{{- end -}}
