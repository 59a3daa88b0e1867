// Package elastic says in the language of Elasticsearch how long lines live: index lifecycle management of one data
// stream per class. It is pure; what it has in common with OpenSearch, and the ledger, is in package store.
//
//	Dialect  lifecycle policies and index templates
//	Judge    whether Elasticsearch does it
package elastic
