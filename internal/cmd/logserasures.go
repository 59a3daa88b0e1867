package cmd

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/manifest"
)

// erasureStatus shows TuxLogErasures as the cluster has them, without whose lines they are about, and returns those that need
// a person.
func (o *logsOptions) erasureStatus(out io.Writer) ([]string, error) {
	if len(o.erasures) == 0 {
		return nil, nil
	}
	documents, err := manifest.Read(o.erasures, nil)
	if err != nil {
		return nil, err
	}
	set := manifest.Sort(documents, o.namespace)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ERASURE\tMONITORING\tOF\tERASED\tREASON\tLINES\tSPARED\tCOMPLETED")
	var findings []string
	for _, d := range erasuresIn(&set) {
		var e tuxv1alpha1.TuxLogErasure
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(d.Object.Object, &e); err != nil {
			return nil, fmt.Errorf("cannot read %s", d.Source)
		}
		st, completed := &e.Status, ""
		c := cmp.Or(meta.FindStatusCondition(st.Conditions, tuxv1alpha1.ConditionErased), &metav1.Condition{
			Status: metav1.ConditionUnknown, Reason: tuxv1alpha1.ReasonPending,
		})
		if st.CompletedAt != nil {
			completed = st.CompletedAt.UTC().Format("2006-01-02")
		}
		_, _ = fmt.Fprintf(table, "%s/%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.Namespace, e.Name, e.Spec.MonitoringRef.Name, st.Subject,
			c.Status, c.Reason, number(st.LinesBefore), number(st.LinesSpared), completed)
		if c.Status == metav1.ConditionFalse {
			findings = append(findings, fmt.Sprintf("%s/%s: %s: %s", e.Namespace, e.Name, c.Reason, c.Message))
		}
	}
	return findings, table.Flush()
}

func number(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}
