package seal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// MaxLines is how many lines an hour may have that is sealed.
const MaxLines = 1_000_000

// ErrTooMany is returned for an hour with more lines than that.
var ErrTooMany = fmt.Errorf("an hour has more than %d lines", MaxLines)

const version = 1

// Seal is what is kept of the lines of one class in one hour. The order of its fields is that of what is signed.
type Seal struct {
	Version int    `json:"version"`
	Tenant  string `json:"tenant"`
	Class   string `json:"class"`
	// Hour is when it begins, as 2026-11-24T13:00:00Z.
	Hour string `json:"hour"`
	// Days is how long lines of the class lived when it was sealed: what was older then is gone, whatever holds later.
	Days int `json:"days"`
	// Lines is their number, and Root the Merkle root over them.
	Lines int    `json:"lines"`
	Root  string `json:"root"`
	// Unreadable says why the lines could not be read, of an hour that is left out: nothing is known of it then.
	Unreadable string `json:"unreadable,omitempty"`
	// Minutes has the number of lines, a hash, and short prints of the lines, of each minute that has any.
	Minutes string `json:"minutes"`
	// Previous is the hash of the seal before, empty for the first of all.
	Previous string `json:"previous"`
	// Key is the beginning of the hash of the public key.
	Key       string `json:"key"`
	Signature string `json:"signature,omitempty"`
}

// Of says whose seals they are.
type Of struct{ Tenant, Class string }

// Maker makes the seal of one hour from its lines.
type Maker struct {
	of      Of
	hour    time.Time
	leaves  *leaves
	hours   tree
	minutes []minute
	lines   int
}

// NewMaker returns one for the hour that begins at a time.
func NewMaker(of Of, hour time.Time) *Maker {
	m := &Maker{of: of, hour: hour.UTC().Truncate(time.Hour)}
	m.leaves = newLeaves(m.hour, m.close)
	return m
}

// Add takes the next line, in the order of their times. It keeps four bytes of it.
func (m *Maker) Add(line Line) error { return m.leaves.add(line) }

func (m *Maker) close(number int, leaves []hash) error {
	if m.lines += len(leaves); m.lines > MaxLines {
		return ErrTooMany
	}
	root := rootOf(leaves)
	m.hours.add(ofMinute(number, len(leaves), root))
	one := minute{number: number, count: len(leaves), short: [shortHash]byte(root[:shortHash])}
	if m.lines <= MaxPrinted {
		one.prints = make([]uint32, len(leaves))
		for i := range leaves {
			one.prints[i] = printOf(&leaves[i])
		}
	}
	m.minutes = append(m.minutes, one)
	return nil
}

// Seal ends the hour, and signs it as the one after the seal with this hash, of lines that live so many days.
func (m *Maker) Seal(previous string, days int, key ed25519.PrivateKey) (Seal, error) {
	if err := m.leaves.close(); err != nil {
		return Seal{}, err
	}
	return m.sign("", previous, days, key)
}

// Unreadable is the seal of an hour whose lines cannot be read wholly: it says so, and lets the next hours be sealed. What was
// added to the maker is left out.
func (m *Maker) Unreadable(why, previous string, days int, key ed25519.PrivateKey) (Seal, error) {
	return NewMaker(m.of, m.hour).sign(why, previous, days, key)
}

func (m *Maker) sign(unreadable, previous string, days int, key ed25519.PrivateKey) (Seal, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return Seal{}, errors.New("the key is none of Ed25519")
	}
	root := m.hours.root()
	s := Seal{
		Version: version, Tenant: m.of.Tenant, Class: m.of.Class, Hour: m.hour.Format(time.RFC3339), Days: days,
		Lines: m.lines, Root: hex.EncodeToString(root[:]), Unreadable: unreadable, Minutes: pack(m.minutes),
		Previous: previous, Key: KeyID(public),
	}
	s.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, s.signed()))
	return s, nil
}

// Text is how the seal is kept. There is one text for each seal, and what reads otherwise was edited.
func (s Seal) Text() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // texts and numbers can always be written
	}
	return string(text)
}

// signed is what the signature is of. Its beginning keeps signatures for other things from being taken for seals.
func (s Seal) signed() []byte {
	s.Signature = ""
	return []byte("tuxmonitoring seal\n" + s.Text())
}

// Hash is what the next seal has as its previous.
func (s Seal) Hash() string {
	sum := sha256.Sum256([]byte(s.Text()))
	return hex.EncodeToString(sum[:])
}

// Begins is the hour as a time.
func (s Seal) Begins() (time.Time, error) {
	hour, err := time.Parse(time.RFC3339, s.Hour)
	if err != nil || hour.UTC().Truncate(time.Hour).Format(time.RFC3339) != s.Hour {
		return time.Time{}, errors.New("its hour is none")
	}
	return hour.UTC(), nil
}

// Of says whose seal it is.
func (s Seal) Of() Of { return Of{s.Tenant, s.Class} }

// Parse reads a text that Text has written, to the letter.
func Parse(text string) (Seal, error) {
	var s Seal
	// The error of the decoder quotes what it read.
	if err := json.Unmarshal([]byte(text), &s); err != nil || s.Version != version || s.Text() != text {
		return s, errors.New("it is no seal, or was edited")
	}
	if _, err := s.Begins(); err != nil {
		return s, err
	}
	if s.Days < 1 {
		return s, errors.New("it does not say how long its lines live")
	}
	all, err := unpack(s.Minutes)
	if err != nil {
		return s, err
	}
	lines := 0
	for _, m := range all {
		lines += m.count
	}
	if lines != s.Lines {
		return s, errors.New("its minutes do not have its number of lines")
	}
	return s, nil
}
