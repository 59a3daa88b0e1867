// Package elastic renders retention for Elasticsearch: index lifecycle management of one data stream per class. It is pure.
//
//	Decide  what holds for a tenant from now on, by what was promised and what is wanted
//	Render  the objects that say so: component template (with the ledger), lifecycle policies, index templates
//	Drift   which of them Elasticsearch has otherwise
//	Judge   whether Elasticsearch does it
//
//	resource --\                     component template tux-TENANT, which has the ledger in its _meta
//	ledger -----> Decide --> Render  policy and index template tux.CLASS-TENANT, for each class
//	                                 data stream logs-tux.CLASS-TENANT, made by the first line
//
// Three habits decide everything here. Nothing is locked: whoever writes last has written, so the ledger is written
// first and names its owner. A policy counts from the rollover of an index, not from a line, so that each index is
// rolled over early. And a policy that is taken away deletes nothing, so nothing ever needs to be taken away.
package elastic
