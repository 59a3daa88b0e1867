package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/config/crd"
)

// responderMay are the fields of spec a responder may change. Of an object only the fields named here.
var responderMay = map[string][]string{
	"mode":   nil,
	"alerts": {"disabled", "overrides"},
}

// addPolicy writes the policy that makes a responder of who may update but not configure. Every field of the CRD
// that is not named above is compared, so that a new field is refused until somebody decides.
func addPolicy(_ string, files map[string]string) error {
	fields, err := refusedFields()
	if err != nil {
		return err
	}
	// Defaults of the API server are written out in lists, which a client-side apply compares as a whole: it would
	// never be content, and neither would Argo CD.
	spec := admissionregistrationv1.ValidatingAdmissionPolicySpec{
		FailurePolicy: new(admissionregistrationv1.Fail),
		MatchConstraints: &admissionregistrationv1.MatchResources{ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{
			RuleWithOperations: admissionregistrationv1.RuleWithOperations{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Update},
				Rule: admissionregistrationv1.Rule{
					APIGroups: []string{"monitoring.tux.io"}, APIVersions: []string{"*"}, Resources: []string{"tuxmonitorings"},
					Scope: new(admissionregistrationv1.AllScopes),
				},
			},
		}}},
		// Who may configure is not looked at any further.
		MatchConditions: []admissionregistrationv1.MatchCondition{{
			Name: "may-not-configure",
			Expression: "!authorizer.group('monitoring.tux.io').resource('tuxmonitorings')" +
				".namespace(request.namespace).name(request.name).check('configure').allowed()",
		}},
		Validations: []admissionregistrationv1.Validation{{
			Expression: strings.Join(fields, " &&\n"),
			Message: "without the verb configure on tuxmonitorings only spec.mode, spec.alerts.disabled and " +
				"spec.alerts.overrides may be changed",
			Reason: new(metav1.StatusReasonForbidden),
		}},
	}
	if files[filepath.Join(chartFiles, "responder-policy.yaml")], err = asYAML(spec); err != nil {
		return err
	}
	files["config/tiers/policy.yaml"], err = asYAML(map[string]any{
		"apiVersion": admissionregistrationv1.SchemeGroupVersion.String(), "kind": "ValidatingAdmissionPolicy",
		"metadata": map[string]any{"name": "tuxmon-responder"}, "spec": spec,
	})
	return err
}

// refusedFields are comparisons of all fields of spec a responder may not change.
func refusedFields() ([]string, error) {
	var definition apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(crd.TuxMonitoring, &definition); err != nil {
		return nil, fmt.Errorf("cannot read the CRD: %w", err)
	}
	spec := definition.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"].Properties
	var out []string
	for _, name := range slices.Sorted(maps.Keys(spec)) {
		fields, may := responderMay[name]
		if !may {
			out = append(out, unchanged(".?"+name))
			continue
		}
		for _, field := range slices.Sorted(maps.Keys(spec[name].Properties)) {
			if !slices.Contains(fields, field) {
				out = append(out, unchanged(".?"+name+".?"+field))
			}
		}
	}
	for name, fields := range responderMay {
		for _, field := range append([]string{""}, fields...) {
			_, known := spec[name].Properties[field]
			if _, exists := spec[name]; !exists || field != "" && !known {
				return nil, fmt.Errorf("responders may change spec.%s.%s, which the CRD does not have", name, field)
			}
		}
	}
	return out, nil
}

func unchanged(path string) string {
	return "object.spec" + path + " == oldObject.spec" + path
}
