package main

import (
	"fmt"
	"strings"
)

const pageHead = `# Mutation testing of the rules

Would the tests notice if a rule were wrong? ` + "`make mutate`" + ` makes one small mistake at a time in every alert and
every recording rule, and runs the generated tests that involve the rule. A mistake a test notices is killed. There are two
kinds of tests:

- **Cases** say what is right: the alert fires just above its threshold, is silent just below, before its time, when the fault is
  somebody else's, and when another alert tells of the cause ([alerts.md](alerts.md)).
- **Noises** say only that something changed. A noise is random data of what one rule reads, made from the cases: their
  situations in any order, series that do something else than the others, neighbours that differ by one label, pods that
  come and go, counters that begin anew. ` + "`hack/mutate/corpus.yaml`" + ` has those that show a mistake no case shows,
  with a digest of what the rule says there; a test finds it out anew. If the meaning of a rule changes, that test fails until
  ` + "`go run ./hack/mutate -search 240`" + ` has written the corpus anew, and whoever reviews the change sees which rules it concerns.

One that survives is a gap in the tests, or no mistake: each is explained below, and the command fails when a survivor
has no explanation, when an explanation has no survivor, or when less than 90 % are killed. This page is written by
` + "`make mutate-page`" + `.

The mistakes, one operator each:

| operator | mistake |
|---|---|
| comparator | > becomes <, >= becomes <=, == becomes != and the other way round |
| threshold | a number times 10, and a tenth of it |
| matcher | one label matcher of a selector is dropped |
| range, offset | a range, the range of a subquery or an offset times 10, and a tenth of it |
| grouping | one label of an aggregation is dropped |
| matching | one label of on() or group_left() is dropped |
| side | the right side of unless, and, or is dropped; of or also the left one |
| arithmetic | + and - are swapped, * and / are swapped |
| aggregation | sum becomes max, max becomes min, min becomes max, count becomes group, and the like |
| function | rate and increase, max_over_time and min_over_time are swapped, and the like |
| for | dropped, and doubled |
| severity | another one |
| label | one static label is dropped |

Mistakes that leave an expression of the same meaning, as far as its text tells, are not made: calculations with
constants are done before two expressions are compared, and a matcher is not dropped that the other side of the same operation
asks for too. Rules rendered from one entry that differ in numbers and names only, such as
those of several objectives, are changed once. The resources are in ` + "`hack/mutate/environments`" + `.

`

// page writes docs/mutation.md. It says nothing that differs from run to run.
func page(t *tally, all []explanation) string {
	var out strings.Builder
	out.WriteString(pageHead)
	fmt.Fprintf(&out, "## Score\n\n**%s** of the mistakes are killed, %s by the cases alone.\n\n", t.total(), t.byCases())
	table(&out, "operator", t.by(operatorOf))
	out.WriteByte('\n')
	table(&out, "rule", t.by(ruleOf))
	out.WriteString("\n## What is not changed\n\n" +
		"These recording rules are for dashboards and reports: no alert reads them, so no generated test involves them. " +
		"The tests of `internal/plan/rules` recompute them from raw samples.\n\n")
	for _, name := range t.untested {
		fmt.Fprintf(&out, "- `%s`\n", name)
	}
	out.WriteString("\n## What survives, and why\n")
	for i, survivors := range explained(t.survivors(), all)[:len(all)] {
		fmt.Fprintf(&out, "\n%s\n\n", strings.TrimSpace(all[i].Why))
		for _, v := range survivors {
			fmt.Fprintf(&out, "- %s, %s: `%s`\n", v.Rule, v.Operator, v.Place)
		}
	}
	return out.String()
}
