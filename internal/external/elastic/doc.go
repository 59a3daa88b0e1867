// Package elastic asks an Elasticsearch, by the endpoints of the official client. What a run does is in package logstore.
package elastic
