// Package crd holds the CustomResourceDefinition exactly as it is installed, so that the CLI checks
// resources offline against what an API server would.
package crd

import _ "embed"

// TuxMonitoring is the YAML of the CustomResourceDefinition.
//
//go:embed bases/monitoring.tux.io_tuxmonitorings.yaml
var TuxMonitoring []byte

// TuxLogErasure is the YAML of the CustomResourceDefinition.
//
//go:embed bases/monitoring.tux.io_tuxlogerasures.yaml
var TuxLogErasure []byte
