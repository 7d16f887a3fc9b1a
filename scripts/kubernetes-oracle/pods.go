package main

import (
	"encoding/json"
	"fmt"
	"sort"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	kjson "sigs.k8s.io/json"
)

// The deployment that the patches are applied to. It has nothing that a rule would mind.
const base = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop",
"annotations":{"evil":"evil.example/x:1"}},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"web"}},
"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"ghcr.io/shop/web:1",
"securityContext":{"runAsUser":1000,"capabilities":{"add":["NET_BIND_SERVICE"]}}},
{"name":"side","image":"ghcr.io/shop/side:1"}],"volumes":[{"name":"v","emptyDir":{}}],"serviceAccountName":"shop"}}}}`

// What the pods of the deployment have afterwards that they did not have before.
func patched(kind string, patch json.RawMessage) (features []string, err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			err = fmt.Errorf("%v", recovered)
		}
	}()
	before := map[string]bool{}
	result := []byte(base)
	switch kind {
	case "create":
		result = patch
	case "strategic":
		result, err = strategicpatch.StrategicMergePatch(result, patch, apps.Deployment{})
	case "merge":
		result, err = jsonpatch.MergePatch(result, patch)
	case "json":
		var operations jsonpatch.Patch
		if operations, err = jsonpatch.DecodePatch(patch); err == nil {
			result, err = operations.Apply(result)
		}
	}
	if err != nil {
		return nil, err
	}
	if kind != "create" {
		if before, err = featuresOf([]byte(base)); err != nil {
			return nil, err
		}
	}
	after, err := featuresOf(result)
	if err != nil {
		return nil, err
	}
	features = []string{}
	for feature := range after {
		if !before[feature] {
			features = append(features, feature)
		}
	}
	sort.Strings(features)
	return features, nil
}

func featuresOf(object []byte) (map[string]bool, error) {
	var deployment apps.Deployment
	if err := kjson.UnmarshalCaseSensitivePreserveInts(object, &deployment); err != nil {
		return nil, err
	}
	if deployment.Kind != "" && deployment.Kind != "Deployment" {
		return nil, fmt.Errorf("another kind")
	}
	found := map[string]bool{}
	spec := deployment.Spec.Template.Spec
	containers := append([]core.Container{}, spec.InitContainers...)
	containers = append(containers, spec.Containers...)
	for _, one := range spec.EphemeralContainers {
		containers = append(containers, core.Container(one.EphemeralContainerCommon))
	}
	for _, one := range containers {
		containerFeatures(found, one)
	}
	found["host_pid"] = spec.HostPID
	found["host_network"] = spec.HostNetwork
	if spec.SecurityContext != nil && spec.SecurityContext.RunAsUser != nil && *spec.SecurityContext.RunAsUser == 0 {
		for _, one := range containers {
			if one.SecurityContext == nil || one.SecurityContext.RunAsUser == nil {
				found["root"] = true
			}
		}
	}
	account := spec.ServiceAccountName
	if account == "" {
		account = spec.DeprecatedServiceAccount
	}
	if account != "" {
		found["service_account "+account] = true
	}
	for _, volume := range spec.Volumes {
		if volume.HostPath != nil {
			found["host_path "+volume.HostPath.Path] = true
		}
		if volume.Secret != nil {
			found["secret "+volume.Secret.SecretName] = true
		}
	}
	for feature, has := range found {
		if !has {
			delete(found, feature)
		}
	}
	return found, nil
}

func containerFeatures(found map[string]bool, one core.Container) {
	if one.Image != "" {
		found["image "+one.Image] = true
	}
	for _, port := range one.Ports {
		if port.HostPort != 0 {
			found[fmt.Sprintf("host_port %d", port.HostPort)] = true
		}
	}
	context := one.SecurityContext
	if context == nil {
		return
	}
	if context.Privileged != nil && *context.Privileged {
		found["privileged"] = true
	}
	if context.RunAsUser != nil && *context.RunAsUser == 0 {
		found["root"] = true
	}
	if context.Capabilities != nil {
		for _, capability := range context.Capabilities.Add {
			found["capability "+string(capability)] = true
		}
	}
}
