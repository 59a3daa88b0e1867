package controllers

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

func TestAPassThatHangsIsSickness(t *testing.T) {
	begin := time.Now()
	r := &running{}
	if err := r.hangs(begin); err != nil {
		t.Errorf("nothing runs: %v", err)
	}
	end := r.begin(types.NamespacedName{Namespace: "shop", Name: "production"}, begin)
	defer r.begin(types.NamespacedName{Namespace: "shop", Name: "staging"}, begin.Add(hangLimit))()
	if err := r.hangs(begin.Add(hangLimit)); err != nil {
		t.Errorf("it only takes long: %v", err)
	}
	if err := r.hangs(begin.Add(hangLimit + time.Second)); err == nil || !strings.Contains(err.Error(), "shop/production") {
		t.Errorf("a pass hangs: %v", err)
	}
	end()
	if err := r.hangs(begin.Add(hangLimit + time.Second)); err != nil {
		t.Errorf("it has ended: %v", err)
	}
}
