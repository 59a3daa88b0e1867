package crds

import "embed"

// FS holds one CRD per file, named <group>_<plural>.yaml.
//
//go:embed *.yaml
var FS embed.FS
