// Package store is what the log stores have in common that are told by an API and keep one data stream per class:
// Elasticsearch and OpenSearch. It is pure.
//
//	Decide     what holds for a tenant from now on, by what was promised and what is wanted, and the objects that say so
//	Drift      which of them the log store has otherwise
//	Questions  what to ask to find lines that should be gone
//
//	resource --\                     component template tux-TENANT, which has the ledger in its _meta
//	ledger -----> Decide --> Render  policy and index template tux.CLASS-TENANT, for each class
//	                                 data stream logs-tux.CLASS-TENANT, made by the first line
//
// What one of them says its own way is a Dialect. Three habits decide everything here. Templates are not locked: whoever
// writes last has written, so the ledger is written first and names its owner. A policy counts from the rollover of an
// index, not from a line, so that each index is rolled over early. And a policy that is taken away deletes nothing, so
// nothing ever needs to be taken away.
package store
