// Package lint checks a TuxMonitoring or a TuxLogErasure offline as an API server would: unknown fields, the OpenAPI
// schema and the CEL rules of the CustomResourceDefinition that is installed. It needs no cluster and
// asks none. Start with schema.go.
package lint
