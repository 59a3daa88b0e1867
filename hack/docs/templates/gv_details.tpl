{{- define "gvDetails" -}}
{{ $group := . -}}
`{{ .GroupVersionString }}`:
{{- range .SortedKinds }} {{ $group.TypeForKind . | markdownRenderTypeLink }}{{ end }}.
Begin there and follow the links; types are in alphabetical order. Nothing in this API has a default
in the schema: "if unset" says what the operator takes.
{{ range .SortedTypes }}{{ template "type" . }}{{ end }}
{{- end -}}
