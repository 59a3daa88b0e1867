package ruletest

import (
	"cmp"
	"encoding/xml"
	"io"
	"strconv"
	"time"
)

// WriteJUnit writes results as JUnit XML, as CI systems read it: one suite per resource and per file of the
// user, one class per alert.
func WriteJUnit(w io.Writer, results []Result) error {
	type failure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	type testCase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Time    string   `xml:"time,attr"`
		Failure *failure `xml:"failure,omitempty"`
	}
	type suite struct {
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Time     string     `xml:"time,attr"`
		Cases    []testCase `xml:"testcase"`
	}
	var all struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []*suite `xml:"testsuite"`
	}
	suites, spent := map[string]*suite{}, map[string]time.Duration{}
	for i := range results {
		r := &results[i]
		s := suites[r.Suite]
		if s == nil {
			s = &suite{Name: r.Suite}
			suites[r.Suite], all.Suites = s, append(all.Suites, s)
		}
		one := testCase{Class: cmp.Or(r.Alert, r.Suite), Name: r.Test, Time: seconds(r.Duration)}
		if !r.Passed {
			s.Failures++
			one.Failure = &failure{"failed", r.Message}
		}
		s.Tests++
		spent[r.Suite] += r.Duration
		s.Time = seconds(spent[r.Suite])
		s.Cases = append(s.Cases, one)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }
