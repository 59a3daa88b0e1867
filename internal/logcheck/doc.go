// Package logcheck holds log lines against what the rest of the product relies on: that they are JSON,
// have the keys that decide their class, say whose workspace they are about, and hold no secrets. It says
// which class each line would get, by the same function as everything else.
//
//	New     a Checker for a policy and a contract
//	Read    gives it the lines of a stream
//	Report  what it has seen; Report.Problems is what breaks the contract
//
// It is pure but for the reader it is given. A report never holds a part of a line: who reads the report
// need not be somebody who may read the logs.
package logcheck
