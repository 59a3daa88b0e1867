package loki

import "slices"

// What a Loki that the Loki operator runs has in common with one that reads a document of ours.

// ParseLedger reads what was promised.
func ParseLedger(text string) (Ledger, error) { return parseLedger(text) }

// IndexLabels are the attributes that become index labels, sorted.
func IndexLabels() []string { return slices.Clone(indexLabels) }

// ClassOf reads the selector of a class as we write it.
func ClassOf(selector string) (string, error) { return classOf(selector) }
