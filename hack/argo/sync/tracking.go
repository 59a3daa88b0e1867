package main

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	trackingAnnotation = "argocd.argoproj.io/tracking-id"
	trackingLabel      = "app.kubernetes.io/instance"
)

// tracking is how an object says to which Application it belongs.
type tracking struct {
	app     string
	byLabel bool
}

// id names the Application and the object that carries it, so that a copy on another object is seen to be one.
func (t tracking) id(object *unstructured.Unstructured) string {
	gvk := object.GroupVersionKind()
	return fmt.Sprintf("%s:%s/%s:%s/%s", t.app, gvk.Group, gvk.Kind, object.GetNamespace(), object.GetName())
}

// mark says that an object that is wanted is of the Application.
func (t tracking) mark(object *unstructured.Unstructured) {
	key, value, get, set := trackingAnnotation, t.id(object), object.GetAnnotations, object.SetAnnotations
	if t.byLabel {
		key, value, get, set = trackingLabel, t.app, object.GetLabels, object.SetLabels
	}
	marks := get()
	if marks == nil {
		marks = map[string]string{}
	}
	marks[key] = value
	set(marks)
}

// isMine says whether an object in the cluster says that it is of the Application.
func (t tracking) isMine(object *unstructured.Unstructured) bool {
	if t.byLabel {
		return object.GetLabels()[trackingLabel] == t.app
	}
	id := object.GetAnnotations()[trackingAnnotation]
	return strings.HasPrefix(id, t.app+":") && id == t.id(object)
}
