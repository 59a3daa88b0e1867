package controllers

import (
	"testing"
	"time"

	"github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	tuxv1alpha1 "github.com/tux-io/tux-monitoring-operator/api/v1alpha1"
	"github.com/tux-io/tux-monitoring-operator/internal/external/logstore/storetest"
	"github.com/tux-io/tux-monitoring-operator/internal/external/opensearch/opensearchtest"
	settings "github.com/tux-io/tux-monitoring-operator/internal/plan/retention/store"
)

// openSearchErasure has a verified TuxMonitoring over an OpenSearch with two lines of the person.
func openSearchErasure(t *testing.T) (*scenario, *fakeOpenSearch) {
	t.Helper()
	s := newScenario(t)
	f := s.openSearch()
	s.eraseWith(hurriedErasures())
	s.backend("tux-backend")
	tux := f.tux("production", "tenant")
	s.create(f.secret(openSearchPassword), tux)
	s.verified(tux)
	f.EditErase(func(state *storetest.Erase) { state.Types = map[string]string{"user_id": "keyword"} })
	for _, who := range []string{person, person, "somebody"} {
		f.Store(settings.Stream("tenant", "error"), storetest.Doc{At: time.Now().Add(-3 * day), Fields: map[string]string{"user_id": who}})
	}
	return s, f
}

func (f *fakeOpenSearch) tasks() (n int) {
	f.EditErase(func(state *storetest.Erase) { n = len(state.Tasks) })
	return n
}

// TestOpenSearchErasesUntilNothingIsLeft: a task whose answer is lost is found, and what was changed meanwhile goes with the
// next one.
func TestOpenSearchErasesUntilNothingIsLeft(t *testing.T) {
	s, f := openSearchErasure(t)
	f.EditErase(func(state *storetest.Erase) { state.LosePosts, state.Conflicts = 1, 1 })
	e := s.erasure("request-7")
	s.create(e)
	s.erased(e, metav1.ConditionUnknown, tuxv1alpha1.ReasonErasing)
	s.Expect(f.tasks()).To(gomega.Equal(1), "one whose answer was lost")
	f.RunTasks()
	s.Eventually(f.tasks).Should(gomega.Equal(2), "one line was changed meanwhile")
	f.RunTasks()
	s.erased(e, metav1.ConditionTrue, tuxv1alpha1.ReasonErased)
	s.Expect(e.Status.Step).To(gomega.Equal(tuxv1alpha1.LogErasureCompleted))
	s.Expect(*e.Status.LinesBefore).To(gomega.BeEquivalentTo(2))
	s.Expect(e.Status.Request.Attempts).To(gomega.BeEquivalentTo(2))
	left := f.Docs(settings.Stream("tenant", "error"))
	s.Expect(left).To(gomega.HaveLen(1))
	s.Expect(left[0].Fields["user_id"]).To(gomega.Equal("somebody"))
	s.Expect(s.recordOf(e).Outcome).To(gomega.Equal(tuxv1alpha1.ReasonErased))
	s.saysNotWho()
	s.removed(e)
}

// TestNothingIsPostedToSomethingElseThanOpenSearch, nor counted there: a place without lines is easily found.
func TestNothingIsPostedToSomethingElseThanOpenSearch(t *testing.T) {
	s, f := openSearchErasure(t)
	f.Edit(func(state *opensearchtest.State) { state.Foreign = true })
	e := s.erasure("request-7")
	s.create(e)
	waits := s.erased(e, metav1.ConditionUnknown, tuxv1alpha1.ReasonLogStoreUnreachable)
	s.Expect(waits.Message).To(gomega.ContainSubstring("what answers is not OpenSearch"))
	s.Expect(f.tasks()).To(gomega.BeZero())
	s.saysNotWho()
	s.removed(e)
	s.Expect(f.tasks()).To(gomega.BeZero())
}
