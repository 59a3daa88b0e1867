// Package loki renders retention for Grafana Loki 3. It is pure.
//
//	Block      the limits of one tenant
//	Document   the file that Loki reads: the blocks of all tenants, and beside it the ledger of promises
//	Aggregate  the document that follows from the last one and from what all resources want
//
//	resource A --\                         /--> overrides.yaml   what Loki loads
//	resource B ----> Aggregate --> Document
//	last document -/                       \--> ledger.json      what was promised to whom
//
// Three habits of Loki 3.7.8 decide everything here. One bad block stops the reload for all tenants, and
// after a restart Loki does not come up; so every block is validated alone and the whole once more. A
// tenant without a body crashes the compactor; so there is none. What a block no longer says is deleted
// within minutes, whatever its age; so blocks stay until a person decides otherwise.
package loki
