// Package elastictest is an Elasticsearch over HTTP for tests: what its documentation says of lifecycle policies,
// templates, data streams, counting and deleting by query (storetest), and nothing else. It is a fake: no real Elasticsearch
// was asked whether it answers like that.
//
// Its lifecycle management works when the clock is moved: indices are rolled over, go from phase to phase by the
// revision of the policy that holds, and are deleted. It locks nothing, as the real one, and complains (Problems) about
// requests that the real one would refuse or misread.
package elastictest
