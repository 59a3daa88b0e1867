package logql

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Window is a range of time as LogQL has it, such as 5m.
type Window string

var window = regexp.MustCompile(`^[1-9][0-9]{0,5}[smhd]$`)

func (w Window) check() error {
	if !window.MatchString(string(w)) {
		return fmt.Errorf("%q is no range such as 5m", w)
	}
	return nil
}

// Number is a filter that passes lines whose structured metadata has a number above Above. Lines without the
// name do not pass, and those with something else there neither.
type Number struct {
	Name  string
	Above int
}

func (n Number) write(to *strings.Builder) error {
	if err := checkName(n.Name); err != nil {
		return err
	}
	// What is no number is an error of the line, and with one line of that kind Loki refuses to answer at all.
	to.WriteString(" | " + n.Name + " > " + strconv.Itoa(n.Above) + ` | __error__=""`)
	return nil
}

// Count is a number of lines in a window.
type Count struct {
	Of      Lines
	Numbers []Number
	Window  Window
	// By are the labels that are told apart.
	By []string
	// Above is the number from which on there is a result.
	Above int
}

// LogQL is the text of the expression.
func (c Count) LogQL() (string, error) {
	if err := c.Window.check(); err != nil {
		return "", err
	}
	lines, err := c.Of.LogQL()
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.WriteString("sum")
	for i, name := range c.By {
		if err := checkName(name); err != nil {
			return "", err
		}
		text.WriteString([]string{" by (", ", "}[min(i, 1)] + name)
	}
	if len(c.By) > 0 {
		text.WriteString(") ")
	}
	text.WriteString("(count_over_time(" + lines)
	for _, number := range c.Numbers {
		if err := number.write(&text); err != nil {
			return "", err
		}
	}
	text.WriteString(" [" + string(c.Window) + "])) > " + strconv.Itoa(c.Above))
	return text.String(), nil
}

// Absent has a result while the streams have no line in the window.
type Absent struct {
	Of     Selector
	Window Window
}

// LogQL is the text of the expression.
func (a Absent) LogQL() (string, error) {
	if err := a.Window.check(); err != nil {
		return "", err
	}
	selector, err := a.Of.LogQL()
	if err != nil {
		return "", err
	}
	return "absent_over_time(" + selector + " [" + string(a.Window) + "])", nil
}
