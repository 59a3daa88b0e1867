// Package storetest is what the fakes of Elasticsearch and OpenSearch have in common: deleting by query, tasks, types of fields,
// write blocks, and counting the lines of a subject, as the documentation of both has it. No real one was asked.
package storetest
