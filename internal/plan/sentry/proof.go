package sentry

// Proof is how far it has come to prove one set of settings. It is written down before each event, so that
// whoever is stopped at any step never sends more than MaxProofEvents.
type Proof struct {
	// Of tells what is proven: the settings, the project, the key, and a request by a person.
	Of string
	// EventID is that of the last event; "" before the first.
	EventID string
	// Events is how many were sent.
	Events int
	// Verdict on the last event; "" while it was not read.
	Verdict ProofVerdict
	// Findings are those of the last event that was read.
	Findings []Finding

	// Unsent says that the last event got no answer. It is sent again under its number, which Sentry takes
	// once only. Not written down: who does not know looks for the event.
	Unsent bool
	// Reads is how often the last event was looked for in vain. Not written down.
	Reads int
}

// ProofVerdict is what an event comes to.
type ProofVerdict string

// The verdicts.
const (
	// ProofVerified: what shall be removed is.
	ProofVerified ProofVerdict = "Verified"
	// ProofLeak: something is stored that shall not be.
	ProofLeak ProofVerdict = "LeakFound"
	// ProofUnread: the event was accepted, and did not appear.
	ProofUnread ProofVerdict = "Unread"
)

const (
	// MaxProofEvents for one set of settings. More than one, because new settings take minutes to reach the
	// servers that scrub, and because an event can be dropped without a word.
	MaxProofEvents = 3
	// maxProofReads of one event.
	maxProofReads = 8
)

// ProofStep is what to do next.
type ProofStep int

// The steps.
const (
	// ProofSend an event: a new one, or the last one again.
	ProofSend ProofStep = iota
	// ProofRead it back.
	ProofRead
	// ProofDone: nothing more is to be done.
	ProofDone
)

// Next is the next step. A last event that did not appear is looked for as long as somebody asks.
func (p Proof) Next() ProofStep {
	switch {
	case p.Verdict == ProofVerified:
		return ProofDone
	case p.EventID == "" || p.Unsent:
		return ProofSend
	case p.Verdict == "":
		return ProofRead
	case p.Events < MaxProofEvents:
		return ProofSend
	case p.Verdict == ProofUnread:
		return ProofRead
	}
	return ProofDone
}

// Final says that no further event is sent.
func (p Proof) Final() bool {
	return p.Verdict == ProofVerified || p.Verdict != "" && p.Events >= MaxProofEvents && !p.Unsent
}

// Sending is the proof before an event of this number is sent; one without an answer keeps its own. Where the
// answer is that the event was not taken, it is as it was before: that one does not count.
func (p Proof) Sending(id string) Proof {
	if p.Unsent && p.EventID != "" {
		return p
	}
	return Proof{Of: p.Of, EventID: id, Events: p.Events + 1, Findings: p.Findings, Unsent: true}
}

// Sent is the proof after the event was taken.
func (p Proof) Sent() Proof {
	p.Unsent, p.Reads = false, 0
	return p
}

// NotYet is the proof after the event was looked for in vain.
func (p Proof) NotYet() Proof {
	if p.Reads++; p.Reads >= maxProofReads {
		p.Verdict = ProofUnread
	}
	return p
}

// Judged is the proof after the event was read.
func (p Proof) Judged(findings []Finding) Proof {
	p.Findings, p.Verdict = findings, ProofVerified
	if len(Leaks(findings)) > 0 {
		p.Verdict = ProofLeak
	}
	return p
}
