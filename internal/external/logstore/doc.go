// Package logstore is what the clients of log stores have in common that are told by an API: Elasticsearch and OpenSearch.
//
//	Keeper       one run: what is there, what follows, what differs is written and read back, what it does
//	Conn         asks one log store, and sorts its answers
//	Credentials  say how to log in
//
// What follows is decided by internal/plan/retention/store. Nothing is ever deleted here, nor detached.
package logstore
