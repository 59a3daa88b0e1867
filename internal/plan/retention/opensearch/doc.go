// Package opensearch says in the language of OpenSearch how long lines live: index state management (ISM) of one data
// stream per class. It is pure; what it has in common with Elasticsearch, and the ledger, is in package store.
//
//	Dialect  ISM policies and index templates
//	Judge    whether OpenSearch does it, and which indices have to be told
//
// Three things are otherwise than in Elasticsearch. A policy has no _meta, so that its description is the mark, and the
// ledger is in the _meta of a component template, as there. A policy is locked: whoever writes one says which revision he
// has read. And an index keeps to the revision that it began with until somebody tells it to change.
package opensearch
