package ruletest

// Summary is everything a report tells.
type Summary struct {
	// Lines has one entry per alert and backend, and one per file of the user.
	Lines []Line `json:"-"`
	// Untested are the user's alerts no test asks about.
	Untested []Untested `json:"untested,omitempty"`
	// Skipped are cases that cannot be tested here.
	Skipped []Skipped `json:"skipped,omitempty"`
	// Failed is how many tests did not pass.
	Failed  int      `json:"failed"`
	Results []Result `json:"results"`
}

// Line sums up the tests of one alert of one backend, or of one file.
type Line struct {
	Suite, Alert, Backend string
	Passed, Tests         int
}

// Untested is an alert of the user nobody tests.
type Untested struct {
	Suite string `json:"suite"`
	Alert string `json:"alert"`
}

// Skipped is a case without tests.
type Skipped struct {
	Suite  string `json:"suite"`
	Case   string `json:"case"`
	Reason string `json:"reason"`
}

// Summarise sums up results, in their order.
func Summarise(subjects []Subject, files []UserFile, results []Result) *Summary {
	out := &Summary{Results: results}
	for i := range results {
		r := &results[i]
		line := out.line(Line{Suite: r.Suite, Alert: r.Alert, Backend: r.Backend})
		line.Tests++
		if r.Passed {
			line.Passed++
		} else {
			out.Failed++
		}
	}
	for i := range subjects {
		s := &subjects[i]
		for _, alert := range s.Untested(files) {
			out.Untested = append(out.Untested, Untested{s.Name, alert})
		}
		for j := range s.Cases {
			if c := &s.Cases[j]; c.Skipped != "" {
				out.Skipped = append(out.Skipped, Skipped{s.Name, Title(c), c.Skipped})
			}
		}
	}
	return out
}

// line returns the line of the same alert, made if it is not there.
func (s *Summary) line(of Line) *Line {
	for i := range s.Lines {
		if l := &s.Lines[i]; l.Suite == of.Suite && l.Alert == of.Alert && l.Backend == of.Backend {
			return l
		}
	}
	s.Lines = append(s.Lines, of)
	return &s.Lines[len(s.Lines)-1]
}
