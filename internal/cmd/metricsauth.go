package cmd

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// authTimeout is well under the timeout of a scrape.
const authTimeout = 5 * time.Second

// onlyAllowed lets those read metrics whom the API server knows by their token, and RBAC allows to get the path.
//
// Why not that of controller-runtime? It brings the authentication of a whole API server with it: 12 modules and
// a tracing exporter, for two requests.
// Price: nothing is cached, so that each scrape costs those two.
func onlyAllowed(config *rest.Config, client *http.Client) (metricsserver.Filter, error) {
	cluster, err := kubernetes.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	return func(log logr.Logger, next http.Handler) (http.Handler, error) {
		return &gate{cluster: cluster, log: log, next: next}, nil
	}, nil
}

type gate struct {
	cluster kubernetes.Interface
	log     logr.Logger
	next    http.Handler
}

// ServeHTTP answers 401 to who is nobody, 403 to who may not, and 500 when the API server does not say.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return
	}
	status, err := g.judge(r, token)
	switch {
	case err != nil:
		g.log.Error(err, "Cannot ask who may read metrics")
		http.Error(w, "Cannot ask the API server", http.StatusInternalServerError)
	case status != http.StatusOK:
		http.Error(w, http.StatusText(status), status)
	default:
		g.next.ServeHTTP(w, r)
	}
}

func (g *gate) judge(r *http.Request, token string) (status int, err error) {
	ctx, cancel := context.WithTimeout(r.Context(), authTimeout)
	defer cancel()
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}
	review, err = g.cluster.AuthenticationV1().TokenReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return 0, err
	}
	if !review.Status.Authenticated {
		return http.StatusUnauthorized, nil
	}
	user, extra := review.Status.User, map[string]authorizationv1.ExtraValue{}
	for key, values := range user.Extra {
		extra[key] = authorizationv1.ExtraValue(values)
	}
	access := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user.Username, UID: user.UID, Groups: user.Groups, Extra: extra,
		NonResourceAttributes: &authorizationv1.NonResourceAttributes{Path: r.URL.Path, Verb: "get"},
	}}
	access, err = g.cluster.AuthorizationV1().SubjectAccessReviews().Create(ctx, access, metav1.CreateOptions{})
	if err != nil {
		return 0, err
	}
	if !access.Status.Allowed {
		return http.StatusForbidden, nil
	}
	return http.StatusOK, nil
}
