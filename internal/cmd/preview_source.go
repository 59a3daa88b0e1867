package cmd

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/tux-io/tux-monitoring-operator/internal/preview"
	"github.com/tux-io/tux-monitoring-operator/internal/preview/prometheus"
)

// previewSource is where the numbers come from: a Prometheus, or what was recorded of one.
type previewSource struct {
	url, tokenFile, caFile string
	timeout                time.Duration
	record, data           string
}

// maxRecording bounds what is read of a recording once it is unpacked.
const maxRecording = 512 << 20

// open returns the source. A recording also says how it was asked.
func (s *previewSource) open(options *preview.Options) (preview.Source, error) {
	if s.data != "" {
		recording, err := readRecording(s.data)
		if err != nil {
			return nil, err
		}
		*options, err = recording.Apply(*options)
		return recording, err
	}
	config := prometheus.Config{URL: s.url, Timeout: s.timeout, UserAgent: "tuxmonitoring/" + version}
	if s.tokenFile != "" {
		token, err := os.ReadFile(s.tokenFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read the token: %w", err)
		}
		if config.Token = strings.TrimSpace(string(token)); config.Token == "" {
			return nil, fmt.Errorf("cannot read the token: %s is empty", s.tokenFile)
		}
	}
	if s.caFile != "" {
		ca, err := os.ReadFile(s.caFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read the CA: %w", err)
		}
		config.CA = ca
	}
	client, err := prometheus.New(config)
	if err != nil {
		return nil, err
	}
	if s.record != "" {
		return preview.NewRecorder(client), nil
	}
	return client, nil
}

// keep writes what was recorded, if that was asked for.
func (s *previewSource) keep(source preview.Source, options preview.Options) error {
	recorder, ok := source.(*preview.Recorder)
	if !ok {
		return nil
	}
	recording, err := recorder.Recording(options)
	if err != nil {
		return err
	}
	text, err := recording.JSON()
	if err != nil {
		return err
	}
	if strings.HasSuffix(s.record, ".gz") {
		if text, err = packed(text); err != nil {
			return fmt.Errorf("cannot write the recording: %w", err)
		}
	}
	if err := os.WriteFile(s.record, text, 0o600); err != nil {
		return fmt.Errorf("cannot write the recording: %w", err)
	}
	return nil
}

// packed compresses; the header says neither name nor time, so that the same text gives the same bytes.
func packed(text []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

func readRecording(name string) (*preview.Recording, error) {
	f, err := os.Open(name) //nolint:gosec // reading the file the user names is the purpose
	if err != nil {
		return nil, fmt.Errorf("cannot read the recording: %w", err)
	}
	defer func() { _ = f.Close() }()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		unpacked, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("cannot read the recording %s: %w", name, err)
		}
		r = unpacked
	}
	text, err := io.ReadAll(io.LimitReader(r, maxRecording+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read the recording %s: %w", name, err)
	case len(text) > maxRecording:
		return nil, fmt.Errorf("cannot read the recording %s: it is larger than %d MiB", name, maxRecording>>20)
	}
	recording, err := preview.ReadRecording(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return recording, nil
}

func writeOutput(name string, text []byte, stdout io.Writer) error {
	if name == "-" {
		_, err := stdout.Write(text)
		return err
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		return fmt.Errorf("cannot write the page: %w", err)
	}
	return nil
}

// parseVariables reads name=value; a name given twice has two values.
func parseVariables(pairs []string) (map[string][]string, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	out := map[string][]string{}
	for _, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return nil, fmt.Errorf("cannot use --var %q: write name=value", pair)
		}
		out[name] = append(out[name], value)
	}
	return out, nil
}
