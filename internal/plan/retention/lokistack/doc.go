// Package lokistack renders retention for a LokiStack of the Loki operator, and says whether it has it. It is pure.
//
//	Read    what of a LokiStack concerns us: limits, which of them are ours, what it says of itself
//	Decide  the limits that follow from what was promised and from what all resources want
//	Patch   the fields to apply, and nothing else
//	Judge   whether it does what is applied
//
// What is promised is decided in package loki, and is kept in a ledger beside the LokiStack: the Loki operator writes the
// overrides, and what no field of a LokiStack has a place for (owner, protection, classes that once were) is in no field.
package lokistack
