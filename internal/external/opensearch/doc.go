// Package opensearch asks an OpenSearch, by the requests of the official client. What a run does is in package logstore.
package opensearch
