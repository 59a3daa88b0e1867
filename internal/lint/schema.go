package lint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/tux-io/tux-monitoring-operator/config/crd"
)

// Schema checks resources against one version of the CustomResourceDefinition.
type Schema struct {
	openAPI    validation.SchemaValidator
	structural *structuralschema.Structural
	cel        *cel.Validator
}

// NewSchema reads the CustomResourceDefinition of TuxMonitoring that ships with this binary.
func NewSchema() (*Schema, error) { return newSchema(crd.TuxMonitoring) }

// NewErasureSchema reads that of TuxLogErasure.
func NewErasureSchema() (*Schema, error) { return newSchema(crd.TuxLogErasure) }

func newSchema(text []byte) (*Schema, error) {
	var definition apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &definition); err != nil {
		return nil, fmt.Errorf("cannot read the CustomResourceDefinition: %w", err)
	}
	if len(definition.Spec.Versions) != 1 || definition.Spec.Versions[0].Schema == nil {
		return nil, errors.New("cannot use the CustomResourceDefinition: it must have one version with a schema")
	}
	var internal apiextensions.JSONSchemaProps
	v1Schema := definition.Spec.Versions[0].Schema.OpenAPIV3Schema
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v1Schema, &internal, nil); err != nil {
		return nil, fmt.Errorf("cannot convert the schema: %w", err)
	}
	structural, err := structuralschema.NewStructural(&internal)
	if err != nil {
		return nil, fmt.Errorf("cannot use the schema: %w", err)
	}
	openAPI, _, err := validation.NewSchemaValidator(&internal)
	if err != nil {
		return nil, fmt.Errorf("cannot use the schema: %w", err)
	}
	return &Schema{
		openAPI:    openAPI,
		structural: structural,
		cel:        cel.NewValidator(structural, true, celconfig.PerCallLimit),
	}, nil
}

// Check returns what an API server with strict field validation would refuse, sorted by field. The
// object is the decoded YAML of one resource; it is not changed.
func (s *Schema) Check(ctx context.Context, object map[string]any) field.ErrorList {
	all := s.unknownFields(object)
	all = append(all, validation.ValidateCustomResource(nil, object, s.openAPI)...)
	all = append(all, listtype.ValidateListSetsAndMaps(nil, s.structural, object)...)
	if len(all) == 0 {
		// CEL rules take the schema for granted, as on the server.
		invalid, _ := s.cel.Validate(ctx, nil, s.structural, object, nil, celconfig.RuntimeCELCostBudget)
		all = append(all, invalid...)
	}
	slices.SortFunc(all, func(a, b *field.Error) int { return cmp.Compare(a.Error(), b.Error()) })
	return all
}

func (s *Schema) unknownFields(object map[string]any) field.ErrorList {
	opts := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	unknown := pruning.PruneWithOptions(deepCopy(object), s.structural, true, opts)
	var all field.ErrorList
	for _, path := range unknown {
		all = append(all, field.Invalid(field.NewPath(path), "", "unknown field"))
	}
	return all
}

func deepCopy(object map[string]any) map[string]any { return runtime.DeepCopyJSON(object) }
