// Package opensearchtest is an OpenSearch over HTTP for tests: what its documentation says of ISM policies, templates, data
// streams, counting and deleting by query (storetest), and nothing else. It is a fake: no real OpenSearch was asked whether
// it answers like that.
//
// Its index state management works when the clock is moved: an index takes the policy whose template fits the name of its
// data stream, in the latest revision, and keeps to that until it is told to change; it is rolled over, goes from state to
// state, and is deleted. Policies are locked by sequence numbers, templates are not. It complains (Problems) about requests
// that the real one would refuse or misread.
package opensearchtest
