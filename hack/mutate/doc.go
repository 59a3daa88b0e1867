// Command mutate asks whether the generated tests of the rules would notice a mistake: it makes small
// mistakes, one at a time, in every rule we ship, and runs the tests that involve the rule. A mistake
// they notice is killed; one they do not notice survives and needs an explanation.
//
//	rules --Mutants--> one changed rule each --generated tests--> killed | survived
//
// Start with mutant.go; operators.go is the table of the mistakes.
package main
