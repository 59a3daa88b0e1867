package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"sigs.k8s.io/yaml"
)

// caseEntry is one entry of a file of cases.
type caseEntry struct {
	Alert     string                 `json:"alert"`
	When      []string               `json:"when,omitempty"`
	Indicator string                 `json:"indicator,omitempty"`
	Skip      string                 `json:"skip,omitempty"`
	Always    bool                   `json:"always,omitempty"`
	Healthy   seriesEntry            `json:"healthy,omitempty"`
	Fault     seriesEntry            `json:"fault,omitempty"`
	Before    string                 `json:"before,omitempty"`
	After     string                 `json:"after,omitempty"`
	Lasts     string                 `json:"lasts,omitempty"`
	Forgotten string                 `json:"forgotten,omitempty"`
	Step      string                 `json:"step,omitempty"`
	Margin    text                   `json:"margin,omitempty"`
	Below     string                 `json:"below,omitempty"`
	Labels    labelsEntry            `json:"labels,omitempty"`
	Near      map[string]seriesEntry `json:"near,omitempty"`
	Also      map[string]alsoEntry   `json:"also,omitempty"`
	Records   map[string]text        `json:"records,omitempty"`
}

// belowNone is below of a case without a threshold.
const belowNone = "none"

// seriesEntry is the notation of series and how they behave.
type seriesEntry map[string]text

// alsoEntry is a further situation in which the alert fires.
type alsoEntry struct {
	Fault  seriesEntry `json:"fault"`
	Labels labelsEntry `json:"labels,omitempty"`
	After  string      `json:"after,omitempty"`
	Lasts  string      `json:"lasts,omitempty"`
}

func loadCases(files fs.FS) ([]caseEntry, error) {
	names, err := fs.Glob(files, "cases/*.yaml")
	if err != nil {
		return nil, err
	}
	var out []caseEntry
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var file struct {
			Cases []caseEntry `json:"cases"`
		}
		if err := yaml.UnmarshalStrict(content, &file); err != nil {
			return nil, fmt.Errorf("cannot load %s: %w", name, err)
		}
		for i := range file.Cases {
			if err := file.Cases[i].validate(); err != nil {
				return nil, fmt.Errorf("%s: case %d of alert %q: %w", name, i+1, file.Cases[i].Alert, err)
			}
		}
		out = append(out, file.Cases...)
	}
	return out, nil
}

func (c *caseEntry) validate() error {
	if _, err := entryOf(c.Alert); err != nil {
		return err
	}
	if err := knownConditions(c.When); err != nil {
		return err
	}
	if c.Always {
		return c.validateAlways()
	}
	switch {
	case c.Below != "" && c.Below != "silent" && c.Below != belowNone:
		return fmt.Errorf("below is %q, it must be silent or none", c.Below)
	case len(c.Fault) == 0:
		return errors.New("fault is missing")
	case c.Below == belowNone && len(c.Near) == 0:
		return errors.New("below is none, so near is required")
	}
	return nil
}

func (c *caseEntry) validateAlways() error {
	if len(c.Fault)+len(c.Near)+len(c.Also) > 0 {
		return errors.New("it always fires, so nothing can be a fault or a near miss")
	}
	return nil
}

// text is a template; YAML may write it as a number.
type text string

// UnmarshalJSON takes a string or a number.
func (t *text) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(t))
	}
	var number json.Number
	if err := json.Unmarshal(data, &number); err != nil {
		return fmt.Errorf("%s is neither a text nor a number", data)
	}
	*t = text(number)
	return nil
}

// labelsEntry are the labels of one alert, or of several.
type labelsEntry []map[string]text

// UnmarshalJSON takes a map or a list of maps.
func (l *labelsEntry) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]map[string]text)(l))
	}
	var one map[string]text
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	*l = labelsEntry{one}
	return nil
}
