// Package plan decides everything we produce, and does nothing else.
//
//	Input{TuxMonitoring, Cluster} --Build--> Plan{Environment, Outputs, Findings}
//
//	1. discover   which Deployments, ports, Services, hosts and Prometheus resources there are
//	2. complete   fill in every default (defaults.go, the only place for defaults)
//	3. check      what only code can check (checks.go); CEL in the API came first
//	4. render     one row of Outputs after the other (outputs.go: the table of everything we produce)
//
// It is pure: no client, clock, network, environment or randomness, so that the operator, the CLI and
// the tests get the same bytes from the same input. What cannot be planned becomes a Finding; the
// rest is planned all the same. Start with outputs.go.
package plan
