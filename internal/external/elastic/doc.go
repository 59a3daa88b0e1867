// Package elastic keeps the retention of logs in an Elasticsearch, and looks whether it does it.
//
//	Client  one Elasticsearch, by the endpoints of the official client
//	Keep    one run: what is there, what follows, what differs is written and read back, what it does
//
// What follows is decided by internal/plan/retention/elastic. Nothing is ever deleted here, nor detached.
package elastic
